"""Stores the answers of a vendor, in the columns that vendors own. A chunk and its checkpoint commit together.

Every public function that writes is one transaction that starts with `assert_claim`: this worker must still hold the
run. A worker that was thought dead and continues can therefore not overwrite the work of its successor.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import batched
from operator import attrgetter, itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, ExpressionWrapper, F, IntegerField, Q, QuerySet
from django.utils import timezone

from batches.counters import counted_together
from batches.folding import stored_words
from batches.jobs.claims import ClaimedRun
from batches.models import (
    Approval,
    Batch,
    Decision,
    Event,
    EventPast,
    EventPayload,
    Item,
    MetadataPush,
    Quarantined,
    SyncRun,
)
from batches.models.corrections import COLUMNS as CORRECTED
from batches.models.corrections import columns_under, read
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.past import PAST_FIELDS
from batches.models.severity import Severity
from batches.sync import row_writer
from batches.sync.plan import EventPlan, Incoming, StoredEvent, plan_events, with_identities
from batches.sync.records import BatchRecord, Chunk, EventRecord, ItemListing, ItemRecord, Quarantine, Report

NONE_YET: Mapping[str, list[Incoming]] = {}
MANY_ITEMS = 1_000  # new ones that change how a database should look for some of them
MAX_STORED_CATEGORIES = 200  # categories that are stored; any further ones are frequent


def item_digest(record: ItemRecord) -> str:
    """The digest (32 hex digits) of an item without its events, for records that have no digest of their own."""
    fields = (record.analysis_id, record.name, record.source_uri, record.state, record.status, record.raw_status,
            record.error, record.summary, record.mode, record.answered, record.raw)  # fmt: skip
    return blake2b(repr(fields).encode(), digest_size=16).hexdigest()


# ── the batch and its list ──


def store_batch(claimed: ClaimedRun, record: BatchRecord, listing_digest: str) -> tuple[int, int]:
    """Write the status answer and the list of items.

    Returns the position from which the run continues (0 for a new list) and the number of calls it has made before.
    """
    fields = {
        "batch_type": record.batch_type,
        "analysis_type": record.analysis_type,
        "viewer_url": record.viewer_url,
        "category": record.category,
        "state": record.state,
        "raw_status": record.raw_status,
        "vendor_created_at": record.created_at or "",
        "vendor_total": record.total,
        "vendor_completed": record.completed,
        "vendor_failed": record.failed,
        "vendor_error": record.error,
        "vendor_metadata": record.metadata,
        "vendor_review_status": record.review_status,
        "vendor_reviewed_at": record.review_status_updated_at,
        "vendor_canceled": record.canceled,
        "vendor_name": record.name,
        "vendor_report": _report(record.report),
        "expires_at": datetime.fromisoformat(record.expires_at) if record.expires_at else None,
        "gone_at": None,
        "odd_cells": _json(record.odd_cells),
        "raw": record.raw,
    }
    if record.prompt is not None:
        fields["prompt"] = record.prompt
    with transaction.atomic():
        run = SyncRun.objects.get(pk=claimed.run_id)
        resumed = run.listing == listing_digest
        fresh: dict[str, Any] = {}
        if not resumed:
            fresh = {"position": 0, "lost": [], "events_seen": 0, "quarantined": len(record.quarantined)}
        claimed.assert_claim(listing=listing_digest, total=len(record.listing), **fresh)
        newer = Q(read_at__gt=run.started_at) if run.started_at else Q(pk__in=[])
        if MetadataPush.objects.filter(newer, batch=claimed.batch_id).exists():
            del fields["vendor_metadata"]  # a push has read them again since this run started
        batch = Batch.objects.get(pk=claimed.batch_id)
        changed = [name for name, value in fields.items() if getattr(batch, name) != value]
        if changed:
            for name in changed:
                setattr(batch, name, fields[name])
            batch.save(update_fields=changed)
        _store_listing(claimed.batch_id, record.listing, whole=not (record.missing or record.quarantined))
        _store_quarantine(claimed.batch_id, {"": record.quarantined})
        return (run.position if resumed else 0), run.calls


def _report(report: Report) -> dict[str, Any]:
    errors = [
        {"kind": kind, "count": count, "files": list(files), "advice": advice}
        for kind, count, files, advice in report.errors
    ]
    facts = [list(fact) for fact in report.facts]
    return {"facts": facts, "errors": errors} if facts or errors else {}


NEW_ITEM_COLUMNS = ("external_id", "position", "repeats")


def _store_listing(batch_id: int, listing: Sequence[ItemListing], *, whole: bool) -> None:
    """Create new items and update the positions of the others. Only a `whole` list marks missing items as gone."""
    stored = {item.external_id: item for item in Item.objects.filter(batch=batch_id).defer("raw", "summary")}
    create, update, moved = [], [], []
    for line in listing:
        item = stored.pop(line.external_id, None)
        repeats = list(line.repeats)
        if item is None:
            create.append((line.external_id, line.position, json.dumps(repeats)))
            continue
        position = (line.position if whole else item.position, repeats, None)
        if (item.position, item.repeats, item.gone_at) != position:
            if item.position != position[0]:
                item.digest = ""  # its position numbers its events, so they are read again
                moved.append((item.pk, position[0]))
            item.position, item.repeats, item.gone_at = position
            update.append(item)
    for item in stored.values():
        if item.gone_at is None and whole:
            item.gone_at = timezone.now()
            update.append(item)
    row_writer.insert(Item, NEW_ITEM_COLUMNS, create, {"batch_id": batch_id, **_blank_item()})
    if len(create) >= MANY_ITEMS:
        row_writer.count_for_plans(Item)
    Item.objects.bulk_update(update, ["position", "repeats", "gone_at", "digest"], batch_size=500)
    _move_added(batch_id, dict(moved))


@cache
def _blank_item() -> dict[str, Any]:
    """The other columns of a new item."""
    blank, fields = Item(), Item._meta.concrete_fields
    named = {"id", "batch_id", *NEW_ITEM_COLUMNS}
    return {str(field.column): getattr(blank, field.attname) for field in fields if field.column not in named}


def _move_added(batch_id: int, positions: Mapping[int, int]) -> None:
    """Number what people added after the new positions of its items, as no answer of the vendor does."""
    added = Event.objects.filter(batch=batch_id).added()
    for item_id in set(added.values_list("item", flat=True)) & positions.keys() if positions else ():
        first = positions[item_id] * POSITIONS_PER_ITEM
        added.filter(item=item_id).update(sequence=F("sequence") % POSITIONS_PER_ITEM + first)


# ── a chunk of items with their events ──


def known_digests(batch_id: int) -> dict[str, str]:
    """Item id → digest of the record that its rows were written from."""
    answered = Item.objects.filter(batch=batch_id, answered=True)
    return dict(answered.values_list("external_id", "digest"))


def settled_digests(batch_id: int, places: Mapping[str, int]) -> dict[str, str]:
    """The known digests of those items that storing the same record again would leave as they are.

    `places`: item id → its position in the list; empty if the list is incomplete. Items with unreadable records are
    left out, so that these are read again.
    """
    items = Item.objects.filter(batch=batch_id, answered=True, gone_at__isnull=True)
    unreadable = set(Quarantined.objects.filter(batch=batch_id).values_list("item_id_text", flat=True))
    rows = items.values_list("external_id", "position", "digest")
    return {
        item: digest for item, position, digest in rows
        if places.get(item, position) == position and item not in unreadable
    }  # fmt: skip


# How many events the vendor lists. As a condition on rows it would tempt to other indexes.
LISTED = Count("pk", filter=Q(gone_at__isnull=True))


def approvals_of(batch_id: int, item_ids: Sequence[str]) -> Counter[str]:
    """How many events of these items the vendor lists, by its approval."""
    items = _keys_of(batch_id, item_ids)  # not as a join, which PostgreSQL would begin with all events of the batch
    events = Event.objects.filter(item__in=items).order_by().values_list("vendor_approval")
    counts = Counter[str]()
    with row_writer.by_index():
        for approval, count in events.annotate(count=LISTED):
            counts[approval or Approval.PENDING.value] += count
    return counts


def _keys_of(batch_id: int, item_ids: Sequence[str]) -> list[int]:
    return list(Item.objects.filter(batch=batch_id, external_id__in=item_ids).order_by().values_list("pk", flat=True))


def changes_of(batch_id: int, chunk: Chunk, places: Mapping[str, int]) -> Counter[str]:
    """Count the events that storing a chunk would create, change and mark as gone. Writes nothing.

    `places`: item id → its position in the list; empty if the list is incomplete.
    """
    ids = [record.external_id for record in chunk.items]
    items = {item.external_id: item for item in Item.objects.filter(batch=batch_id, external_id__in=ids).defer("raw")}
    moved = {key for key, item in items.items() if places.get(key, item.position) != item.position}
    stored = _known_events([item.pk for item in items.values()], held=False)
    changes: Counter[str] = Counter()
    for record in chunk.items:
        item = items.get(record.external_id)
        if item is None:
            changes["new"] += len(record.events)
        elif record.digest != item.digest or record.external_id in moved or item.gone_at:
            position = places.get(record.external_id, item.position)
            arrived = with_identities(record.events, position * POSITIONS_PER_ITEM)
            plan = plan_events(arrived, stored[item.pk], whole=chunk.whole and not record.quarantined)
            changes.update(new=len(plan.create), changed=len(plan.update), gone=len(plan.gone))
    return changes


def nothing() -> None:
    """Start nothing."""


def store_chunk(
    claimed: ClaimedRun, chunk: Chunk, *, position: int, calls: int, arrived: Mapping[str, list[Incoming]] = NONE_YET,
    repeatable: bool = False, meanwhile: Callable[[], object] = nothing,
) -> None:  # fmt: skip
    """Store the answers about some items, and the progress: `position` items of the list are done. One transaction.

    `arrived`: the events of items, where the caller has them with their identities already. `repeatable`: what a crash
    of the database's server loses is stored once more, so the commit need not wait for the disk. `meanwhile`: starts
    what other threads can do while the database is busy with events; may be called more than once.
    """
    records = chunk.items
    with transaction.atomic():
        claimed.assert_claim(position=position, calls=calls, attempts=0)
        if repeatable:
            row_writer.commit_without_waiting()
        ids = [record.external_id for record in records]
        listed = Item.objects.filter(batch=claimed.batch_id, external_id__in=ids).order_by()
        items = {item.external_id: item for item in listed.only("external_id", "position", "digest", "answered")}
        _store_items(records, items)
        stored = _known_events([item.pk for item in items.values()])
        tally, counters = _seen_again(claimed.batch_id, chunk.same), Counter[str]()
        plans = []
        for record in records:
            item = items[record.external_id]
            tally["events_seen"] += len(record.events)
            tally["quarantined"] += len(record.quarantined)
            if record.answered:
                events = arrived.get(record.external_id) or with_identities(
                    record.events, item.position * POSITIONS_PER_ITEM
                )
                plans.append((item, plan_events(events, stored[item.pk], whole=chunk.whole and not record.quarantined)))
            elif record.quarantined:  # a document that cannot be read at all
                plans.append((item, EventPlan(unread=[event for event in stored[item.pk] if not event.gone])))
        _store_quarantine(claimed.batch_id, {record.external_id: record.quarantined for record in records})
        _write(claimed.batch_id, plans, counters, meanwhile)
        for _, plan in plans:
            tally["events_created"] += len(plan.create)
            tally["events_updated"] += len(plan.update)
            tally["events_gone"] += len(plan.gone)
        _count(claimed, tally, counters, chunk.lost)
        if chunk.prompt:
            Batch.objects.filter(pk=claimed.batch_id, prompt="").update(prompt=chunk.prompt)


def store_strata(claimed: ClaimedRun) -> None:
    """Store the batch's categories and their sizes, rarest first. A sync counts them, so that no page has to."""
    counts = Event.objects.filter(batch=claimed.batch_id).order_by().values("category").annotate(count=Count("pk"))
    strata = dict(counts.order_by("count", "category").values_list("category", "count")[:MAX_STORED_CATEGORIES])
    with transaction.atomic():
        claimed.assert_claim()
        Batch.objects.filter(pk=claimed.batch_id).update(rarest=list(strata), strata=strata)


def _seen_again(batch_id: int, item_ids: Sequence[str]) -> Counter[str]:
    """The counts of unchanged items: their events and unreadable records are those already stored."""
    if not item_ids:
        return Counter()
    items = _keys_of(batch_id, item_ids)
    with row_writer.by_index():
        events = Event.objects.filter(item__in=items).aggregate(events_seen=LISTED)
    quarantined = Quarantined.objects.filter(batch=batch_id, item_id_text__in=item_ids).count()
    return Counter(events_seen=events["events_seen"], quarantined=quarantined)


def _count(claimed: ClaimedRun, tally: Counter[str], counters: Counter[str], lost: Sequence[str]) -> None:
    progress: dict[str, Any] = {name: F(name) + count for name, count in tally.items() if count}
    if lost:
        run = SyncRun.objects.only("lost").get(pk=claimed.run_id)
        progress["lost"] = [*run.lost, *lost]
    if progress:
        SyncRun.objects.filter(pk=claimed.run_id).update(**progress)
    moves = {name: F(name) + change for name, change in counters.items() if change}
    if moves:
        Batch.objects.filter(pk=claimed.batch_id).update(**moves)


ITEM_COLUMNS = ("analysis_id", "state", "status", "raw_status", "error", "mode", "answered", "digest")
DOCUMENT_COLUMNS = ("name", "source_uri", "summary", "odd_cells", "raw")


def _store_items(records: Sequence[ItemRecord], items: dict[str, Item]) -> None:
    whole, state_only = [], []
    for record in records:
        item, digest = items[record.external_id], record.digest or item_digest(record)
        if item.digest == digest:
            continue
        state = (record.analysis_id, record.state, record.status, record.raw_status, record.error, record.mode,
                 record.answered, digest)  # fmt: skip
        if record.answered or not item.answered:
            whole.append(
                (*state, record.name, record.source_uri, record.summary, _json(record.odd_cells), record.raw, item.pk)
            )
        else:
            # An answer without a document does not remove the name and the text of an earlier one.
            state_only.append((*state, item.pk))
    row_writer.update(Item, [*ITEM_COLUMNS, *DOCUMENT_COLUMNS], whole)
    row_writer.update(Item, ITEM_COLUMNS, state_only)


MARKS = {"decided": "decided_at", "gone": "gone_at", "unread": "unread_at", "corrected": "corrections"}


@cache
def _readable_events() -> QuerySet[Event, tuple[Any, ...]]:
    """Of all events the vendor sent, the item and a StoredEvent. Put together once, as every chunk asks."""
    # Not the bare id: PostgreSQL would read all events in the order of their keys to save sorting some.
    events = Event.objects.filter(origin__isnull=True).order_by(F("id") + 0)
    # As numbers: making a bool of each takes SQLite's adapter longer than reading the row.
    marked = events.annotate(
        **{name: ExpressionWrapper(Q(**{f"{column}__isnull": False}), IntegerField()) for name, column in MARKS.items()}
    )
    return marked.values_list("item_id", *StoredEvent._fields)


def _known_events(item_ids: Sequence[int], *, held: bool = True) -> dict[int, list[StoredEvent]]:
    """The stored events of some items, by item. `held`: locked until the commit, so that nobody decides meanwhile."""
    stored: dict[int, list[StoredEvent]] = defaultdict(list)
    events = _readable_events().filter(item__in=item_ids)
    if held:
        events = events.select_for_update()
    with row_writer.by_index():
        for item_id, *row in events:
            stored[item_id].append(StoredEvent._make(row))
    for item, events_of_item in stored.items():
        stored[item] = _as_vendors_have_them(events_of_item)
    return stored


COMPARED = ("category", "label", "start_s", "end_s")


def _as_vendors_have_them(stored: list[StoredEvent]) -> list[StoredEvent]:
    """The same events, with the vendor's values where people corrected them."""
    ids = [event.id for event in stored if event.corrected]
    rows = Event.objects.in_bulk(ids) if ids else {}
    return [
        event._replace(**{name: rows[event.id].vendor_value(name) for name in COMPARED}) if event.corrected else event
        for event in stored
    ]


# ── events ──

# Column of an event → field of the EventRecord that is copied unchanged. All but the last are copied at once, so they
# are in the order of the fields.
COPIED = {
    "raw_index": "raw_index", "external_id": "external_id", "start_s": "start_s", "end_s": "end_s",
    "timestamp": "timestamp", "unix_start": "unix_start", "unix_end": "unix_end", "category": "category",
    "label": "label", "severity": "severity", "confidence": "confidence", "confidence_given": "confidence_given",
    "ai_text": "ai_text", "thumbnail_url": "thumbnail_url", "vendor_approval": "approval",
    "raw_approval": "raw_approval", "fingerprint": "fingerprint",
}  # fmt: skip
_approval = attrgetter("record.approval")
_together = itemgetter(slice(EventRecord._fields.index("raw_index"), EventRecord._fields.index("raw_approval") + 1))
# The columns of a new event that do not say anything yet: nobody has decided it. Others stay empty.
UNDECIDED = {"version": 1, "reason": "", "note": "", "changed_since": False}

VENDOR_COLUMNS = (
    *COPIED, "box", "identity", "digest", "sequence", "severity_rank", "odd_cells", "search_words"
)  # fmt: skip
SEEN = {"gone_at": None, "unread_at": None}  # of an event that the answer has
NEW_COLUMNS = ("id", "item_id", "approval", *VENDOR_COLUMNS)


def _vendor_values(incoming: Incoming) -> tuple[Any, ...]:
    """The values of VENDOR_COLUMNS."""
    record, identity, sequence, digest, search_words, _ = incoming
    return (
        *_together(record), record.fingerprint, record.box or None, identity, digest, sequence,
        _severity_rank(record.severity), _json(record.odd_cells),
        search_words or stored_words(record.label, record.ai_text),
    )  # fmt: skip


@lru_cache(64)  # the vendor uses four words
def _severity_rank(word: str) -> int:
    return Severity.of(word).value


def _write(
    batch_id: int, plans: list[tuple[Item, EventPlan]], counters: Counter[str], meanwhile: Callable[[], object]
) -> None:
    pairs = [pair for _, plan in plans for pair in plan.update]
    _free_identities(pairs, [event for _, plan in plans for event in plan.displaced])
    new = [(item.pk, incoming) for item, plan in plans for incoming in plan.create]
    _create(batch_id, new, counters, meanwhile)
    meanwhile()
    _update(pairs, counters)
    _mark_gone([event for _, plan in plans for event in plan.gone], counters)
    _mark_unread([event for _, plan in plans for event in plan.unread])


def _free_identities(pairs: list[tuple[StoredEvent, Incoming]], displaced: list[StoredEvent]) -> None:
    """Replace identities that other events will get by temporary ones, because two events may swap theirs."""
    moving = [event for event, incoming in pairs if event.identity != incoming.identity]
    names = [(f"moving:{event.id}", event.id) for event in moving]
    names += [(f"displaced:{event.id}", event.id) for event in displaced]
    row_writer.update(Event, ["identity"], names)


def _create(
    batch_id: int, new: list[tuple[int, Incoming]], counters: Counter[str], meanwhile: Callable[[], object] = nothing
) -> None:
    if not new:
        return
    item_ids, events = zip(*new, strict=True)
    made = iter(new_rows([event for event in events if event.rows is None]))
    rows, payloads = zip(*(event.rows or next(made) for event in events), strict=True)
    ids = row_writer.new_ids(Event, len(new))
    for approval, count in Counter(map(_approval, events)).items():
        counters[approval or Approval.PENDING.value] += count
    same = {"batch_id": batch_id, "created_at": row_writer.plain(timezone.now()), **UNDECIDED}
    with counted_together(ids[0]):
        meanwhile()
        row_writer.insert_ready(Event, NEW_COLUMNS, (ids, item_ids), rows, same)
    row_writer.insert_ready(EventPayload, ("event_id", "sdk", "raw"), (ids,), payloads)


def new_rows(events: Sequence[Incoming]) -> list[tuple[row_writer.Ready, row_writer.Ready]]:
    """For each new event its row and that of its payload, without their keys, as they are written."""
    rows = ((event.record.approval or Approval.PENDING.value, *_vendor_values(event)) for event in events)
    payloads = ((event.record.sdk, event.record.raw) for event in events)
    return [*zip(row_writer.ready(rows), row_writer.ready(payloads), strict=True)]


def _update(pairs: list[tuple[StoredEvent, Incoming]], counters: Counter[str]) -> None:
    if not pairs:
        return
    edited = [
        event.id for event, incoming in pairs if event.decided and event.fingerprint != incoming.record.fingerprint
    ]
    _keep_past(edited)
    standing = _standing(edited)
    corrected = Event.objects.in_bulk([event.id for event, _ in pairs if event.corrected])
    rows = []
    for event, incoming in pairs:
        approval, changed = event.approval, event.changed_since
        if event.id in standing:
            fingerprint, verdict = standing[event.id]
            changed = fingerprint != incoming.record.fingerprint
            approval = Approval.PENDING.value if changed else verdict
        elif not event.decided:
            approval = incoming.record.approval or Approval.PENDING.value
        rows.append((*_vendor_values(incoming), *SEEN.values(), approval, changed, event.id))
        if event.decided or not event.gone:
            counters[event.approval] -= 1
        counters[approval] += 1
    row_writer.update(Event, [*VENDOR_COLUMNS, *SEEN, "approval", "changed_since"], rows)
    payloads = [(incoming.record.sdk, incoming.record.raw, event.id) for event, incoming in pairs]
    row_writer.update(EventPayload, ["sdk", "raw"], payloads)
    _correct_again(corrected)


def _correct_again(corrected: dict[int, Event]) -> None:
    """Put people's values back over what the vendor sent now, and mark where it differs from what it had sent before.

    `corrected`: the events as they were.
    """
    rows = []
    for event in Event.objects.filter(pk__in=corrected).order_by("pk"):
        before = corrected[event.pk]
        event.corrections = None  # the columns hold the vendor's values now
        columns = columns_under(event, read(before.corrections))
        changed = any(getattr(event, name) != before.vendor_value(name) for name in before.corrected_fields)
        columns["correction_changed"] = before.correction_changed or changed or None
        rows.append((*(row_writer.plain(columns[name]) for name in CORRECTED), event.pk))
    row_writer.update(Event, CORRECTED, rows)


def _standing(event_ids: list[int]) -> dict[int, tuple[str, str]]:
    """Decided event → the fingerprint of the content that its current verdict was given on, and that verdict."""
    result: dict[int, tuple[str, str]] = {}
    for some in batched(event_ids, 5_000, strict=False):
        steps = Decision.objects.filter(event__in=some).select_related("verdict", "restores__verdict")
        for step in steps.order_by("event", "version"):
            if standing := step.standing_verdict:
                result[step.event_id] = (standing.fingerprint, standing.approval)
    return result


def _keep_past(event_ids: list[int]) -> None:
    """Store the old content of decided events, so that a reviewer can see the change of each field."""
    for some in batched(event_ids, 5_000, strict=False):
        rows = [
            EventPast(
                event=event, fingerprint=event.fingerprint, **{name: event.vendor_value(name) for name in PAST_FIELDS}
            )
            for event in Event.objects.filter(pk__in=some)
        ]
        EventPast.objects.bulk_create(rows, ignore_conflicts=True)


def _mark_gone(events: list[StoredEvent], counters: Counter[str]) -> None:
    if not events:
        return
    for event in events:
        if not event.decided:
            counters[event.approval] -= 1
    now = row_writer.plain(timezone.now())
    row_writer.update(Event, ["gone_at", "unread_at"], [(now, None, event.id) for event in events])


def _mark_unread(events: list[StoredEvent]) -> None:
    """Mark events that the answer may contain in an unreadable form. Their content stays as it is."""
    now = row_writer.plain(timezone.now())
    row_writer.update(Event, ["unread_at"], [(now, event.id) for event in events if not event.unread])


def _json(cells: dict[str, str] | None) -> str | None:
    return json.dumps(cells) if cells else None


def _store_quarantine(batch_id: int, arrived: dict[str, Iterable[Quarantine]]) -> None:
    """Replace the stored unreadable records of these items by the new ones. Writes nothing if they are the same."""
    before: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Quarantined.objects.filter(batch=batch_id, item_id_text__in=arrived).order_by("id")
    for item_id, path, reason, raw in rows.values_list("item_id_text", "path", "reason", "raw"):
        before[item_id].append((path, reason, raw))
    new: list[Quarantined] = []
    stale: list[str] = []
    for item_id, records in arrived.items():
        rows_now = [(record.path[:500], record.reason[:500], record.raw) for record in records]
        if rows_now != before[item_id]:
            stale.append(item_id)
            new += [
                Quarantined(batch_id=batch_id, item_id_text=item_id, path=path, reason=reason, raw=raw)
                for path, reason, raw in rows_now
            ]
    if stale:
        Quarantined.objects.filter(batch=batch_id, item_id_text__in=stale).delete()
    Quarantined.objects.bulk_create(new)
