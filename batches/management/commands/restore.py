"""`restore SRC`: replaces the database with a copy that `backup` made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from batches.backup import postgres, sqlite
from batches.backup.state import has_data, is_newer, is_older, problems, unreadable_keys
from batches.errors import CopyFailed
from batches.models import Decision, Event


class Command(BaseCommand):
    help = (
        "Restores a copy into the database of DATABASE_URL. Stop everything else first. "
        "Exit 1: not restored, or restored with problems; 2: bad arguments."
    )
    requires_system_checks: list[str] = []  # the database may be empty or missing

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("src", type=Path, metavar="SRC")
        parser.add_argument("--force", action="store_true", help="replace a database that has data")

    def handle(self, *args: Any, **options: Any) -> None:
        engine = sqlite if connection.vendor == "sqlite" else postgres
        _check_kind(options["src"], engine.MAGIC)
        try:
            engine.undo_interrupted()
            if has_data() and not options["force"]:
                raise CommandError("The database has data. Add --force to replace it.", returncode=2)
            engine.put_back(options["src"])
        except CopyFailed as error:
            raise CommandError(f"{error} The database is unchanged.", returncode=1) from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be reached: {error}", returncode=1) from error
        self._report()

    def _report(self) -> None:
        if is_newer():
            raise CommandError("The copy is restored. It is of a newer version: install that one.", returncode=1)
        if is_older():
            self.stdout.write("Restored. The copy is of an older version: run `migrate`, then `check_ledger`.")
            return
        self.stdout.write(f"Restored: {Event.objects.count():,} events, {Decision.objects.count():,} ledger rows.")
        wrong = [*problems(), *unreadable_keys()]
        for sentence in wrong:
            self.stderr.write(sentence)
        if wrong:
            raise CommandError(f"The copy is restored, but it has problems: {len(wrong)}.", returncode=1)


def _check_kind(src: Path, magic: bytes) -> None:
    try:
        with src.open("rb") as file:
            start = file.read(len(magic))
    except OSError as error:
        raise CommandError(f"Cannot read {src}: {error.strerror}.", returncode=2) from error
    if start == magic:
        return
    kinds = {sqlite.MAGIC: "a SQLite copy", postgres.MAGIC: "a PostgreSQL copy"}
    description = next(
        (kind for other, kind in kinds.items() if other.startswith(start[:5]) and start), "not a backup of the reviewer"
    )
    raise CommandError(f"{src} is {description}; DATABASE_URL needs {kinds[magic]}.", returncode=2)
