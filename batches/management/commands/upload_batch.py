"""`upload_batch --connection NAME FILE…`: starts a batch with files of this machine, once for each intent."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.core.management.base import BaseCommand, CommandError

from batches.actions import request_sync, start_batch_of_files
from batches.errors import KeyReused
from batches.management.commands.grant import connection_named
from batches.management.outcomes import outcome_of
from batches.models import BatchStart
from batches.models.run import RunState
from batches.sync.start import start
from batches.sync.video_files import unreadable


class Command(BaseCommand):
    help = (
        "Starts a batch at a vendor that takes the files themselves, once for each intent. The last line is "
        "OUR_ID VENDORS_ID. Exit 0: started; 1: refused, put off, or unknown (says which); 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--collection", default="", metavar="NAME", help="where the files go at the vendor")
        parser.add_argument("--again", action="store_true", help="also files that the vendor knows")
        parser.add_argument("--intent", default="", metavar="KEY", help="a repeated key starts nothing again")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._intent(options)
        if run.unfinished:
            run = start(run.pk, paths=options["files"], waits=False) or BatchStart.objects.get(pk=run.pk)
        if run.state != RunState.DONE or run.batch is None:
            raise CommandError(outcome_of(run), returncode=1)
        request_sync(batch_id=run.batch.pk, by=None)
        self.stdout.write(f"{run.batch.pk} {run.batch.external_id}")

    def _intent(self, options: dict[str, Any]) -> BatchStart:
        connection = connection_named(options["connection"])
        key = uuid5(NAMESPACE_URL, f"files {connection.pk} {options['intent']}") if options["intent"] else uuid4()
        try:
            return start_batch_of_files(
                connection=connection, files=[(path.name, _size_of(path)) for path in options["files"]], contents=(),
                collection=options["collection"], again=options["again"], by=None, idempotency_key=key,
            )  # fmt: skip
        except (ValueError, KeyReused) as error:
            raise CommandError(str(error), returncode=2) from error


def _size_of(path: Path) -> int:
    try:
        with path.open("rb"):
            return path.stat().st_size
    except OSError as error:
        raise ValueError(unreadable(path, error)) from error
