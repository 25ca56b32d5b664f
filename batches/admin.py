"""The admin console, for support: connections, memberships, batches, quarantine, runs, and the ledger read-only."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from batches.actions import request_sync, revoke_token
from batches.actions.connections import same_origin, verify_connection
from batches.admin_people import MembershipInline
from batches.errors import SyncError, VendorRefused
from batches.models import (
    Action,
    AgentTraining,
    Batch,
    BatchStart,
    CloudImport,
    Connection,
    Decision,
    Event,
    ImportRun,
    Item,
    MetadataPush,
    OddColumns,
    OddRun,
    OddTable,
    PileRun,
    Quarantined,
    SyncRun,
    ThumbnailRun,
    Token,
    TrainedAgent,
    Vendor,
    VideoSearch,
    VideoUpload,
)
from batches.sync.safe import Guard

admin.site.site_header = admin.site.site_title = "Reviewer administration"
admin.site.index_title = "Connections, people and batches"


class ReadOnly(admin.ModelAdmin):
    """A model that can be viewed but not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ConnectionForm(forms.ModelForm):
    """A form that takes the key but never shows it. A change of server requires the key again."""

    new_key = forms.CharField(
        label="API key",
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Leave empty to keep the stored key.",
    )

    class Meta:
        model = Connection
        fields = ("vendor", "name", "base_url", "paused", "reject_reasons", "invalid_reasons", "free_values")

    def clean_base_url(self) -> str:
        url = str(self.cleaned_data["base_url"]).rstrip("/")
        if not url and self.cleaned_data.get("vendor") == Vendor.OPEN:
            return url
        try:
            Guard(settings.PRIVATE_HOSTS).check_url(url)
        except VendorRefused as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def save(self, commit: bool = True) -> Connection:
        connection: Connection = super().save(commit=False)
        if key := self.cleaned_data.get("new_key"):
            connection.set_key(key)
        elif "base_url" in self.changed_data and not same_origin(self.initial.get("base_url", ""), connection.base_url):
            connection.set_key("")  # a key must not follow the address to another server
        if commit:
            connection.save()
        return connection


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    form = ConnectionForm
    inlines = (MembershipInline,)
    list_display = ("name", "vendor", "base_url", "key", "account", "verified_at", "paused", "refused_at")
    list_filter = ("vendor", "paused")
    search_fields = ("name", "base_url")
    readonly_fields = ("key", "account", "verified_at", "refused_at", "refused_reason", "created_at")
    fields = (
        "vendor", "name", "base_url", "new_key", "paused", "reject_reasons", "invalid_reasons", "free_values",
        *readonly_fields,
    )  # fmt: skip
    actions = ("verify",)

    @admin.display(description="key")
    def key(self, connection: Connection) -> str:
        return f"ends in {connection.key_hint}" if connection.key_hint else "none"

    @admin.action(description="Verify the key with the vendor", permissions=("change",))
    def verify(self, request: HttpRequest, connections: QuerySet[Connection]) -> None:
        for connection in connections:
            try:
                account = verify_connection(connection=connection)
            except SyncError as error:
                self.message_user(request, f"{connection.name}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{connection.name}: the key belongs to {account}.", messages.SUCCESS)


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    list_display = ("title", "connection", "state", "pending", "approved", "rejected", "invalid", "synced_at")
    list_filter = ("state", "connection")
    list_select_related = ("connection",)
    search_fields = ("external_id", "name", "prompt")
    actions = ("sync_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        return Batch.objects.for_list()

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("batches.change_batch")

    @admin.action(description="Sync now", permissions=("sync",))
    def sync_now(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        for batch in batches:
            request_sync(batch_id=batch.pk, by=request.user)  # type: ignore[arg-type]
        self.message_user(request, f"Requested the sync of {batches.count()} batches.", messages.SUCCESS)


@admin.register(Item)
class ItemAdmin(ReadOnly):
    list_display = ("external_id", "name", "batch", "state", "raw_status", "answered", "gone_at")
    list_filter = ("state", "answered")
    list_select_related = ("batch",)
    search_fields = ("external_id", "name")


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("id", "label", "category", "approval", "vendor_approval", "decided_by", "version", "gone_at")
    list_filter = ("approval", "changed_since")
    list_select_related = ("decided_by",)
    search_fields = ("external_id", "label")
    show_full_result_count = False


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    list_display = ("path", "reason", "batch", "seen_at")
    list_select_related = ("batch",)
    search_fields = ("path", "reason", "batch__external_id")


@admin.register(SyncRun, ThumbnailRun, PileRun, MetadataPush)
class RunAdmin(ReadOnly):
    list_display = ("id", "batch", "state", "position", "total", "attempts", "created_at", "finished_at", "message")
    list_filter = ("state",)
    list_select_related = ("batch",)


@admin.register(ImportRun)
class ImportAdmin(ReadOnly):
    list_display = (
        "id",
        "file_name",
        "connection",
        "phase",
        "state",
        "attempts",
        "created_at",
        "finished_at",
        "message",
    )
    list_filter = ("phase", "state")
    list_select_related = ("connection",)


@admin.register(BatchStart)
class StartAdmin(ReadOnly):
    list_display = ("id", "title", "connection", "state", "batch", "requested_by", "created_at", "sent_at", "message")
    list_filter = ("state", "connection")
    list_select_related = ("connection", "batch", "requested_by")
    search_fields = ("client_batch_id", "batch__external_id", "videos")


@admin.register(TrainedAgent)
class AgentAdmin(ReadOnly):
    list_display = ("id", "name", "external_id", "connection", "status", "scope", "listed_at")
    list_filter = ("connection",)
    list_select_related = ("connection",)
    search_fields = ("name", "external_id")


@admin.register(AgentTraining)
class TrainingAdmin(ReadOnly):
    list_display = (
        "id", "title", "connection", "state", "update_type", "requested_by", "created_at", "sent_at", "message",
    )  # fmt: skip
    list_filter = ("state", "connection")
    list_select_related = ("connection", "agent", "requested_by")
    search_fields = ("client_id", "name", "batches")


@admin.register(VideoUpload)
class UploadAdmin(ReadOnly):
    """Without the query of the address, which may be a signature."""

    list_display = ("id", "connection", "video_id", "state", "requested_by", "created_at", "sent_at", "message")
    list_filter = ("state", "connection")
    list_select_related = ("connection", "requested_by")
    search_fields = ("video_id",)
    exclude = ("query",)


@admin.register(OddColumns)
class OddColumnsAdmin(ReadOnly):
    list_display = ("connection", "updated_at")
    list_select_related = ("connection",)


@admin.register(OddTable)
class OddTableAdmin(ReadOnly):
    list_display = ("id", "title", "connection", "requested_by", "created_at")
    list_filter = ("connection",)
    list_select_related = ("connection", "requested_by")
    search_fields = ("videos",)


@admin.register(OddRun)
class OddRunAdmin(ReadOnly):
    list_display = ("id", "name", "connection", "state", "total", "size", "sent_at", "finished_at", "message")
    list_filter = ("state", "connection")
    list_select_related = ("connection",)
    search_fields = ("video_id", "video_name")


@admin.register(CloudImport)
class CloudImportAdmin(ReadOnly):
    list_display = ("id", "bucket", "connection", "state", "job_id", "requested_by", "created_at", "sent_at", "message")
    list_filter = ("state", "provider", "connection")
    list_select_related = ("connection", "requested_by")
    search_fields = ("job_id", "bucket", "keys")


@admin.register(VideoSearch)
class SearchAdmin(ReadOnly):
    list_display = ("id", "question", "connection", "folder", "state", "total", "requested_by", "created_at", "message")
    list_filter = ("state", "connection")
    list_select_related = ("connection", "folder", "requested_by")
    search_fields = ("question",)


@admin.register(Action)
class ActionAdmin(ReadOnly):
    list_display = ("id", "kind", "user", "batch", "source", "ip_address", "created_at", "undoes")
    list_filter = ("kind", "source")
    list_select_related = ("user", "batch", "undoes")
    search_fields = ("user__username",)


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("id", "event", "version", "before", "approval", "reason", "who", "created_at")
    list_filter = ("approval",)
    list_select_related = ("event", "action__user")
    search_fields = ("event__label", "action__user__username")
    show_full_result_count = False

    @admin.display(description="who")
    def who(self, decision: Decision) -> str:
        return decision.action.user.get_username()


@admin.register(Token)
class TokenAdmin(ReadOnly):
    """Tokens and their owners. Owners create them; staff can also revoke them here."""

    list_display = ("prefix", "name", "user", "scope", "state", "created_at", "expires_at", "last_used_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    search_fields = ("prefix", "name", "user__username")
    exclude = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("batches.change_token")

    @admin.action(description="Revoke", permissions=("revoke",))
    def revoke(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        for token in tokens:
            revoke_token(token=token)
        self.message_user(request, f"Revoked: {tokens.count()}.", messages.SUCCESS)
