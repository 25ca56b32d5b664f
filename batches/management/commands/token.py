"""`token USER --scope read|review|meta|start [--days N]`: makes a token for scripts and prints it once."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from batches.actions import make_token
from batches.errors import NotAllowed
from batches.models import Scope


class Command(BaseCommand):
    help = "Creates a token for scripts in a person's name and prints it; it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--scope", required=True, choices=Scope.values)
        parser.add_argument("--days", type=int, default=90, metavar="N", help="days until it expires; default: 90")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.", returncode=2)
        try:
            token, text = make_token(
                user=user, scope=options["scope"], name=options["name"] or "created by command", days=options["days"]
            )
        except (ValueError, NotAllowed) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stderr.write(f"{token.get_scope_display()}. Expires {token.expires_at:%Y-%m-%d}. It is shown only once:")
        self.stdout.write(text)
