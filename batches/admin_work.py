"""The console's pages of what people did and made. The ledger and the logs can be read there, and changed by nobody."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.actions import revoke_link, revoke_token
from batches.admin_base import DayFilter, OpenFilter, ReadOnly, batch_filter, person_filter
from batches.models import (
    Action,
    AssignmentChange,
    Certificate,
    Comment,
    Comparison,
    Decision,
    Delivery,
    Invitation,
    Link,
    MetadataEdit,
    Notification,
    NotificationKind,
    OddColumns,
    OddTable,
    Opinion,
    Poll,
    RecallCertificate,
    ReviewStep,
    SavedView,
    Schedule,
    Token,
    TrainedAgent,
    WatchAssignment,
    WatchedItem,
    WatchedParts,
    Webhook,
)
from batches.models.people import initials_mark


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """Newest first, by person, batch and day."""

    list_display = ("id", "event", "version", "before", "approval", "reason", "who", "created_at")
    list_filter = ("approval", DayFilter, person_filter("action__user"), batch_filter("event__batch"))
    list_select_related = ("event", "action__user__profile")
    search_fields = ("event__label", "action__user__username")
    ordering = ("-pk",)

    @admin.display(description=_("who"))
    def who(self, decision: Decision) -> str:
        person = decision.action.user
        return format_html("{} <bdi>{}</bdi>", initials_mark(person), person.get_username())


@admin.register(Action)
class ActionAdmin(ReadOnly):
    list_display = ("id", "kind", "user", "batch", "source", "ip_address", "created_at", "undoes")
    list_filter = ("kind", "source", DayFilter, person_filter("user"), batch_filter("batch"))
    list_select_related = ("user", "batch", "undoes")
    search_fields = ("user__username",)
    ordering = ("-pk",)
    belongings = {"decision": "action__id__exact"}


@admin.register(Opinion)
class OpinionAdmin(ReadOnly):
    list_display = ("id", "event", "number", "user", "approval", "reason", "created_at")
    list_filter = ("approval", DayFilter, person_filter("user"), batch_filter("event__batch"))
    list_select_related = ("event", "user")
    search_fields = ("event__label", "user__username")
    ordering = ("-pk",)


@admin.register(Comment)
class CommentAdmin(ReadOnly):
    list_display = ("id", "event", "kind", "text", "author", "created_at")
    list_filter = ("kind", DayFilter, person_filter("author"), batch_filter("event__batch"))
    list_select_related = ("event", "author")
    search_fields = ("text", "author__username")
    ordering = ("-pk",)


@admin.register(AssignmentChange)
class AssignmentAdmin(ReadOnly):
    list_display = ("id", "batch", "people", "events", "by", "created_at")
    list_filter = (DayFilter, person_filter("by"), batch_filter("batch"))
    list_select_related = ("batch", "by")


@admin.register(ReviewStep)
class ReviewStepAdmin(ReadOnly):
    list_display = ("id", "batch", "status", "by", "pending", "created_at")
    list_filter = (DayFilter, person_filter("by"), batch_filter("batch"))
    list_select_related = ("batch", "by")
    ordering = ("-pk",)


@admin.register(MetadataEdit)
class MetadataEditAdmin(ReadOnly):
    list_display = ("id", "batch", "user", "kind", "source", "ip_address", "created_at")
    list_filter = ("kind", DayFilter, person_filter("user"), batch_filter("batch"))
    list_select_related = ("batch", "user")
    ordering = ("-pk",)


@admin.register(WatchedItem)
class WatchedAdmin(ReadOnly):
    list_display = ("id", "batch", "item", "by", "playable", "created_at")
    list_filter = (DayFilter, person_filter("by"), batch_filter("batch"))
    list_select_related = ("batch", "item", "by")
    ordering = ("-pk",)


@admin.register(WatchAssignment)
class WatchAssignmentAdmin(ReadOnly):
    list_display = ("id", "batch", "item", "user", "by", "created_at")
    list_filter = (DayFilter, person_filter("user"), batch_filter("batch"))
    list_select_related = ("batch", "item", "user", "by")
    ordering = ("-pk",)


@admin.register(WatchedParts)
class WatchedPartsAdmin(ReadOnly):
    list_display = ("id", "item", "by", "parts", "updated_at")
    list_filter = (person_filter("by"),)
    list_select_related = ("item", "by")
    ordering = ("-pk",)


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    list_display = ("id", "batch", "category", "precision", "low", "high", "events", "by", "created_at")
    list_filter = (DayFilter, person_filter("by"), batch_filter("batch"))
    list_select_related = ("batch", "by")
    ordering = ("-pk",)


@admin.register(RecallCertificate)
class RecallCertificateAdmin(ReadOnly):
    list_display = ("id", "batch", "videos", "recall", "low", "high", "by", "created_at")
    list_filter = (DayFilter, person_filter("by"), batch_filter("batch"))
    list_select_related = ("batch", "by")
    ordering = ("-pk",)


@admin.register(Comparison)
class ComparisonAdmin(ReadOnly):
    list_display = ("id", "earlier", "later", "created_by", "created_at", "read_at")
    list_filter = (DayFilter, person_filter("created_by"), batch_filter("later"))
    list_select_related = ("earlier", "later", "created_by")
    ordering = ("-pk",)
    belongings = {"comparisonrun": "comparison__id__exact"}


@admin.register(Link)
class LinkAdmin(ReadOnly):
    """Links for people without an account. Whoever made them replaces them; staff can also revoke them."""

    list_display = ("prefix", "name", "batch", "file", "created_by", "created_at", "expires_at", "revoked_at", "uses")
    list_filter = (DayFilter, person_filter("created_by"), batch_filter("batch"))
    list_select_related = ("batch", "created_by")
    search_fields = ("prefix", "name", "batch__external_id", "created_by__username")
    ordering = ("-pk",)
    exclude = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("batches.change_link")

    @admin.action(description=_("Revoke"), permissions=("revoke",))
    def revoke(self, request: HttpRequest, links: QuerySet[Link]) -> None:
        for link in links:
            revoke_link(link=link, by=request.user)  # type: ignore[arg-type]
            self.log_change(request, link, "Revoked.")
        self.message_user(request, gettext("Revoked: {count}.").format(count=links.count()), messages.SUCCESS)


@admin.register(Token)
class TokenAdmin(ReadOnly):
    """Tokens and their owners. Owners create them; staff can also revoke them here."""

    list_display = ("prefix", "name", "user", "scope", "state", "created_at", "expires_at", "last_used_at")
    list_filter = ("scope", DayFilter, person_filter("user"))
    list_select_related = ("user",)
    search_fields = ("prefix", "name", "user__username")
    exclude = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("batches.change_token")

    @admin.action(description=_("Revoke"), permissions=("revoke",))
    def revoke(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        for token in tokens:
            revoke_token(token=token)
            self.log_change(request, token, "Revoked.")
        self.message_user(request, gettext("Revoked: {count}.").format(count=tokens.count()), messages.SUCCESS)


@admin.register(Webhook)
class WebhookAdmin(ReadOnly):
    list_display = ("id", "url", "format", "connection", "created_by", "paused_at", "failing_since", "paused_reason")
    list_filter = ("format", "connection", person_filter("created_by"))
    list_select_related = ("connection", "created_by")
    search_fields = ("url", "connection__name")
    belongings = {"delivery": "webhook__id__exact"}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("id", "event", "batch", "webhook", "state", "attempts", "status", "created_at", "problem")
    list_filter = ("state", "event", DayFilter, "webhook")
    list_select_related = ("batch", "webhook")
    search_fields = ("uuid", "problem")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    """Without the secret part of the address of the vendor's webhook."""

    list_display = ("connection", "watching", "discovering", "next_list_at", "listed_at", "message")
    list_select_related = ("connection",)
    exclude = ("hook_key",)


@admin.register(Poll)
class PollAdmin(ReadOnly):
    list_display = ("batch", "next_at", "polled_at", "quiet", "troubled", "ended_at", "message")
    list_filter = (batch_filter("batch"),)
    list_select_related = ("batch",)


class KindFilter(OpenFilter):
    """The notifications of one kind."""

    title, parameter_name = _("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return NotificationKind.choices

    def condition(self, value: str) -> dict[str, Any]:
        return {"kind": value}


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("id", "user", "kind_name", "connection", "batch", "count", "created_at", "read_at", "mailed_at")
    list_filter = (KindFilter, DayFilter, person_filter("user"))
    list_select_related = ("user", "connection", "batch")

    @admin.display(description=_("kind"))
    def kind_name(self, notification: Notification) -> str:
        return str(dict(NotificationKind.choices).get(notification.kind, notification.kind))


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = (
        "id",
        "connection",
        "role",
        "email",
        "created_by",
        "created_at",
        "expires_at",
        "accepted_by",
        "revoked_at",
    )
    list_filter = ("role", "connection", DayFilter)
    list_select_related = ("connection", "created_by", "accepted_by")
    search_fields = ("email",)
    exclude = ("digest",)


@admin.register(SavedView)
class SavedViewAdmin(ReadOnly):
    list_display = ("id", "name", "owner", "connection", "shared", "query", "created_at")
    list_filter = (person_filter("owner"), "connection")
    list_select_related = ("owner", "connection")
    search_fields = ("name",)


@admin.register(TrainedAgent)
class AgentAdmin(ReadOnly):
    list_display = ("id", "name", "external_id", "connection", "status", "scope", "listed_at")
    list_filter = ("connection",)
    list_select_related = ("connection",)
    search_fields = ("name", "external_id")


@admin.register(OddColumns)
class OddColumnsAdmin(ReadOnly):
    list_display = ("connection", "updated_at")
    list_select_related = ("connection",)


@admin.register(OddTable)
class OddTableAdmin(ReadOnly):
    list_display = ("id", "title", "connection", "requested_by", "created_at")
    list_filter = (DayFilter, person_filter("requested_by"), "connection")
    list_select_related = ("connection", "requested_by")
    search_fields = ("videos",)


@admin.register(LogEntry)
class ConsoleLogAdmin(ReadOnly):
    """What was changed in this console."""

    list_display: Any = ("id", "action_time", "user", "content_type", "object_repr", "change_message")
    list_filter = (person_filter("user"), ("content_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message")
