"""`setup_code`: a code for the first administrator, where the server was not started with `up`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.actions.setup import issue_setup_code


class Command(BaseCommand):
    help = "Prints a code with which the first administrator creates an account at /setup/."

    def handle(self, *args: Any, **options: Any) -> None:
        code = issue_setup_code()
        if not code:
            raise CommandError("There is an account already. `createsuperuser` creates another administrator.")
        self.stdout.write(code)
