"""`check_ledger`: compares events with their ledger; exit 1 and a list if they differ."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.actions.check import ledger_problems
from batches.backup.state import is_older


class Command(BaseCommand):
    help = "Compares every event with its ledger and every batch's counters with its events. Exit 1: they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        if is_older():
            raise CommandError("The database is of an older version: run `migrate` first.", returncode=2)
        problems = 0
        for problem in ledger_problems():
            problems += 1
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"Problems: {problems}.", returncode=1)
        self.stdout.write("The ledger and the events agree.")
