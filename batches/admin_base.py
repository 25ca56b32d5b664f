"""What the console's pages share: records to look at, the way to their page in the product, and filters."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from batches.languages import date_text
from batches.models import Batch
from batches.models.people import initials_mark
from batches.models.role import staff_edits

DAYS, NEWEST_BATCHES, MAX_PEOPLE = 14, 30, 200  # offered by the filters
# Name of the model → the path of its page, with attributes of the record.
PAGES = {
    "batch": "/batches/{pk}/",
    "item": "/batches/{batch_id}/",
    "event": "/events/{pk}/",
    "connection": "/connections/{pk}/",
    "user": "/people/{pk}/",
    "membership": "/connections/{connection_id}/people/",
    "invitation": "/connections/{connection_id}/people/",
    "syncrun": "/batches/{batch_id}/sync/",
    "thumbnailrun": "/batches/{batch_id}/sync/",
    "quarantined": "/batches/{batch_id}/sync/",
    "poll": "/batches/{batch_id}/sync/",
    "pilerun": "/batches/{batch_id}/",
    "bulkrun": "/batches/{batch_id}/",
    "action": "/batches/{batch_id}/",
    "metadatapush": "/batches/{batch_id}/metadata/",
    "metadataedit": "/batches/{batch_id}/metadata/",
    "importrun": "/imports/{pk}/",
    "additionrun": "/additions/{pk}/",
    "batchstart": "/starts/{pk}/",
    "cloudimport": "/cloud-imports/{pk}/",
    "videosearch": "/searches/{pk}/",
    "videoupload": "/connections/{connection_id}/uploads/",
    "videolisting": "/connections/{connection_id}/videos/",
    "oddtable": "/odd/{pk}/",
    "oddcolumns": "/connections/{connection_id}/odd/",
    "oddrun": "/connections/{connection_id}/odd/",
    "trainedagent": "/connections/{connection_id}/agents/",
    "agenttraining": "/connections/{connection_id}/agents/",
    "schedule": "/connections/{connection_id}/",
    "webhook": "/webhooks/{pk}/",
    "delivery": "/webhooks/{webhook_id}/",
    "link": "/batches/{batch_id}/links/",
    "decision": "/events/{event_id}/",
    "opinion": "/events/{event_id}/",
    "comment": "/events/{event_id}/",
    "certificate": "/batches/{batch_id}/insights/",
    "recallcertificate": "/batches/{batch_id}/insights/",
    "comparison": "/batches/{later_id}/compare/?with={earlier_id}",
    "comparisonrun": "/batches/{comparison.later_id}/compare/?with={comparison.earlier_id}",
    "assignmentchange": "/batches/{batch_id}/team/",
    "reviewstep": "/batches/{batch_id}/team/",
    "watcheditem": "/batches/{batch_id}/watch/",
}


# Pages that staff may open without a role on a connection; the others below /connections/ and so on are for editors.
OF_VIEWERS = ("/batches/", "/events/", "/searches/")
OF_SUPERUSERS = ("/people/", "/connections/{connection_id}/people/")


def page_of(record: Model) -> str | None:
    """The path of the record's page in the product; None where it has none, as a removed batch."""
    path = None if getattr(record, "removed_by_id", None) else PAGES.get(record._meta.model_name or "")
    if path is None or ("{batch_id}" in path and getattr(record, "batch_id", None) is None):
        return None
    return path.format_map(_Attributes(record))


def may_open(user: Any, model_name: str | None) -> bool:
    """Whether this member of staff may open the pages of such records, by what being staff allows."""
    path = PAGES.get(model_name or "", "")
    if path.startswith(OF_SUPERUSERS):
        return bool(user.is_superuser)
    return path.startswith(OF_VIEWERS) or (path != "" and staff_edits(user))


class _Attributes(dict[str, Any]):
    """The attributes of a record, for a format."""

    def __init__(self, record: Model) -> None:
        self.record = record

    def __missing__(self, name: str) -> Any:
        return getattr(self.record, name)


class WithPage(admin.ModelAdmin):  # type: ignore[type-arg]
    """Records with the way to their page, and to what belongs to them: model → the parameter that selects it."""

    belongings: dict[str, str] = {}

    def view_on_site(self, record: Model) -> str | None:
        return page_of(record) if may_open(_viewer(record), self.opts.model_name) else None

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The record knows for whom it is shown: only what they may open is offered."""
        record = super().get_object(request, *args, **kwargs)
        if record is not None:
            record.__dict__["viewer"] = request.user
        return record

    class Media:
        css = {"all": ["css/components/initials.css"]}

    def get_list_select_related(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        related = [field.name for field in self.opts.fields if field.name in columns and field.related_model]
        people = [f"{name}__profile" for name in related if self._is_person(name)]
        listed = super().get_list_select_related(request)
        return [*(related if isinstance(listed, bool) else listed), *people]

    def _is_person(self, column: Any) -> bool:
        return any(field.name == column and field.related_model is User for field in self.opts.fields)

    def _person_column(self, name: Any) -> Any:
        """The person of this field with the initials, as pages show them."""

        def person(record: Model) -> str:
            value = getattr(record, name)
            return format_html("{} <bdi>{}</bdi>", initials_mark(value), value) if value else "-"

        label = next(field.verbose_name for field in self.opts.fields if field.name == name)
        return admin.display(person, description=label, ordering=name)

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        columns = [self._person_column(name) if self._is_person(name) else name for name in columns]
        return (*columns, "page") if may_open(request.user, self.opts.model_name) else columns

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, (_("Belongs to it"), {"fields": ("belonging",)})] if self.belongings and obj else fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "belonging")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nothing is filtered by what the page leaves out: `…__startswith` would tell a secret sign by sign."""
        return lookup.split("__")[0] not in (self.exclude or ()) and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("page"))
    def page(self, record: Model) -> str:
        path = page_of(record)
        return format_html('<a href="{}">{}</a>', path, _("Open page")) if path else "-"

    @admin.display(description=_("lists"))
    def belonging(self, record: Model) -> str:
        return belonging_links(self.belongings, record)


class ReadOnly(WithPage):
    """A model that can be viewed but not changed."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _viewer(record: Model) -> Any:
    return record.__dict__.get("viewer") or AnonymousUser()


def belonging_links(belongings: dict[str, str], record: Model) -> str:
    """Links to the lists of the records that name this one, as far as its viewer may open them."""
    links = []
    for model_name, field in belongings.items():
        meta = next(model._meta for model in admin.site._registry if model._meta.model_name == model_name)
        if not _viewer(record).has_perm(f"{meta.app_label}.view_{model_name}"):
            continue
        address = reverse(f"admin:{meta.app_label}_{model_name}_changelist")
        links.append((f"{address}?{urlencode({field: record.pk})}", capfirst(meta.verbose_name_plural)))
    return format_html_join(" · ", '<a href="{}">{}</a>', links)


class OpenFilter(admin.SimpleListFilter):
    """Offers some values, and takes any other in the address."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        try:
            return queryset.filter(**self.condition(value)) if value else queryset
        except (ValueError, OverflowError):
            return queryset.none()

    def condition(self, value: str) -> dict[str, Any]:
        return {self.field: int(value)}


class DayFilter(OpenFilter):
    """The records of one day; `?day=2026-11-29` for any."""

    title, parameter_name = _("day"), "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        today = timezone.localdate()
        days = [today - timedelta(days=number) for number in range(DAYS)]
        return [(day.isoformat(), date_text(day, "D j F")) for day in days]

    def condition(self, value: str) -> dict[str, Any]:
        begin = timezone.make_aware(datetime.combine(date.fromisoformat(value), datetime.min.time()))
        return {"created_at__gte": begin, "created_at__lt": begin + timedelta(days=1)}


def person_filter(name: str) -> type[OpenFilter]:
    """The records of one person, who stands in this field."""

    class PersonFilter(OpenFilter):
        title, parameter_name, field = _("person"), name, name

        def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
            people = get_user_model().objects.filter(is_active=True).order_by("username")
            return [(str(pk), name) for pk, name in people.values_list("pk", "username")[:MAX_PEOPLE]]

    return PersonFilter


def batch_filter(name: str) -> type[OpenFilter]:
    """The records of one batch, which stands in this field. The newest batches are offered."""

    class BatchFilter(OpenFilter):
        title, parameter_name, field = _("batch"), name, name

        def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
            newest = Batch.objects.only("name", "vendor_name", "prompt", "external_id").order_by("-pk")[:NEWEST_BATCHES]
            return [(str(batch.pk), batch.title[:40]) for batch in newest]

    return BatchFilter
