"""`worker`: works on the long jobs that the queue of TASKS_URL brings; as many as one likes, on any host."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Works on long jobs, one at a time, until it is told to end (SIGTERM: after the job it is at)."

    def handle(self, *args: Any, **options: Any) -> None:
        import_string(settings.ENGINE.work)()
