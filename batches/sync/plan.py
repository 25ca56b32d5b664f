"""Decide, without a database, what a vendor's answer means for the events we have: pure comparison of records.

Identity of an event: the vendor's event id, else its content (fingerprint), with an ordinal among equals of one item.
What matches by identity is the same event. Of the rest, the same content under another identity is the same event (a
re-run gave new ids, or ids appeared). Of the rest, an event without ids that kept its span, or its label and most of
its place, is the same event with another content: if a person decided it, it is marked, never silently kept. What
matches nothing is new, or gone; gone is a mark, never a deletion.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from batches.sync.records import READING, EventRecord


@dataclass(frozen=True, slots=True)
class Known:
    """An event we have, as far as the comparison needs it."""

    id: int
    identity: str
    external_id: str
    fingerprint: str
    digest: str
    category: str
    label: str
    start_s: float | None
    end_s: float | None
    approval: str
    decided: bool
    gone: bool


class Incoming(NamedTuple):
    """An event of the answer, with its identity, its place in the batch and the digest of all the vendor said."""

    record: EventRecord
    identity: str
    sequence: int
    digest: str


@dataclass(slots=True)
class EventPlan:
    """What to write for one item. `update` holds only events of which something differs."""

    create: list[Incoming] = field(default_factory=list)
    update: list[tuple[Known, Incoming]] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    unchanged: int = 0


def with_identities(records: Iterable[EventRecord], first_sequence: int) -> list[Incoming]:
    """The records of one item with their identities; equal ones get the ordinals 0, 1, …"""
    seen: dict[str, int] = defaultdict(int)
    result = []
    for record in records:
        base = f"id:{record.external_id}" if record.external_id else f"fp:{record.fingerprint}"
        ordinal = seen[base]
        seen[base] += 1
        sequence = first_sequence + record.position
        said = f"{READING}|{sequence}|{record.raw_index}|{record.fingerprint}|{record.raw}"
        digest = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
        result.append(Incoming(record, f"{base}:{ordinal}", sequence, digest))
    return result


def plan_events(arrived: list[Incoming], known: list[Known]) -> EventPlan:
    """Match the events of one item's answer with those we have of that item."""
    plan = EventPlan()
    left, right = list(known), list(arrived)
    for rule in (_identity, _content, _span, _name):
        if left and right:
            left, right = _match(plan, left, right, rule)
    plan.create.extend(right)
    plan.gone.extend(event for event in left if not event.gone)
    return plan


Side = Known | Incoming
Rule = Callable[[Side], Hashable]


def _identity(side: Side) -> Hashable:
    return side.identity


def _content(side: Side) -> Hashable:
    return side.fingerprint if isinstance(side, Known) else side.record.fingerprint


def _span(side: Side) -> Hashable:
    event = side if isinstance(side, Known) else side.record
    if event.external_id or event.start_s is None or (isinstance(side, Known) and side.gone):
        return None
    return event.start_s, event.end_s


def _name(side: Side) -> Hashable:
    event = side if isinstance(side, Known) else side.record
    if event.external_id or not event.label or (isinstance(side, Known) and side.gone):
        return None
    return event.category, event.label


def _match(plan: EventPlan, left: list[Known], right: list[Incoming], rule: Rule) -> tuple[list[Known], list[Incoming]]:
    """Pair what the rule gives the same value; None pairs nothing. Returns what is left on both sides."""
    waiting: dict[Hashable, list[Known]] = defaultdict(list)
    for event in left:
        waiting[rule(event)].append(event)
    waiting.pop(None, None)
    if rule in (_span, _name):
        # A guess is only taken where there is nothing to choose between.
        arriving: dict[Hashable, int] = defaultdict(int)
        for one in right:
            arriving[rule(one)] += 1
        waiting = {value: events for value, events in waiting.items() if len(events) == 1 and arriving[value] == 1}
    matched: set[int] = set()
    rest = []
    for one in right:
        candidates = waiting.get(rule(one))
        if not candidates:
            rest.append(one)
            continue
        # Among equals the decided ones go first: a decision must find its event again.
        event = min(candidates, key=lambda candidate: (candidate.gone, not candidate.decided))
        candidates.remove(event)
        matched.add(event.id)
        if event.digest == one.digest and event.identity == one.identity and not event.gone:
            plan.unchanged += 1
        else:
            plan.update.append((event, one))
    return [event for event in left if event.id not in matched], rest
