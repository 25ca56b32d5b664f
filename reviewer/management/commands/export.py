"""`export BATCH_ID`: writes the same as the page's download, to stdout or a file."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import BadRequest
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from batches.export.columns import FULL, valid
from batches.export.download import Format, Rows
from batches.management.commands.grant import connection_named
from batches.models import Approval, Batch
from batches.sync.vendors import VENDORS
from reviewer.downloads.selection import Selection, select
from reviewer.web.numbers import read_number


class Command(BaseCommand):
    help = "Writes events, items, decisions or training data of a batch as a file. Exit 2: bad arguments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH_ID", help="the vendor's id, a pasted viewer URL, or our number")
        parser.add_argument("--connection", metavar="NAME", help="if several connections have that batch")
        parser.add_argument("--approval", nargs="+", default=[], metavar="STATE", help=", ".join(Approval.values))
        parser.add_argument(
            "--filter", default="", metavar="QUERY", help="as in a page's address: severity=high&since=24h"
        )
        parser.add_argument("--columns", default="documented", help=valid(FULL))
        parser.add_argument(
            "--raw", action="store_true", help="exact text: no ' before what a spreadsheet would run as a formula"
        )
        parser.add_argument("--rows", choices=Rows.values, default=Rows.EVENTS.value, help="what each row stands for")
        parser.add_argument("--format", choices=Format.values, help="default: by the file's extension, else csv")
        parser.add_argument("--output", type=Path, metavar="F", help="a file; it appears when it is complete")

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        kind = Format(options["format"] or (Format.of_file(output.name) if output else None) or Format.CSV)
        if kind == Format.PARQUET and output is None and sys.stdout.isatty():
            raise CommandError("Parquet is a binary format; add --output F, or redirect the output.", returncode=2)
        selection = _selection(options, kind)
        if output is None:
            _write_stdout(selection.download.write(selection.parts))
            return
        read: list[int] = []
        _write_file(output, selection.download.write(selection.parts, read.append))
        self.stderr.write(f"{sum(read):,} row{'' if sum(read) == 1 else 's'} in {output}")


def _selection(options: dict[str, Any], kind: Format) -> Selection:
    query = QueryDict(options["filter"].removeprefix("?"), mutable=True)
    query["columns"] = options["columns"]
    if approvals := _approvals(options["approval"]):
        query["approval"] = ",".join(approvals)
    batch = _batch(options["batch"], options["connection"])
    try:
        return select([batch], query, f"{options['rows']}.{kind}", user=None, raw=options["raw"])
    except BadRequest as error:
        raise CommandError(str(error), returncode=2) from error


def _approvals(texts: list[str]) -> list[str]:
    """The states given, as separate arguments or separated by commas."""
    approvals = [word for text in texts for word in text.split(",") if word]
    if wrong := [word for word in approvals if word not in Approval.values]:
        raise CommandError(f"Unknown approval {wrong[0]!r}. Valid: {', '.join(Approval.values)}.", returncode=2)
    if texts and not approvals:
        raise CommandError(f"--approval needs a state. Valid: {', '.join(Approval.values)}.", returncode=2)
    return approvals


def _batch(text: str, connection_name: str | None) -> Batch:
    batches = Batch.objects.select_related("connection")
    vendors = list(VENDORS)
    if connection_name is not None:
        connection = connection_named(connection_name)
        batches, vendors = batches.filter(connection=connection), [connection.vendor]
    ids = _ids(text, vendors)
    matching = list(batches.filter(external_id__in=ids).order_by("connection__name"))
    if not matching and (number := read_number(text.strip())) is not None:
        matching = list(batches.filter(pk=number))
    kept = [batch for batch in matching if not batch.removed_at]
    if matching and not kept:
        raise CommandError(f"Batch {text.strip()!r} was removed; add it again with `sync`.", returncode=2)
    matching = kept
    if not matching:
        raise CommandError(f"There is no batch {text.strip()!r} here; add it with `sync`.", returncode=2)
    if len(matching) > 1:
        names = ", ".join(repr(batch.connection.name) for batch in matching)
        raise CommandError(f"Several connections have batch {text.strip()!r}: {names}. Add --connection.", returncode=2)
    return matching[0]


def _ids(text: str, vendors: list[str]) -> set[str]:
    """The batch ids that each vendor reads from the text. Raises CommandError if there are none."""
    ids, errors = set[str](), list[ValueError]()
    for vendor in vendors:
        try:
            ids.add(VENDORS[vendor].parse_batch_id(text))
        except ValueError as error:
            errors.append(error)
    if not ids and not text.strip().isdecimal():
        raise CommandError(f"{text!r}: {errors[0]}", returncode=2) from errors[0]
    return ids


def _write_file(path: Path, content: Iterable[bytes]) -> None:
    """Write a temporary file and rename it at the end: nobody ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise CommandError(f"Cannot write {path}: {error.strerror}.", returncode=1) from error
    finally:
        part.unlink(missing_ok=True)


def _write_stdout(content: Iterable[bytes]) -> None:
    try:
        sys.stdout.buffer.writelines(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has closed the pipe (`| head`). Python would report it again while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
