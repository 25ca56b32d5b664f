"""The page as a Django app: tells the queue about the long jobs that need the page's own filter; notes devices."""

from django.apps import AppConfig


class ReviewerConfig(AppConfig):
    name = "reviewer"

    def ready(self) -> None:
        # Models can be imported only after the apps are loaded.
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        from batches.models import ExportRun  # noqa: PLC0415
        from batches.tasks import JOBS  # noqa: PLC0415
        from reviewer.downloads.tasks import run_export  # noqa: PLC0415
        from reviewer.web.sessions import begin_session  # noqa: PLC0415
        from reviewer.web.sign_in import note_device  # noqa: PLC0415

        JOBS[ExportRun] = run_export
        user_logged_in.connect(begin_session, dispatch_uid="begin_session")
        user_logged_in.connect(note_device, dispatch_uid="note_device")
