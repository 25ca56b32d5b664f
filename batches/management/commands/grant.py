"""`grant USER --connection NAME --role viewer|reviewer|editor|manager`: membership of a connection."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from batches.actions.roles import set_role
from batches.models import Connection, Role


class Command(BaseCommand):
    help = "Gives a person a role on a connection and all its batches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.", returncode=2)
        connection = connection_named(options["connection"])
        set_role(user=user, connection=connection, role=options["role"])
        self.stdout.write(f"{user.username} now has the role {options['role']} on {connection.name}.")


def connection_named(name: str) -> Connection:
    """The connection of that name. Raises CommandError (exit 2) with the existing names."""
    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none yet; create one with `connect`"
        raise CommandError(f"There is no connection {name!r}. Existing connections: {names}.", returncode=2)
    return connection
