"""The page as a Django app: tells the queue about the long jobs that need the page's own filter."""

from django.apps import AppConfig


class ReviewerConfig(AppConfig):
    name = "reviewer"

    def ready(self) -> None:
        # Models can be imported only after the apps are loaded.
        from batches.models import ExportRun  # noqa: PLC0415
        from batches.tasks import JOBS  # noqa: PLC0415
        from reviewer.downloads.tasks import run_export  # noqa: PLC0415

        JOBS[ExportRun] = run_export
