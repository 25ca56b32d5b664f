"""Compares a vendor's answer with the stored events of an item and plans what to write. Uses no database.

All events of the answer are matched with all stored events of the item, by these rules in this order:

1. The same id and the same content.
2. The same content under another id. The analysis ran again, ids were added, or the ids are positions that moved.
3. The same id with new content.
4. Without ids: the same place and similar text, if neither event has another candidate.

An event of the answer without a match is new. A stored event without a match is marked as gone, but never deleted. If
parts of the answer could not be read, no event is marked as gone.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from batches.folding import stored_words
from batches.sync.likeness import same_place, same_words, span_of, words_of
from batches.sync.records import READING, EventRecord

MAX_NEAR_EVENTS = 50  # events at one place; among more of them, none is matched by rule 4


class StoredEvent(NamedTuple):
    """An event we have, as far as the comparison needs it. A tuple, like an EventRecord and for the same reason."""

    id: int
    identity: str
    external_id: str
    fingerprint: str
    digest: str
    category: str
    label: str
    ai_text: str
    start_s: float | None
    end_s: float | None
    approval: str
    decided: bool
    changed_since: bool
    gone: bool
    unread: bool
    corrected: bool = False  # by a person; the other fields are the vendor's in any case


class Incoming(NamedTuple):
    """An event of the answer, with its identity, its place in the batch and a digest of everything the vendor sent."""

    record: EventRecord
    identity: str
    sequence: int
    digest: str
    search_words: str = ""  # where they are known already
    rows: Any = None  # its new rows, where they are made already: see `store.new_rows`


@dataclass(slots=True)
class EventPlan:
    """What to write for one item. `update` contains only events that differ."""

    create: list[Incoming] = field(default_factory=list)
    update: list[tuple[StoredEvent, Incoming]] = field(default_factory=list)
    gone: list[StoredEvent] = field(default_factory=list)
    unread: list[StoredEvent] = field(default_factory=list)  # absent from an answer that could not be read whole
    displaced: list[StoredEvent] = field(
        default_factory=list
    )  # matched nothing, and another event has their identity now
    unchanged: int = 0


def with_identities(records: Iterable[EventRecord], first_sequence: int, *, with_words: bool = False) -> list[Incoming]:
    """The records of one item with their identities; equal ones get the ordinals 0, 1, …

    `with_words`: with their search words, which only those that are written need.
    """
    seen: dict[str, int] = defaultdict(int)
    result = []
    made = tuple.__new__  # without the class's own function, as there are many events
    for record in records:
        external_id, fingerprint = record.external_id, record.fingerprint
        base = f"id:{external_id}" if external_id else f"fp:{fingerprint}"
        ordinal = seen[base]
        seen[base] = ordinal + 1
        sequence = first_sequence + record.position
        text = f"{READING}|{sequence}|{record.raw_index}|{fingerprint}|{record.raw}{record.box}"
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        search_words = stored_words(record.label, record.ai_text) if with_words else ""
        result.append(made(Incoming, (record, f"{base}:{ordinal}", sequence, digest, search_words, None)))
    return result


def plan_events(arrived: list[Incoming], stored: list[StoredEvent], *, whole: bool = True) -> EventPlan:
    """Match the events of one item's answer with those we have of that item.

    `whole`: every event of the answer could be read, so events that are missing in it are gone.
    """
    plan = EventPlan()
    left, right = list(stored), list(arrived)
    for rule in (_all, _content, _identity):
        if left and right:
            left, right = _match(plan, left, right, rule)
    if left and right:
        left, right = _match_similar(plan, left, right)
    plan.create.extend(right)
    (plan.gone if whole else plan.unread).extend(event for event in left if not event.gone)
    if left:
        identities = {incoming.identity for incoming in arrived}
        plan.displaced.extend(event for event in left if event.identity in identities)
    return plan


Side = StoredEvent | Incoming
Rule = Callable[[Side], Hashable]


def _all(side: Side) -> Hashable:
    return side.identity, _content(side)


def _content(side: Side) -> Hashable:
    return side.fingerprint if isinstance(side, StoredEvent) else side.record.fingerprint


def _identity(side: Side) -> Hashable:
    return side.identity


def _match(
    plan: EventPlan, left: list[StoredEvent], right: list[Incoming], rule: Rule
) -> tuple[list[StoredEvent], list[Incoming]]:
    """Pair the events for which the rule gives the same value. Returns the unpaired events of both sides."""
    waiting: dict[Hashable, list[StoredEvent]] = defaultdict(list)
    for event in left:
        waiting[rule(event)].append(event)
    matched: set[int] = set()
    rest = []
    for incoming in right:
        candidates = waiting.get(rule(incoming))
        if not candidates:
            rest.append(incoming)
            continue
        # Of equal candidates, listed events come first, then decided ones, so that decisions keep their event.
        event = min(candidates, key=lambda candidate: (candidate.gone, not candidate.decided))
        candidates.remove(event)
        matched.add(event.id)
        _pair(plan, event, incoming)
    return [event for event in left if event.id not in matched], rest


def _pair(plan: EventPlan, event: StoredEvent, incoming: Incoming) -> None:
    same = event.digest == incoming.digest and event.identity == incoming.identity
    if same and not (event.gone or event.unread):
        plan.unchanged += 1
    else:
        plan.update.append((event, incoming))


def _match_similar(
    plan: EventPlan, left: list[StoredEvent], right: list[Incoming]
) -> tuple[list[StoredEvent], list[Incoming]]:
    """Pair events without ids that have the same place and similar text, if neither has another candidate."""
    pairs = _similar_pairs(left, right)
    times_left, times_right = (
        Counter(left_index for left_index, _ in pairs),
        Counter(right_index for _, right_index in pairs),
    )
    certain = [
        (left_index, right_index)
        for left_index, right_index in pairs
        if times_left[left_index] == times_right[right_index] == 1
    ]
    for left_index, right_index in certain:
        _pair(plan, left[left_index], right[right_index])
    taken_left, taken_right = {left_index for left_index, _ in certain}, {right_index for _, right_index in certain}
    return (
        [event for index, event in enumerate(left) if index not in taken_left],
        [incoming for index, incoming in enumerate(right) if index not in taken_right],
    )


def _similar_pairs(left: list[StoredEvent], right: list[Incoming]) -> list[tuple[int, int]]:
    """Pairs of indexes in the two lists whose events may be the same."""
    spans = [
        (span_of(incoming.record), index) for index, incoming in enumerate(right) if not incoming.record.external_id
    ]
    by_span = sorted((span, index) for span, index in spans if span is not None)
    starts = [span[0] for span, _ in by_span]
    pairs = []
    for index, event in enumerate(left):
        span = span_of(event)
        if event.external_id or event.gone or span is None:
            continue
        # If two spans have half of their total in common, the distance of their starts is at most this length.
        length = span[1] - span[0]
        near = by_span[bisect_left(starts, span[0] - length) : bisect_right(starts, span[0] + length)]
        if len(near) <= MAX_NEAR_EVENTS:
            label_words = words_of(event)
            pairs += [
                (index, arrived)
                for other, arrived in near
                if same_place(span, other) and same_words(label_words, words_of(right[arrived].record))
            ]
    return pairs
