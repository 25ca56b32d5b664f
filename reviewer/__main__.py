"""The command `reviewer` of an installed package: manage.py's commands, from any folder."""

import os

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
    execute_from_command_line()


if __name__ == "__main__":
    main()
