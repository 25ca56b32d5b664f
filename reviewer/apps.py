"""The page as a Django app: tells the queue about the long jobs that need the page's own filter."""

from django.apps import AppConfig


class ReviewerConfig(AppConfig):
    name = "reviewer"

    def ready(self) -> None:
        from batches.models import ExportRun  # models exist only now
        from batches.tasks import BELLS
        from reviewer.downloads.tasks import run_export

        BELLS[ExportRun] = run_export
