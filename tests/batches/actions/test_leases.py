"""Leases: of two decks each event is served by one; they end by leaving and by time; they are no lock."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from batches.actions import Leases, close_page, decide, lease_events, open_page_with, record_presence
from batches.models import Batch, Connection, Event, Lease, OpenPage
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

TOKENS = [UUID(int=number) for number in range(20)]


@pytest.fixture
def account(db: None) -> Connection:
    return make_connection()


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for _ in range(12):
        make_event(item)
    return made


@pytest.fixture
def ids(batch: Batch) -> list[int]:
    return list(batch.events.order_by("sequence").values_list("pk", flat=True))


@pytest.fixture
def deck(batch: Batch) -> Callable[[User, int], OpenPage]:
    return lambda user, number=0: record_presence(batch_id=batch.pk, by=user, token=TOKENS[number], event_id=None)


@pytest.fixture
def ada(account: Connection) -> User:
    return make_member(account, name="ada")


@pytest.fixture
def ben(account: Connection) -> User:
    return make_member(account, name="ben")


def test_each_deck_gets_the_first_that_nobody_else_has(deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    assert lease_events(open_page=deck(ada), wanted=ids, count=4) == Leases(ids[:4], {})
    assert lease_events(open_page=deck(ben), wanted=ids, count=4) == Leases(ids[4:8], dict.fromkeys(ids[:4], "ada"))


def test_a_page_opens_with_an_event_that_nobody_else_has(ada: User, ben: User, ids: list[int]) -> None:
    event = Event.objects.get(pk=ids[0])
    assert [open_page_with(event=event, by=by, token=uuid4()) for by in (ada, ada, ben)] == [True, True, False]
    assert Lease.objects.get().user == ada


def test_what_a_deck_no_longer_wants_is_free_at_once(deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    lease_events(open_page=deck(ada), wanted=ids[:4], count=4)
    lease_events(open_page=deck(ada), wanted=ids[2:], count=3)
    assert lease_events(open_page=deck(ben), wanted=ids[:6], count=9).leased == [ids[0], ids[1], ids[5]]


def test_leaving_gives_everything_back(batch: Batch, deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    lease_events(open_page=deck(ada), wanted=ids, count=4)
    close_page(batch_id=batch.pk, by=ben, token=TOKENS[0])
    assert Lease.objects.count() == 4
    close_page(batch_id=batch.pk, by=ada, token=TOKENS[0])
    assert (Lease.objects.count(), OpenPage.objects.count()) == (0, 0)


def test_two_minutes_without_a_word_end_a_lease(deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    lease_events(open_page=deck(ada), wanted=ids, count=2, now=now - timedelta(seconds=121))
    lease_events(open_page=deck(ada, 1), wanted=ids[2:], count=1, now=now - timedelta(seconds=119))
    assert lease_events(open_page=deck(ben), wanted=ids[:3], count=3, now=now) == Leases(ids[:2], {ids[2]: "ada"})


def test_the_same_again_is_the_heartbeat(deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    for seconds in (200, 100, 0):
        lease_events(open_page=deck(ada), wanted=ids[:1], count=1, now=now - timedelta(seconds=seconds))
    assert lease_events(open_page=deck(ben), wanted=ids[:1], count=1, now=now + timedelta(seconds=119)).holders == {
        ids[0]: "ada"
    }


def test_the_pages_of_one_person_take_over_from_each_other(deck, ada: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    lease_events(open_page=deck(ada, 0), wanted=ids, count=3)
    assert lease_events(open_page=deck(ada, 1), wanted=ids, count=3).leased == ids[:3]
    close_page(
        batch_id=OpenPage.objects.first().batch_id, by=ada, token=TOKENS[0]
    )  # the old page's farewell comes late
    assert sorted(Lease.objects.values_list("event", flat=True)) == ids[:3]


def test_nothing_wanted_keeps_nothing(deck, ada: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    lease_events(open_page=deck(ada), wanted=ids, count=3)
    assert lease_events(open_page=deck(ada), wanted=[], count=3) == Leases([], {})
    assert Lease.objects.count() == 0


def test_a_page_shows_an_event_of_its_own_batch_or_none(batch: Batch, ada: User, ids: list[int]) -> None:
    other = make_event(make_item(make_batch()))
    for event, shown in [(ids[0], ids[0]), (other.pk, None), (999_999, None), (None, None)]:
        assert record_presence(batch_id=batch.pk, by=ada, token=TOKENS[0], event_id=event).event_id == shown
    assert OpenPage.objects.count() == 1


def test_pages_that_were_never_closed_are_forgotten(batch: Batch, deck, ada: User, ben: User) -> None:  # type: ignore[no-untyped-def]
    hour_ago = timezone.now() - timedelta(minutes=61)
    record_presence(batch_id=batch.pk, by=ada, token=TOKENS[0], event_id=None, now=hour_ago)
    deck(ada, 2)
    close_page(batch_id=batch.pk, by=ben, token=TOKENS[1])
    assert list(OpenPage.objects.values_list("token", flat=True)) == [TOKENS[2]]


def test_a_lease_is_no_lock(deck, ada: User, ben: User, ids: list[int]) -> None:  # type: ignore[no-untyped-def]
    lease_events(open_page=deck(ada), wanted=ids, count=1)
    event = Event.objects.get(pk=ids[0])
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="approved",
        by=ben,
        idempotency_key=uuid4(),
    )
    event.refresh_from_db()
    assert (event.approval, event.decided_by) == ("approved", ben)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_lease_each_event_once(account: Connection, batch: Batch, ids: list[int]) -> None:
    people = [make_member(account) for _ in range(8)]
    open_pages = [record_presence(batch_id=batch.pk, by=user, token=TOKENS[0], event_id=None) for user in people]
    start, kept, errors = threading.Barrier(len(people)), [], []

    def ask(open_page: OpenPage, wanted: list[int]) -> None:
        try:
            start.wait()
            kept.extend(lease_events(open_page=open_page, wanted=wanted, count=3).leased)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    # Half of them from the other end: whoever waited for each other would stand still here.
    threads = [
        threading.Thread(target=ask, args=(open_page, ids if number % 2 else ids[::-1]), daemon=True)
        for number, open_page in enumerate(open_pages)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(kept) == len(set(kept))
    assert set(kept) == set(Lease.objects.values_list("event", flat=True))
    assert {ids[0], ids[-1]} <= set(kept)
