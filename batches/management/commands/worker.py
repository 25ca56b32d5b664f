"""`worker`: runs the background jobs of the queue that TASKS_URL names. Any number may run, on any host."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.module_loading import import_string

from batches.fair_sqlite3.base import FILE_IS_THERE
from batches.jobs.slots import slots


class Command(BaseCommand):
    help = (
        "Runs background jobs, one at a time and long calls to vendors beside them, until stopped (SIGTERM: after "
        "the current jobs)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        connection.settings_dict[FILE_IS_THERE] = True
        import_string(settings.ENGINE.work)(slots.provide, slots.finish)
