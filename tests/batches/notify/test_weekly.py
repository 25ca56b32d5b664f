"""The weekly summary: once for each week and connection, with the figures of the counters."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from batches.models import Notice, Notification, Webhook
from batches.notify.texts import detail, sentence
from batches.notify.weekly import notify_weekly
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.locks import wait_for_locks

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)


def test_a_week_with_verdicts_is_summarized_once() -> None:
    account = make_connection(name="fleet")
    maya = make_member(account)
    item = make_item(make_batch(account))
    for approval, day in [("approved", 23), ("approved", 29), ("rejected", 29), ("approved", 30), ("rejected", 22)]:
        make_event(item, approval=approval, decided_by=maya, decided_at=datetime(2026, 11, day, 12, tzinfo=UTC))
    make_member(make_connection())  # whose connection had no verdict
    hook = Webhook.objects.create(connection=account, url="https://x.example", events=["week.summarized"],
                                  secret="s" * 32, created_by=maya)  # fmt: skip
    for _ in range(2):
        notify_weekly(MONDAY)
    summary = Notification.objects.get()
    assert (summary.user, summary.kind) == (maya, "weekly")
    assert sentence(summary) == "The week of fleet, from 23 November 2026"
    assert summary.path == f"/board/?connection={account.pk}&since=2026-11-23&until=2026-11-29"
    with override("de"):
        assert detail(summary).startswith("3 Entscheidungen, Präzision 66,7 % (20,8 – 93,9), 0 korrigiert")
    assert summary.message == "3 verdicts, precision 66.7 % (20.8 – 93.9), 0 corrected, 0 missed events added"
    facts = Notice.objects.get(webhook=hook).facts
    assert (facts["week"], facts["decided"], facts["approved"], facts["rejected"]) == ("2026-11-23", 3, 2, 1)
    assert facts["board"].endswith(f"/board/?connection={account.pk}&since=2026-11-23&until=2026-11-29")


def test_the_first_summary_waits_for_a_monday_and_a_later_one_for_a_worker() -> None:
    account = make_connection()
    maya, item = make_member(account), make_item(make_batch(account))
    for day in (18, 25):
        make_event(item, approval="approved", decided_by=maya, decided_at=datetime(2026, 11, day, tzinfo=UTC))
    notify_weekly(datetime(2026, 11, 26, tzinfo=UTC))  # the first look, on a Thursday
    assert not Notification.objects.exists()
    notify_weekly(datetime(2026, 12, 1, tzinfo=UTC))  # nothing ran on the Monday
    assert Notification.objects.get().week == date(2026, 11, 23)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one transaction after the other")
def test_two_sweeps_at_the_same_moment_summarize_a_week_once() -> None:
    account = make_connection()
    maya = make_member(account)
    item = make_item(make_batch(account))
    make_event(item, approval="approved", decided_by=maya, decided_at=datetime(2026, 11, 25, tzinfo=UTC))
    Webhook.objects.create(connection=account, url="https://x.example", events=["week.summarized"], secret="s" * 32,
                           created_by=maya)  # fmt: skip

    def sweep() -> None:
        try:
            notify_weekly(MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            notify_weekly(MONDAY)
            other = pool.submit(sweep)
            wait_for_locks(1)
        other.result(timeout=60)
    assert Notice.objects.count() == 1
