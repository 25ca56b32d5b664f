"""The console's page of the embedded engine's queue, in place of its own, which is in English only."""

from django.contrib import admin
from django_tasks_db import admin as _its_own  # noqa: F401  (registers it)
from django_tasks_db.models import DBTaskResult

from batches.admin_base import ReadOnly

admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(ReadOnly):
    """What the workers were handed, with the traceback of what failed."""

    list_display = ("id", "task_path", "status", "enqueued_at", "started_at", "finished_at", "queue_name")
    list_filter = ("status",)
    search_fields = ("task_path",)
    ordering = ("-enqueued_at",)
