"""Searches an account's analysed events in the background, and finds what a search named among the stored events."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import batched
from threading import Thread
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.errors import SyncError, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Event, Item, RunState, SearchMatch, VideoSearch
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.questions import SearchAnswer, SearchSession
from batches.sync.vendors.base import Vendor

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=30, total=40, waiting=10, tries=3)  # less than a worker may be silent
LONGEST = timedelta(minutes=15)  # the vendor's own client waits as long
SEARCH_LIMITS = Limits(connect=10, read=LONGEST.seconds, total=LONGEST.seconds, waiting=5, tries=1)
CHUNK_ROWS = 200
NO_END = "The search did not end within 15 minutes. Search again."


def search_videos(
    run_id: int,
    *,
    limits: Limits = CALL_LIMITS,
    search_limits: Limits = SEARCH_LIMITS,
    sleep: Callable[[float], None] = time.sleep,
    **http_options: Any,
) -> VideoSearch | None:
    """Carry out a search. Returns the run afterwards, or None if another worker holds it."""
    claimed = claim(VideoSearch, run_id)
    if claimed is None:
        return None
    run = VideoSearch.objects.select_related("connection", "folder").get(pk=run_id)
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
        slow_vendor = open_vendor(run.connection, limits=search_limits, **http_options)
        with closing(vendor.http), closing(slow_vendor.http):
            answer = _search(claimed, run, vendor, slow_vendor, sleep)
            _end(claimed, run, answer)
    except VendorUnavailable as error:
        record_failure(run.connection, error)
        with suppress(ClaimLost):
            claimed.put_off(error)
    except SyncError as error:
        record_failure(run.connection, error)
        with suppress(ClaimLost):
            claimed.end(RunState.FAILED, str(error))
    except ClaimLost:
        logger.warning("search %s: another worker took over", run_id)
        return None
    return VideoSearch.objects.get(pk=run_id)


def _search(
    claimed: ClaimedRun, run: VideoSearch, vendor: Vendor, slow_vendor: Vendor, sleep: Callable[[float], None]
) -> SearchAnswer | None:
    """The answer of the vendor's session; None if it did not end in time."""
    begun: Future[None] | None = None
    if run.sent_at is None:
        session = vendor.open_search(run.question, run.folder.name, run.folder.scope)
        run.session, run.sent_at = asdict(session), timezone.now()
        claimed.assert_claim(session=run.session, sent_at=run.sent_at, calls=F("calls") + 1)
        begun = _begin(slow_vendor, session, run)
    session = SearchSession(**run.session)
    try:
        return _answer(claimed, vendor, session, begun, run.sent_at + LONGEST, sleep)
    except VendorUnavailable:
        if _never_arrived(begun):
            claimed.assert_claim(sent_at=None)  # nothing to wait for: the next turn begins a new search
        raise


def _answer(
    claimed: ClaimedRun, vendor: Vendor, session: SearchSession, begun: Future[None] | None, until: datetime,
    sleep: Callable[[float], None],
) -> SearchAnswer | None:  # fmt: skip
    for delay in _delays():
        answer = vendor.search_answer(session)
        if answer.ended:
            return answer
        if timezone.now() > until:
            return None
        begun = _pause(begun, delay, sleep)
        claimed.assert_claim(calls=F("calls") + 1)
    return None


def _begin(vendor: Vendor, session: SearchSession, run: VideoSearch) -> Future[None]:
    """The call that begins the search, in a thread that nobody waits for when the worker ends."""
    future: Future[None] = Future()

    def call() -> None:
        try:
            vendor.run_search(session, run.question, run.folder.name, run.folder.scope)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(None)

    Thread(target=call, daemon=True).start()
    return future


def _pause(begun: Future[None] | None, delay: float, sleep: Callable[[float], None]) -> Future[None] | None:
    """Wait before the next look, at most until the call that began the search has been answered.

    Raises VendorRefused if the vendor refused to search, VendorUnavailable if the call never arrived. A lost answer is
    no failure: the search may go on.
    """
    if begun is None:
        sleep(delay)
        return None
    done, _ = wait([begun], timeout=delay)
    if not done:
        return begun
    error = begun.exception()
    if isinstance(error, VendorUnavailable) and error.reached:
        return None
    if error is not None:
        raise error
    return None


def _never_arrived(begun: Future[None] | None) -> bool:
    """Whether the call that begins the search has failed on its way to the vendor."""
    if begun is None or not wait([begun], timeout=SEARCH_LIMITS.connect).done:
        return False
    error = begun.exception()
    return isinstance(error, VendorUnavailable) and not error.reached


def _delays() -> Iterator[float]:
    delay = 1.0
    while True:
        yield delay
        delay = min(10.0, delay * 1.5)


def _end(claimed: ClaimedRun, run: VideoSearch, answer: SearchAnswer | None) -> None:
    if answer is None:
        claimed.end(RunState.FAILED, NO_END)
        return
    if answer.error:
        claimed.end(RunState.FAILED, f"{run.connection.get_vendor_display()} could not search: {answer.error}")
        return
    with transaction.atomic():
        claimed.assert_claim(summary=answer.summary, total=len(answer.matches), position=len(answer.matches))
        rows = [
            SearchMatch(
                search=run, position=position, video_id=match.video_id, analysis_id=match.analysis_id,
                external_id=match.event_id, raw_index=match.raw_index, similarity=match.similarity,
                reason=match.reason,
            ) for position, match in enumerate(answer.matches)
        ]  # fmt: skip
        SearchMatch.objects.bulk_create(rows, batch_size=CHUNK_ROWS)
        link_matches(run.connection_id)
        claimed.end(RunState.DONE)


def link_matches(connection_id: int, batch_id: int | None = None) -> int:
    """Name the stored events of matches that have none yet, with `batch_id` those of this batch.

    Returns how many were linked.
    """
    open_matches = SearchMatch.objects.filter(search__connection=connection_id, event__isnull=True)
    if batch_id is not None:
        open_matches = open_matches.filter(analysis_id__in=Item.objects.filter(batch=batch_id).values("analysis_id"))
    linked = 0
    for chunk in batched(open_matches.order_by("pk").iterator(), CHUNK_ROWS, strict=False):
        linked += _link(connection_id, chunk)
    return linked


def _link(connection_id: int, matches: tuple[SearchMatch, ...]) -> int:
    events = _stored_events(connection_id, matches)
    pairs = [(match, event) for match in matches if (event := _event_of(match, events))]
    linked = SearchMatch.objects.filter(event__in=[event for _, event in pairs])
    taken = set(linked.values_list("search_id", "event_id"))
    named = []
    for match, event in pairs:
        if (match.search_id, event.pk) not in taken:
            taken.add((match.search_id, event.pk))
            match.event = event
            named.append(match)
    SearchMatch.objects.bulk_update(named, ["event"])
    return len(named)


def _stored_events(connection_id: int, matches: Iterable[SearchMatch]) -> dict[tuple[str, str], list[Event]]:
    """(video id, analysis id) → the events stored of that analysis.

    One analysis may be in several batches: the newest comes first, archived ones last.
    """
    wanted = {(match.video_id, match.analysis_id) for match in matches}
    rows = Event.objects.filter(
        batch__connection=connection_id,
        origin__isnull=True,
        item__external_id__in=sorted({video_id for video_id, _ in wanted}),
        item__analysis_id__in=sorted({analysis_id for _, analysis_id in wanted}),
    )
    rows = rows.order_by(F("batch__archived_at").asc(nulls_first=True), "-batch_id", "sequence", "pk")
    events: dict[tuple[str, str], list[Event]] = {}
    for event in rows.select_related("item").only("external_id", "raw_index", "item__external_id", "item__analysis_id"):
        events.setdefault((event.item.external_id, event.item.analysis_id or ""), []).append(event)
    return events


def _event_of(match: SearchMatch, events: dict[tuple[str, str], list[Event]]) -> Event | None:
    """By the event's id; by its position only where the match has no id, since a new analysis has other positions."""
    candidates = events.get((match.video_id, match.analysis_id), [])
    if match.external_id:
        return next((event for event in candidates if event.external_id == match.external_id), None)
    if match.raw_index is None:
        return None
    return next((event for event in candidates if event.raw_index == match.raw_index), None)
