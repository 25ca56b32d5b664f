"""Compares the current state of every event with its ledger, and every batch's counters with its events."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count

from batches.counters import wrong_counts
from batches.models import Approval, Batch, Consensus, Decision, Event, Opinion
from batches.models.corrections import COLUMNS
from batches.models.decision import STEP
from batches.models.event import FOR_REVIEW
from batches.models.opinion import stage_of, standing

PAGE_EVENTS = 2000
VERDICT = ("approval", "decided_by_id", "reason", "note", "bulk_decided")
CORRECTED = [name for name in COLUMNS if name not in ("search_words", "correction_changed")]


def ledger_problems(using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield a sentence for each inconsistency. Reads in short pages."""
    events = Event.objects.using(using)
    after = 0
    while page := list(events.filter(pk__gt=after).order_by("pk")[:PAGE_EVENTS]):
        after = page[-1].pk
        yield from _events(page, using)
        yield from _opinions(page, using)
    for batch in Batch.objects.using(using).defer("raw"):
        rows = events.filter(FOR_REVIEW, batch=batch).values_list("approval").annotate(Count("id"))
        real = Counter(dict(rows.order_by()))
        for approval in Approval.values:
            if batch.counts[approval] != real[approval]:
                yield f"batch {batch.pk}: counts {batch.counts[approval]} {approval}, its events say {real[approval]}"
        yield from wrong_counts(batch.pk, using)


def _opinions(page: list[Event], using: str) -> Iterator[str]:
    by_event: dict[int, list[Opinion]] = defaultdict(list)
    for opinion in Opinion.objects.using(using).filter(event__in=[event.pk for event in page]).order_by("number"):
        by_event[opinion.event_id].append(opinion)
    stored = {
        consensus.event_id: consensus
        for consensus in Consensus.objects.using(using).filter(event__in=[event.pk for event in page])
    }
    for event in page:
        stands = standing(by_event[event.pk])
        consensus = stored.get(event.pk)
        if consensus is None and by_event[event.pk]:
            yield f"event {event.pk}: has opinions, and no word on how far they are"
        elif consensus:
            should = (len(stands), stage_of(event, stands.values(), consensus.wanted))
            if (consensus.given, consensus.stage) != should:
                yield (
                    f"event {event.pk}: {consensus.given} opinions, {consensus.stage}; "
                    f"its rows say {should[0]}, {should[1]}"
                )


def _events(page: list[Event], using: str) -> Iterator[str]:
    last: dict[int, Decision] = {}
    rows: Counter[int] = Counter()
    ledger = Decision.objects.using(using).filter(event__in=[event.pk for event in page])
    for decision in ledger.select_related(*STEP).order_by("event", "version"):
        last[decision.event_id] = decision
        rows[decision.event_id] += 1
    for event in page:
        if event.version != 1 + rows[event.pk]:
            yield f"event {event.pk}: version {event.version}, the ledger has {rows[event.pk]} rows"
        latest = last.get(event.pk)
        standing = latest.standing if latest else None
        changed = event.changed_from(standing)
        if event.changed_since != changed:
            yield f"event {event.pk}: its verdict is {'not ' if changed else ''}marked as given on other content"
        should = event.state_under(standing)
        if any(getattr(event, name) != should[name] for name in VERDICT):
            yield f"event {event.pk}: is {event.approval}, its last ledger row says {should['approval']}"
        for name in CORRECTED:
            if getattr(event, name) != should[name]:
                yield f"event {event.pk}: {name} is {getattr(event, name)!r}, its last ledger row says {should[name]!r}"
        if event.correction_changed and not event.corrections:
            yield f"event {event.pk}: is marked as changed under a correction, and has none"
