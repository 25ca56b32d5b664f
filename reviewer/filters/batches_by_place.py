"""Filters of the batch list by where a batch belongs, who reviews it, and when it was added."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models import Action, Assignment, Batch, Connection, Notification
from batches.notify.texts import sentence, with_subjects

if TYPE_CHECKING:
    from reviewer.filters.batches import BatchFilter

ME = "me"  # the reviewer who is looking
LABELS = {
    "vendor": _("Vendor"), "connection": _("Connection"), "project": _("Project"), "tag": _("Tag"),
    "reviewer": _("Reviewer"), "since": _("Added from"), "until": _("Added until"), "archived": _("Archive"),
    "notified": _("Notification"),
}  # fmt: skip
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 12, 31)  # they leave room for arithmetic


class NameField(forms.CharField):
    """Any text, compared as it is. Characters that a name cannot have are removed, not refused."""

    def to_python(self, value: Any) -> str:
        return str(value or "").replace("\0", "").strip()[:200]


class NameFilter(django_filters.Filter):
    """The batches with exactly this name in the column."""

    field_class = NameField

    def __init__(self, column: str) -> None:
        super().__init__(field_name=column)

    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs.filter(**{str(self.field_name): value}) if value else qs


class ConnectionFilter(django_filters.Filter):
    field_class = forms.IntegerField

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=2**62)

    def filter(self, qs: QuerySet[Batch], value: int | None) -> QuerySet[Batch]:
        return qs.filter(connection=value) if value else qs


class NotifiedFilter(django_filters.Filter):
    """The batches of one of the person's own notifications."""

    field_class = forms.IntegerField
    parent: "BatchFilter"

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=2**62)

    def filter(self, qs: QuerySet[Batch], value: int | None) -> QuerySet[Batch]:
        if value is None:
            return qs
        notification = Notification.objects.filter(user=self.parent.user, pk=value).first()
        return qs.filter(pk__in=notification.batch_ids if notification else [])


class ReviewerFilter(django_filters.Filter):
    """The batches in which the person of this name decided, or has events assigned."""

    field_class = NameField
    parent: "BatchFilter"

    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        if not value:
            return qs
        person = {"user": self.parent.user} if value == ME else {"user__username": value}
        acted, assigned = (rows.objects.filter(batch=OuterRef("pk"), **person) for rows in (Action, Assignment))
        return qs.filter(Q(Exists(acted)) | Q(Exists(assigned)))


class DayField(forms.DateField):
    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and not FIRST_DAY <= day <= LAST_DAY:
            why = gettext("Expected a day from {first} to {last}.").format(first=FIRST_DAY, last=LAST_DAY)
            raise forms.ValidationError(why)
        return day


class DayFilter(django_filters.Filter):
    """The batches that were added on or after this day, or on or before it, in the person's time zone."""

    field_class = DayField

    def __init__(self, lookup: str) -> None:
        super().__init__(lookup_expr=lookup)

    def filter(self, qs: QuerySet[Batch], value: date | None) -> QuerySet[Batch]:
        if value is None:
            return qs
        day = value + timedelta(days=1) if self.lookup_expr == "lt" else value
        begin = timezone.make_aware(datetime.combine(day, time.min))
        return qs.filter(**{f"created_at__{self.lookup_expr}": begin})


def place_chips(batch_filter: "BatchFilter") -> list[tuple[str, str]]:
    """(label, query string of the list without it) of every such filter in use."""
    chips = []
    for name, label in LABELS.items():
        if value := batch_filter.values[name]:
            chips.append((f"{label}: {_text(batch_filter, name, value)}", _without(batch_filter.data, name)))
    return chips


def _text(batch_filter: "BatchFilter", name: str, value: Any) -> Any:
    if name == "reviewer" and value == ME:
        return gettext("you")
    if name == "notified":
        named = with_subjects(Notification.objects.filter(user=batch_filter.user, pk=value)).first()
        return sentence(named) if named else value
    if name == "connection" and batch_filter.user:
        seen = Connection.objects.visible_to(batch_filter.user).filter(pk=value)
        return seen.values_list("name", flat=True).first() or value
    return dict(batch_filter.choices.get(name, ())).get(value, value)


def _without(query: QueryDict, name: str) -> str:
    query = query.copy()
    for gone in (name, "after", "before"):
        query.pop(gone, None)
    return query.urlencode()
