"""`export BATCH_ID…`: what the download gives, to stdout or into a file."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from batches.export.columns import VALID, parse_columns
from batches.export.stream import csv_rows
from batches.management.commands.grant import connection_named
from batches.models import Approval, Batch, Event
from batches.sync.vendors.nomadic import parse_batch_id


class Command(BaseCommand):
    help = "Writes the reviewed events of a batch as CSV. Exit 2: bad arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH_ID", help="the vendor's id, a pasted viewer URL, or our number")
        parser.add_argument("--connection", metavar="NAME", help="where several connections have that batch")
        parser.add_argument("--approval", nargs="+", default=[], metavar="STATE", help=", ".join(Approval.values))
        parser.add_argument("--columns", default="documented", help=VALID)
        parser.add_argument(
            "--raw", action="store_true", help="do not defuse what a spreadsheet would run as a formula"
        )
        parser.add_argument("--output", type=Path, metavar="F", help="a file, there only when it is complete")

    def handle(self, *args: Any, **options: Any) -> None:
        approvals = _approvals(options["approval"])
        try:
            columns = parse_columns(options["columns"])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        batch = _batch(options["batch"], options["connection"])
        events = Event.objects.filter(batch=batch).for_review()
        if approvals:
            events = events.with_approval(approvals)
        rows = csv_rows(
            batch, events, columns, raw=options["raw"], by_approval=bool(approvals), public_url=settings.PUBLIC_URL
        )
        if options["output"]:
            _write_file(options["output"], rows)
        else:
            _write_stdout(rows)


def _approvals(words: list[str]) -> list[str]:
    """The states asked for, one by one or separated by commas."""
    asked = [word for text in words for word in text.split(",") if word]
    if wrong := [word for word in asked if word not in Approval.values]:
        raise CommandError(f"Unknown approval {wrong[0]!r}. Valid: {', '.join(Approval.values)}.", returncode=2)
    if words and not asked:
        raise CommandError(f"--approval needs a state. Valid: {', '.join(Approval.values)}.", returncode=2)
    return asked


def _batch(text: str, connection_name: str | None) -> Batch:
    try:
        batch_id = parse_batch_id(text)
    except ValueError as error:
        raise CommandError(f"{text!r}: {error}", returncode=2) from error
    batches = Batch.objects.for_list()
    if connection_name is not None:
        batches = batches.filter(connection=connection_named(connection_name))
    found = list(batches.filter(external_id=batch_id).order_by("connection__name"))
    if not found and batch_id.isascii() and batch_id.isdigit():
        found = list(batches.filter(pk=int(batch_id[:18])))
    if not found:
        raise CommandError(f"There is no batch {batch_id!r} here; `sync` brings one.", returncode=2)
    if len(found) > 1:
        names = ", ".join(repr(batch.connection.name) for batch in found)
        raise CommandError(f"Several connections have batch {batch_id!r}: {names}. Add --connection.", returncode=2)
    return found[0]


def _write_file(path: Path, rows: Iterable[bytes]) -> None:
    """Write beside the file and rename at the end: nobody ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.writelines(rows)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise CommandError(f"Cannot write {path}: {error.strerror}.", returncode=1) from error
    finally:
        part.unlink(missing_ok=True)


def _write_stdout(rows: Iterable[bytes]) -> None:
    try:
        sys.stdout.buffer.writelines(rows)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has enough (`| head`). Python would complain once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
