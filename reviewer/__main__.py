"""The command `reviewer` of an installed package: manage.py's commands, from any folder."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError

from batches.database_errors import is_unavailable


def main() -> None:
    if sys.version_info < (3, 13):  # noqa: UP036  (a checkout is run with whatever Python there is)
        sys.exit(f"Python 3.13 or newer is needed; this is {sys.version.split()[0]}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
    try:
        execute_from_command_line()
    except DatabaseError as error:
        if not is_unavailable(error):
            raise
        sys.exit(f"The database cannot be used: {str(error).strip()}")


if __name__ == "__main__":
    main()
