"""Recall on the insights page: what the AI found of all that is in the videos that people watched whole."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from batches.actions.certify_recall import refusal_of
from batches.models import RecallCertificate
from batches.recall import Coverage, Recall, measure_recall
from reviewer.filters.events import EventFilter
from reviewer.filters.values import join_value
from reviewer.insights.charts import Whisker

MAX_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class RecallLine:
    """One category, or (`category` None) all of them; `query` selects its missed events.

    `certificate`: the newest; `stale`: it no longer says what is measured; `refusal`: why there can be no new one.
    """

    category: str | None
    hits: int
    missed: int
    whisker: Whisker | None
    more: int
    query: str
    certificate: RecallCertificate | None
    stale: bool
    refusal: str

    @property
    def label(self) -> str:
        return _("All categories") if self.category is None else self.category or _("no category")


def recall_context(event_filter: EventFilter) -> dict[str, Any]:
    """Template context. Recall is of the whole batch: a filter on events does not choose what is missing."""
    coverage, recalls = measure_recall(event_filter.batch.pk)
    signed = event_filter.batch.recall_certificates.select_related("by").order_by("id") if recalls else ()
    newest = {certificate.category: certificate for certificate in signed}
    lines = [_line(recall, coverage, newest.get(recall.category)) for recall in recalls[: 1 + MAX_CATEGORIES]]
    return {"coverage": coverage, "recall_lines": lines}


def _line(recall: Recall, coverage: Coverage, signed: RecallCertificate | None) -> RecallLine:
    now = coverage.videos, coverage.sampled, recall.hits, recall.missed
    return RecallLine(
        category=recall.category, hits=recall.hits, missed=recall.missed, whisker=Whisker.of(recall.estimate),
        more=recall.more, query=_missed(recall.category), certificate=signed,
        stale=signed is not None and signed.counted != now, refusal=refusal_of(coverage, recall),
    )  # fmt: skip


def _missed(category: str | None) -> str:
    query = QueryDict("origin=reviewer&approval=approved", mutable=True)
    if category is not None:
        query["category"] = join_value(category)
    return query.urlencode()
