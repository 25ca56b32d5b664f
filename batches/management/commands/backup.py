"""`backup DEST`: a consistent, verified copy of the database, made while everything runs."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from batches.backup import postgres, sqlite
from batches.backup.state import is_older
from batches.errors import CopyFailed


class Command(BaseCommand):
    help = "Copies the database; the file gets its name when it is complete and verified. Exit 1: no good copy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "dest", type=Path, metavar="DEST", help="a new file, or a folder: the file is named by the time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dest = _new_file(options["dest"])
        part = dest.with_name(f".{dest.name}.{os.getpid()}.part")
        try:
            part.touch(0o600, exist_ok=False)
            problems = (sqlite if connection.vendor == "sqlite" else postgres).write(part)
            if problems:
                dest = dest.with_name(f"{dest.name}.unverified")
            # After a power cut the name holds the whole copy or does not exist.
            _fsync(part)
            part.rename(dest)
            _fsync(dest.parent)
        except CopyFailed as error:
            raise CommandError(f"{error} Nothing was written.", returncode=1) from error
        except OSError as error:
            raise CommandError(f"Cannot write {dest}: {error.strerror}.", returncode=1) from error
        finally:
            part.unlink(missing_ok=True)
        if problems:
            raise CommandError(
                f"{dest}: complete, but not consistent with its ledger; problems: {len(problems)}, first:"
                f" {problems[0]}",
                returncode=1,
            )
        unchecked = " Not compared with its ledger: run `migrate` before the backup for that." if is_older() else ""
        self.stdout.write(f"{dest}: {dest.stat().st_size:,} bytes, complete and verified.{unchecked}")


def _new_file(dest: Path) -> Path:
    """Where the copy goes. A file is never overwritten: it may be the last good copy."""
    if dest.is_dir():
        kind = "sqlite3" if connection.vendor == "sqlite" else "dump"
        dest = dest / f"reviewer-{timezone.now():%Y%m%dT%H%M%SZ}.{kind}"
    if dest.exists():
        raise CommandError(f"{dest} already exists; name a new file, or a folder.", returncode=2)
    if not dest.parent.is_dir():
        raise CommandError(f"There is no folder {dest.parent}.", returncode=2)
    return dest


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
