"""The filter of events over several batches: the same conditions as in one batch, and which batches they are of."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import Filter

from batches.models import Batch, Comparison, Connection, Consensus, Event, Vendor
from batches.models.batch import BatchQuerySet
from reviewer.filters.conditions import PromptFilter, ScopeFilter
from reviewer.filters.events import PAGE_PARAMETERS, SORTS, EventFilter
from reviewer.filters.unknown import refuse_unknown
from reviewer.filters.values import BatchIdsField, ConnectionIdsField, SeveralField
from reviewer.ordering.keyset import Sort

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# The orders that mean the same over several batches; the default one reads batch after batch.
MANY_SORTS = {
    "item": Sort(gettext_lazy("Batch by batch"), ("batch_id", "sequence", "id")),
    **{name: SORTS[name] for name in ("newest", "-confidence", "confidence", "-severity", "uncertain")},
}


class BatchCounts(NamedTuple):
    """A batch of the scope with its counters."""

    pk: int
    opinions_wanted: int
    pending: int
    approved: int
    rejected: int
    invalid: int


class ManyBatchesFilter(EventFilter):
    """`ManyBatchesFilter.over(batches, request.GET, request.user)`: the events of those batches the query names.

    Batches that have no event of the wanted approval are left out by their counters. `batch` is not set.
    """

    batches: BatchQuerySet  # all that the query names
    scope: list[BatchCounts]  # those of them that have events to list

    @classmethod
    def get_filters(cls) -> OrderedDict[str, Filter]:
        filters = super().get_filters()
        filters["connection"] = ScopeFilter(ConnectionIdsField, "connection__in", label=gettext_lazy("Connection"))
        filters["batch"] = ScopeFilter(BatchIdsField, "pk__in", label=gettext_lazy("Batch"))
        filters["vendor"] = ScopeFilter(
            SeveralField, "connection__vendor__in", label=gettext_lazy("Vendor"), choices=Vendor.choices, hidden=True
        )
        filters["project"] = ScopeFilter(SeveralField, "project__in", label=gettext_lazy("Project"), hidden=True)
        filters["prompt"] = PromptFilter(BatchIdsField, "prompt", label=gettext_lazy("Prompt of batch"), hidden=True)
        return filters

    @classmethod
    def over(
        cls, batches: BatchQuerySet, query: QueryDict, user: "User", *, beside: Collection[str] = PAGE_PARAMETERS
    ) -> "ManyBatchesFilter":
        """`batches`: those that the person may see. `beside`: parameters that are no filter. Raises BadRequest."""
        refuse_unknown(query, cls.base_filters.keys() | beside)
        event_filter = cls(query, queryset=Event.objects.for_review())
        event_filter.user, event_filter.at = user, None
        event_filter._validate()
        if event_filter.sort_name not in event_filter.sorts:
            raise BadRequest(_("sort: this order is of one batch; choose a batch first."))
        event_filter.batches = event_filter._named(batches)
        event_filter.scope = event_filter._with_events()
        event_filter.queryset = event_filter.queryset.filter(batch__in=event_filter.batch_ids)
        return event_filter

    def _compared(self) -> Comparison | None:
        if any(self.values[name] for name in ("compare", "match", "proposed")):
            raise BadRequest(_("compare: choose one batch first."))
        return None

    def _named(self, batches: BatchQuerySet) -> BatchQuerySet:
        named = batches
        for name, condition in self.scope_filters().items():
            if self.values[name]:
                named = condition.narrowed(named, self.values[name], batches)
        return named.order_by("pk")

    def _with_events(self) -> list[BatchCounts]:
        rows = self.batches.values_list(*BatchCounts._fields).distinct()
        wanted = self.values["approval"] or ["pending", "approved", "rejected", "invalid"]
        return [counts for row in rows if any(getattr(counts := BatchCounts(*row), name) for name in wanted)]

    @classmethod
    def scope_filters(cls) -> dict[str, ScopeFilter]:
        return {name: field for name, field in cls.base_filters.items() if isinstance(field, ScopeFilter)}

    @property
    def batch_ids(self) -> list[int]:
        return [counts.pk for counts in self.scope]

    @property
    def event_count(self) -> int:
        return sum(row.pending + row.approved + row.rejected + row.invalid for row in self.scope)

    @property
    def has_opinions(self) -> bool:
        several = any(counts.opinions_wanted > 1 for counts in self.scope)
        return several or Consensus.objects.filter(batch__in=self.batch_ids).exists()

    @property
    def has_piles(self) -> bool:
        return False

    @property
    def order(self) -> Sort:
        return replace(self.sorts[self.sort_name], at_once=self.is_sorted_at_once)

    @property
    def sorts(self) -> dict[str, Sort]:
        return self._with_matches(MANY_SORTS)

    @property
    def counts(self) -> dict[str, int]:
        """The number of events by approval, from the counters of the batches: without the other conditions."""
        names = self.values["approval"] or ["pending", "approved", "rejected", "invalid"]
        return {name: sum(getattr(counts, name) for counts in self.scope) for name in names}

    @property
    def total(self) -> int | None:
        if set(self.active) - {"approval", *self.scope_filters()}:
            return None
        return sum(self.counts.values())

    @property
    def categories(self) -> Iterable[list[str]]:
        """The categories of each batch, as its last sync left them."""
        return Batch.objects.filter(pk__in=self.batch_ids).order_by("pk").values_list("rarest", flat=True)

    def _chip_label(self, name: str, value: Any) -> str:
        if name == "connection":
            value = self._seen(Connection.objects, value)
        elif name in ("batch", "prompt"):
            value = self._seen(Batch.objects, value)
        elif name == "vendor":
            value = Vendor(value).label
        else:
            return super()._chip_label(name, value)
        return f"{self.filters[name].label}: {value}"
