"""The filter of the batch list: text, status, where batches belong, who reviews them, metadata, and the order."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from batches.models import Batch, ReviewStatus, Vendor
from batches.models.batch import RESULTS_MISSING, BatchQuerySet, expires_soon, has_expired
from batches.models.review_status import SIGN_OFF_WAITS, review_stage, sign_off_needed
from reviewer.filters.batches_by_metadata import MetadataQuery
from reviewer.filters.batches_by_place import (
    FIRST_DAY,
    LAST_DAY,
    ConnectionFilter,
    DayFilter,
    NameFilter,
    NotifiedFilter,
    ReviewerFilter,
    place_chips,
)
from reviewer.filters.filter_sets import LightFilterSet
from reviewer.filters.unknown import refuse_unknown
from reviewer.forms.fields import sentence
from reviewer.ordering.keyset import Sort

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.functional import Promise

SORTS = {
    "newest": Sort(_("Newest first"), ("id",), descending=True),
    "status": Sort(_("Not started first"), ("stage", "id")),
    "-status": Sort(_("Reviewed first"), ("stage", "id"), descending=True),
}
REVIEWS = {
    **{status.word: (status.label, Q(stage=status)) for status in ReviewStatus},
    "proposed": (_("Sign-off needed"), sign_off_needed()),
    "waiting": (_("Signed off, not complete"), SIGN_OFF_WAITS),
}
RETENTIONS: "dict[str, tuple[str | Promise, Callable[[datetime], Q]]]" = {
    "expiring": (_("Expiring at the vendor"), expires_soon),
    "expiring_incomplete": (_("Expiring, sync incomplete"), lambda now: expires_soon(now) & RESULTS_MISSING),
    "expired": (_("Expired at the vendor"), has_expired),
}
ARCHIVES = {"only": _("Archived only"), "all": _("Archived too")}
SEARCHED = ("name", "vendor_name", "prompt", "external_id")
OTHER_PARAMETERS = {"key", "value", "column", "after", "before"}  # of metadata, and of the pages of the list
MAX_SEARCH = 200  # characters


class SearchField(forms.CharField):
    """Any text. Characters that a name cannot have are removed, not refused."""

    def to_python(self, value: Any) -> str:
        return str(value or "").replace("\0", "").strip()[:MAX_SEARCH]


class SearchFilter(django_filters.Filter):
    field_class = SearchField

    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        conditions = (Q(**{f"{field}__icontains": value}) for field in SEARCHED)
        return qs.filter(Q.create(list(conditions), connector=Q.OR)) if value else qs


class NamedFilter(django_filters.Filter):
    """One of the given names; the error lists them."""

    field_class = forms.ChoiceField

    def __init__(self, choices: "Mapping[str, str | Promise]") -> None:
        wrong = {"invalid_choice": format_lazy(_("%(value)s is not one of: {names}."), names=", ".join(choices))}
        super().__init__(choices=[*choices.items()], error_messages=wrong)

    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs


class ReviewFilter(NamedFilter):
    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs.filter(REVIEWS[value][1]) if value else qs


class RetentionFilter(NamedFilter):
    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs.filter(RETENTIONS[value][1](timezone.now())) if value else qs


class VendorFilter(NamedFilter):
    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs.filter(connection__vendor=value) if value else qs


class ArchiveFilter(NamedFilter):
    """Without a value the archived batches are left out."""

    def filter(self, qs: QuerySet[Batch], value: str) -> QuerySet[Batch]:
        return qs if value == "all" else qs.filter(archived_at__isnull=value != "only")


class BatchFilter(LightFilterSet):
    """`BatchFilter.of(request.GET, batches)`. A wrong value and an unknown parameter raise BadRequest."""

    q = SearchFilter()
    review = ReviewFilter({name: label for name, (label, _) in REVIEWS.items()})
    results = RetentionFilter({name: label for name, (label, _) in RETENTIONS.items()})
    vendor = VendorFilter(dict(Vendor.choices))
    connection = ConnectionFilter()
    project = NameFilter("project")
    tag = NameFilter("tags__name")
    reviewer = ReviewerFilter()
    since = DayFilter("gte")
    until = DayFilter("lt")
    archived = ArchiveFilter(ARCHIVES)
    notified = NotifiedFilter()
    sort = NamedFilter({name: sort.label for name, sort in SORTS.items()})

    data: QueryDict
    user: "User | None" = None  # whose batches `reviewer=me` names

    @classmethod
    def of(cls, query: QueryDict, batches: BatchQuerySet, user: "User | None" = None) -> "BatchFilter":
        refuse_unknown(query, cls.base_filters.keys() | OTHER_PARAMETERS)
        batch_filter = cls(query, queryset=batches.annotate(stage=review_stage()))
        batch_filter.user = user
        if not batch_filter.is_valid():
            raise BadRequest(sentence(batch_filter.form))
        return batch_filter

    first_day, last_day = FIRST_DAY, LAST_DAY  # that its fields for days accept

    @property
    def values(self) -> dict[str, Any]:
        return self.form.cleaned_data

    @property
    def active(self) -> bool:
        """Whether a filter hides batches from the list."""
        return bool(self.chips) or any(value for name, value in self.values.items() if name != "sort")

    @property
    def order(self) -> Sort:
        return SORTS[self.values["sort"] or "newest"]

    @cached_property
    def metadata(self) -> MetadataQuery:
        return MetadataQuery.of(self.data)

    @property
    def batches(self) -> BatchQuerySet:
        return self.metadata.apply(self.qs)  # type: ignore[arg-type]  # `of` took a BatchQuerySet

    @cached_property
    def chips(self) -> list[tuple[str, str]]:
        return self.metadata.chips(self.data)

    @property
    def place_chips(self) -> list[tuple[str, str]]:
        """(label, query string without it) of every filter by place, people or time."""
        return place_chips(self)

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """The parameters for which the metadata form has no field."""
        return [(name, str(self.data[name])) for name in self.data if name in self.filters]

    @property
    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """Filter → (value, label) of each of its choices."""
        return {name: named.extra["choices"] for name, named in self.filters.items() if isinstance(named, NamedFilter)}
