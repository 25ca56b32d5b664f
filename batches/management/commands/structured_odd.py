"""`structured_odd --connection NAME --videos ID… --csv FILE`: has the vendor describe videos as tables, once each."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError

from batches.actions import odd_columns_of, request_odd
from batches.errors import KeyReused
from batches.export.odd_tables import joined_csv, zipped
from batches.management.commands.grant import connection_named
from batches.management.outcomes import outcome_of
from batches.models import Connection, OddTable, RunState
from batches.sync.odd import make_odd
from batches.sync.odd_columns import Column


class Command(BaseCommand):
    help = (
        "Requests the structured ODD of videos, one after the other, once for each intent, and writes what is there. "
        "Without --columns, the connection's. The last line is OUR_ID MADE VIDEOS. Exit 0: all are made; 1: some were "
        "refused, put off or lost (says which); 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--videos", nargs="+", required=True, metavar="ID")
        parser.add_argument(
            "--columns", default="", metavar="FILE", help="JSON: a list of name, prompt, type and optional literals"
        )
        parser.add_argument("--csv", default="", metavar="FILE", help="the tables as one")
        parser.add_argument("--zip", default="", metavar="FILE", help="a CSV for each video")
        parser.add_argument("--intent", default="", metavar="KEY", help="a repeated key requests nothing again")

    def handle(self, *args: Any, **options: Any) -> None:
        table = self._intent(connection_named(options["connection"]), options)
        for run in table.runs.unfinished():
            make_odd(run.pk)
        runs = list(table.runs.all())
        for run in runs:
            if run.state != RunState.DONE:
                self.stderr.write(f"{run.video_id}: {outcome_of(run)}")
            for problem in run.problems:
                self.stderr.write(f"{run.video_id}: {problem}")
        for file, chunks in ((options["csv"], joined_csv(table)), (options["zip"], zipped(table))):
            if file:
                with Path(file).open("wb") as output:
                    output.writelines(chunks)
        made = sum(run.state == RunState.DONE for run in runs)
        self.stdout.write(f"{table.pk} {made} {len(runs)}")
        if made < len(runs):
            raise CommandError(f"{len(runs) - made} of {len(runs)} tables are missing.", returncode=1)

    def _intent(self, connection: Connection, options: dict[str, Any]) -> OddTable:
        key = uuid5(NAMESPACE_URL, f"odd {connection.pk} {options['intent']}") if options["intent"] else uuid4()
        try:
            return request_odd(
                connection=connection, videos=options["videos"], by=None, idempotency_key=key, background=False,
                columns=_columns(options["columns"]) or odd_columns_of(connection),
            )  # fmt: skip
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error


def _columns(file: str) -> list[Column]:
    """The columns of a file. Raises ValueError with a message to show."""
    if not file:
        return []
    try:
        columns = json.loads(Path(file).read_text("utf-8-sig"))
        return [Column.of({**column, "used": True}) for column in columns]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{file} holds no list of columns with name, prompt and type: {error}") from error
