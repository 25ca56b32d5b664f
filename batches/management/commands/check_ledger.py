"""`check_ledger`: every event's state equals its last ledger row; exit 1 and a list where not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.actions.check import ledger_problems


class Command(BaseCommand):
    help = "Holds every event against its ledger and every batch's counters against its events."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for problem in ledger_problems():
            problems += 1
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{problems} disagreements", returncode=1)
        self.stdout.write("The ledger and the events agree.")
