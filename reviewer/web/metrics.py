"""Figures for Prometheus: what requests took, from every web process, and what the database says at the scrape."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from batches.models import (
    AdditionRun,
    Approval,
    Batch,
    BulkRun,
    Decision,
    ExportRun,
    ImportRun,
    MetadataPush,
    PileRun,
    RunState,
    SyncRun,
    ThumbnailRun,
)
from batches.models.run import Run

KINDS: list[tuple[str, type[Run]]] = [
    ("sync", SyncRun), ("thumbnails", ThumbnailRun), ("bulk", BulkRun), ("piles", PileRun), ("export", ExportRun),
    ("metadata", MetadataPush), ("import", ImportRun), ("addition", AdditionRun),
]  # fmt: skip
COUNTED = "decisions-counted"
COUNTED_AGAIN = 1_000  # decisions after which what is kept is brought up to date
SETTLED = timedelta(hours=1)  # no transaction is open for so long: before it, no row gets in between
OWN = CollectorRegistry()
REQUESTS = Histogram(
    "reviewer_request_seconds",
    "Seconds until the response began, by view and status; streaming is not included.",
    ["view", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=OWN,
)


class RequestMetricsMiddleware:
    """Counts every request that reached Django, with its duration."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        # Labelled by view name: the number of paths is unbounded, and they contain ids.
        view = request.resolver_match.view_name if request.resolver_match else "none"
        REQUESTS.labels(view, response.status_code).observe(time.perf_counter() - started)
        return response


class DatabaseFigures:
    """Read from the database at each scrape, so that any process can answer."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("reviewer_database_up", "1 when the database answered this scrape.")
        try:
            families = [*_work(), *_runs()]
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from families


def queue_age() -> float:
    """Seconds the oldest run has waited for a worker; 0 when none waits. Raises DatabaseError."""
    waiting = [
        model._default_manager.filter(state=RunState.QUEUED).order_by("id").values_list("created_at", flat=True).first()
        for _, model in KINDS
    ]
    oldest = min((when for when in waiting if when), default=None)
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def exposition() -> bytes:
    """Everything in Prometheus' text format."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(DatabaseFigures())
        return generate_latest(registry)
    registry.register(DatabaseFigures())
    return generate_latest(OWN) + generate_latest(registry)


def _work() -> Iterator[Metric]:
    decisions = CounterMetricFamily(
        "reviewer_decisions", "Decisions recorded, including undone ones.", labels=["approval"]
    )
    made = _decisions_made()
    events = GaugeMetricFamily("reviewer_events", "Events for review by current approval.", labels=["approval"])
    now = Batch.objects.not_removed().aggregate(**{approval: Sum(approval, default=0) for approval in Approval.values})
    for approval in Approval.values:
        decisions.add_metric([approval], made.get(approval, 0))
        events.add_metric([approval], now[approval])
    yield decisions
    yield events


def _decisions_made() -> Counter[str]:
    """The rows of the ledger by approval. What is older than an hour is counted once, and kept in the cache."""
    upto, counts = cache.get(COUNTED, (0, {}))
    made, ledger = Counter(counts), Decision.objects.filter(pk__gt=upto).order_by()
    old = ledger.filter(created_at__lt=timezone.now() - SETTLED).order_by("-pk").values_list("pk", flat=True).first()
    if old is not None and old - upto >= COUNTED_AGAIN:
        made.update(_by_approval(ledger.filter(pk__lte=old)))
        with suppress(DatabaseError):  # read-only for a while: counted again at the next scrape
            cache.set(COUNTED, (old, made), None)
        ledger = ledger.filter(pk__gt=old)
    made.update(_by_approval(ledger))
    return made


def _by_approval(ledger: QuerySet[Decision]) -> dict[str, int]:
    return dict(ledger.values_list("approval").annotate(count=Count("pk")))


def _runs() -> Iterator[Metric]:
    runs = GaugeMetricFamily("reviewer_runs", "Background runs by kind and state.", labels=["kind", "state"])
    for kind, model in KINDS:
        counts = dict(model._default_manager.order_by().values_list("state").annotate(Count("id")))
        for state in RunState.values:
            runs.add_metric([kind, state], counts.get(state, 0))
    yield runs
    age = GaugeMetricFamily("reviewer_queue_oldest_seconds", "Seconds that the oldest queued run has waited.")
    age.add_metric([], queue_age())
    yield age
