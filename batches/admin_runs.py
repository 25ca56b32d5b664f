"""The console's pages of background jobs, with buttons that stop them and repeat them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.actions import retry_run, stop_run
from batches.admin_base import DayFilter, ReadOnly, batch_filter
from batches.errors import Conflict
from batches.models import (
    AdditionRun,
    AgentTraining,
    BatchStart,
    BulkRun,
    CloudImport,
    ComparisonRun,
    ExportRun,
    ImportRun,
    MetadataPush,
    OddRun,
    PileRun,
    SyncRun,
    ThumbnailRun,
    VideoListing,
    VideoSearch,
    VideoUpload,
)
from batches.models.run import Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OF_BATCH = (
    "id",
    "batch",
    "state",
    "position",
    "total",
    "attempts",
    "requested_by",
    "created_at",
    "finished_at",
    "message",
)
OF_CONNECTION = ("id", "connection", "state", "attempts", "requested_by", "created_at", "finished_at", "message")


class RunAdmin(ReadOnly):
    """Newest first. Stopping and repeating need the permission to change the model, and are in its history."""

    list_filter: ClassVar[Any] = ("state", DayFilter)
    search_fields: ClassVar[Any] = ("message",)
    actions = ("retry", "stop")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("-pk")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"batches.change_{self.opts.model_name}")

    @admin.action(description=_("Repeat failed or incomplete ones"), permissions=("steer",))
    def retry(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self._each(request, runs, retry_run, "Repeated.", gettext("Repeated: {run}."))

    @admin.action(description=_("Stop"), permissions=("steer",))
    def stop(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        self._each(request, runs, stop_run, "Stopped.", gettext("Stopped: {run}."))

    def _each(self, request: HttpRequest, runs: QuerySet[Run], act: Callable[..., None], log: str, done: str) -> None:
        """The log is stored in English; what is done is said in the reader's language."""
        by: User = request.user  # type: ignore[assignment]
        for run in runs.order_by("pk"):
            try:
                act(run=run, by=by)
            except Conflict as refusal:
                self.message_user(request, f"{run.pk}: {refusal}", messages.ERROR)
            else:
                self.log_change(request, run, log)
                self.message_user(request, done.format(run=run.pk), messages.SUCCESS)


@admin.register(SyncRun, ThumbnailRun, PileRun, MetadataPush, BulkRun)
class BatchRunAdmin(RunAdmin):
    list_display: Any = OF_BATCH
    list_filter = ("state", DayFilter, batch_filter("batch"))
    list_select_related: ClassVar[Any] = ("batch", "requested_by")
    search_fields = ("message", "batch__external_id", "batch__name")


@admin.register(ComparisonRun)
class ComparisonRunAdmin(BatchRunAdmin):
    list_select_related = ("batch", "requested_by", "comparison")


@admin.register(ExportRun)
class ExportAdmin(RunAdmin):
    list_display = (
        "id",
        "name",
        "file",
        "state",
        "position",
        "size",
        "requested_by",
        "created_at",
        "expires_at",
        "message",
    )
    list_select_related = ("requested_by",)
    search_fields = ("name", "message", "requested_by__username")


@admin.register(AdditionRun, VideoListing)
class ConnectionRunAdmin(RunAdmin):
    list_display: Any = OF_CONNECTION
    list_filter: ClassVar[Any] = ("state", DayFilter, "connection")
    list_select_related: ClassVar[Any] = ("connection", "requested_by")


@admin.register(ImportRun)
class ImportAdmin(ConnectionRunAdmin):
    list_display = (
        "id", "file_name", "connection", "phase", "state", "attempts", "created_at", "finished_at", "message",
    )  # fmt: skip
    list_filter = ("phase", "state", DayFilter, "connection")
    search_fields = ("file_name", "message")


@admin.register(BatchStart)
class StartAdmin(ConnectionRunAdmin):
    list_display = ("id", "title", "connection", "state", "batch", "requested_by", "created_at", "sent_at", "message")
    list_select_related = ("connection", "batch", "requested_by")
    search_fields = ("client_batch_id", "batch__external_id", "videos")


@admin.register(AgentTraining)
class TrainingAdmin(ConnectionRunAdmin):
    list_display = (
        "id", "title", "connection", "state", "update_type", "requested_by", "created_at", "sent_at", "message",
    )  # fmt: skip
    list_select_related = ("connection", "agent", "requested_by")
    search_fields = ("client_id", "name", "batches")


@admin.register(VideoUpload)
class UploadAdmin(ConnectionRunAdmin):
    """Without the query of the address, which may be a signature."""

    list_display = ("id", "connection", "video_id", "state", "requested_by", "created_at", "sent_at", "message")
    search_fields = ("video_id",)
    exclude = ("query",)


@admin.register(CloudImport)
class CloudImportAdmin(ConnectionRunAdmin):
    list_display = ("id", "bucket", "connection", "state", "job_id", "requested_by", "created_at", "sent_at", "message")
    list_filter = ("state", DayFilter, "provider", "connection")
    search_fields = ("job_id", "bucket", "keys")


@admin.register(VideoSearch)
class SearchAdmin(ConnectionRunAdmin):
    list_display = ("id", "question", "connection", "folder", "state", "total", "requested_by", "created_at", "message")
    list_select_related = ("connection", "folder", "requested_by")
    search_fields = ("question",)


@admin.register(OddRun)
class OddRunAdmin(ConnectionRunAdmin):
    list_display = ("id", "name", "connection", "state", "total", "size", "sent_at", "finished_at", "message")
    list_select_related = ("connection",)
    search_fields = ("video_id", "video_name")
