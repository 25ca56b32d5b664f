"""The admin console, for operators: connections, batches, items and events. The other models are in `admin_*`."""

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from batches import admin_runs, admin_work
from batches.actions import request_sync, restore_batches
from batches.actions.connections import same_origin, verify_connection
from batches.admin_base import ReadOnly, WithPage
from batches.admin_people import MembershipInline
from batches.errors import Conflict, SyncError, VendorRefused
from batches.models import Batch, Connection, Event, Item, Quarantined, Vendor
from batches.sync.safe import Guard

if apps.is_installed("django_tasks_db"):
    from batches import admin_tasks  # noqa: F401  (registers its page)

REGISTERED = (admin_runs, admin_work)
admin.site.site_header = admin.site.site_title = _("Reviewer administration")
admin.site.index_title = _("Connections, people and batches")


class ConnectionForm(forms.ModelForm):
    """A form that takes the key but never shows it. A change of server requires the key again."""

    new_key = forms.CharField(
        label=_("API key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the stored key."),
    )

    class Meta:
        model = Connection
        fields = (
            "vendor",
            "name",
            "base_url",
            "paused",
            "reject_reasons",
            "invalid_reasons",
            "free_values",
            "footage_folder",
        )

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
class ConnectionAdmin(WithPage):
    form = ConnectionForm
    belongings = dict.fromkeys(
        ("batch", "membership", "webhook", "importrun", "batchstart", "videoupload", "cloudimport", "videosearch",
         "trainedagent", "agenttraining"), "connection__id__exact",
    )  # fmt: skip
    inlines = (MembershipInline,)
    list_display = ("name", "vendor", "base_url", "key", "account", "verified_at", "paused", "refused_at")
    list_filter = ("vendor", "paused")
    search_fields = ("name", "base_url")
    readonly_fields = ("key", "account", "verified_at", "refused_at", "refused_reason", "created_at")
    fields = (
        "vendor", "name", "base_url", "new_key", "paused", "reject_reasons", "invalid_reasons", "free_values",
        "footage_folder", *readonly_fields,
    )  # fmt: skip
    actions = ("verify",)

    @admin.display(description=_("key"))
    def key(self, connection: Connection) -> str:
        return gettext("ends in {hint}").format(hint=connection.key_hint) if connection.key_hint else gettext("none")

    @admin.action(description=_("Verify the key with the vendor"), permissions=("change",))
    def verify(self, request: HttpRequest, connections: QuerySet[Connection]) -> None:
        for connection in connections:
            try:
                account = verify_connection(connection=connection)
            except SyncError as error:
                self.message_user(request, f"{connection.name}: {error}", messages.ERROR)
            else:
                text = gettext("{name}: the key belongs to {account}.").format(name=connection.name, account=account)
                self.message_user(request, text, messages.SUCCESS)


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    belongings = dict.fromkeys(("item", "event", "quarantined"), "batch__id__exact") | dict.fromkeys(
        ("syncrun", "thumbnailrun", "pilerun", "metadatapush", "bulkrun", "action", "link", "certificate",
         "recallcertificate", "assignmentchange", "reviewstep", "metadataedit", "watcheditem"), "batch",
    ) | dict.fromkeys(("decision", "opinion", "comment"), "event__batch") | {"comparison": "later"}  # fmt: skip
    list_display = ("title", "connection", "state", "pending", "approved", "rejected", "invalid", "synced_at")
    list_filter = ("state", "connection", ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("connection",)
    search_fields = ("external_id", "name", "prompt")
    actions = ("sync_now", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        return Batch.objects.for_list()

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("batches.change_batch")

    @admin.action(description=_("Sync now"), permissions=("sync",))
    def sync_now(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        requested = 0
        for batch in batches:
            try:
                request_sync(batch_id=batch.pk, by=request.user)  # type: ignore[arg-type]
                requested += 1
            except Conflict as refusal:
                self.message_user(request, f"{batch}: {refusal}", messages.ERROR)
        text = ngettext("Requested the sync of {count} batch.", "Requested the sync of {count} batches.", requested)
        self.message_user(request, text.format(count=requested), messages.SUCCESS)

    @admin.action(description=_("Restore archived and removed batches"), permissions=("sync",))
    def restore(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        restored = restore_batches(batches=batches, by=request.user)  # type: ignore[arg-type]
        text = ngettext("Restored {count} batch.", "Restored {count} batches.", restored)
        self.message_user(request, text.format(count=restored), messages.SUCCESS)


@admin.register(Item)
class ItemAdmin(ReadOnly):
    belongings = {"event": "item__id__exact"}
    list_display = ("external_id", "name", "batch", "state", "raw_status", "answered", "gone_at")
    list_filter = ("state", "answered")
    list_select_related = ("batch",)
    search_fields = ("external_id", "name")


@admin.register(Event)
class EventAdmin(ReadOnly):
    belongings = dict.fromkeys(("decision", "opinion", "comment"), "event__id__exact")
    list_display = ("id", "label", "category", "approval", "vendor_approval", "decided_by", "version", "gone_at")
    list_filter = ("approval", "changed_since")
    list_select_related = ("decided_by",)
    search_fields = ("external_id", "label")


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    list_display = ("path", "reason", "batch", "seen_at")
    list_select_related = ("batch",)
    search_fields = ("path", "reason", "batch__external_id")
