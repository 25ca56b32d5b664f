"""The end of a deck: sign off there, what else is pending, and the next batch with work for the person."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches import actions
from batches.models import Batch, Connection, Event
from tests.factories import make_batch, make_connection, make_event, make_item, make_member


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Finished")


def decide(event: Event) -> None:
    seen = {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint}
    actions.decide(**seen, approval="approved", by=make_member(event.batch.connection), idempotency_key=uuid4())


def end(client: Client, batch: Batch, query: str = "approval=pending") -> str:
    headers = {"HX-Request": "true", "HX-Target": "done-next"}
    return client.get(f"/batches/{batch.pk}/review/?{query}", headers=headers).content.decode()


def test_the_last_verdict_leads_to_signing_off(reviewer: Client, batch: Batch) -> None:
    make_event(make_item(batch), vendor_approval="approved")
    assert "Sign off batch" not in end(reviewer, batch), "nobody decided an event"
    decide(make_event(make_item(batch)))
    text = end(reviewer, batch)
    assert "Sign off batch" in text
    assert "<html" not in text
    answer = reviewer.post(f"/batches/{batch.pk}/status/", {"status": "reviewed", "page": "deck"})
    assert answer.headers["Location"] == f"/batches/{batch.pk}/review/?approval=pending"
    text = reviewer.get(answer.headers["Location"]).content.decode()
    assert "Signed off by" in text
    assert "Sign off batch" not in text


def test_nobody_signs_off_what_is_pending_or_not_theirs(reviewer: Client, viewer: Client, batch: Batch) -> None:
    item = make_item(batch)
    decide(make_event(item))
    assert "Sign off batch" not in end(viewer, batch)
    make_event(item, label="elsewhere")
    text = end(reviewer, batch, "q=nowhere")
    assert "Sign off batch" not in text
    assert "Review 1 event still pending in this batch" in " ".join(text.split())


def test_the_end_of_a_deck_reads_no_event_of_the_batch(reviewer: Client, account: Connection, batch: Batch) -> None:
    make_event(make_item(batch))
    make_event(make_item(make_batch(account, name="Next")))
    with CaptureQueriesContext(connection) as queries:
        assert "Review 1 event still pending" in " ".join(end(reviewer, batch, "approval=invalid").split())
        reviewer.get(f"/batches/{batch.pk}/review/")
    statements = [query["sql"] for query in queries]
    assert not [sql for sql in statements if "COUNT(" in sql and 'FROM "batches_event"' in sql]
    leases = [sql for sql in statements if 'FROM "batches_lease"' in sql]
    assert leases
    assert not [sql for sql in leases if "batches_event" in sql], "the events of a batch are many, the leases few"
    (assigned,) = [sql for sql in statements if 'INNER JOIN "batches_assignment"' in sql]
    assert '"W2"."batch_id" = ("batches_batch"."id")' in assigned, "without it the index of assignments is of no use"
    assert [sql for sql in statements if "CASE WHEN EXISTS(" in sql], "PostgreSQL would join all pending events"


def test_the_next_batch_is_one_with_work_for_the_person(reviewer: Client, account: Connection, batch: Batch) -> None:
    make_event(make_item(batch), vendor_approval="approved")
    done = make_batch(account, name="Done")
    make_event(make_item(done), vendor_approval="approved")
    seen_only = make_connection()
    make_member(seen_only, "viewer", "somebody")
    make_event(make_item(make_batch(seen_only, name="Foreign")))
    assert "No other batch has pending events for you." in end(reviewer, batch)
    older, newer = make_batch(account, name="Older"), make_batch(account, name="Newer")
    for other in (older, newer):
        make_event(make_item(other))
    assert "Next batch: Newer" in end(reviewer, batch)


def test_what_is_assigned_to_the_person_comes_first(reviewer: Client, account: Connection, batch: Batch) -> None:
    own, theirs = make_batch(account, name="Mine"), make_batch(account, name="Theirs")
    for other in (own, theirs):
        make_event(make_item(other))
    gone = make_event(make_item(own))
    editor, ben = make_member(account, "editor", "edda"), make_member(account, "reviewer", "ben")
    me = User.objects.get(pk=reviewer.session["_auth_user_id"])
    for other, person in ((theirs, ben), (own, me)):
        actions.assign(
            batch_id=other.pk,
            events=Event.objects.filter(batch=other),
            people=[person],
            by=editor,
            idempotency_key=uuid4(),
        )
    Event.objects.filter(pk=gone.pk).update(gone_at=timezone.now())
    text = end(reviewer, batch)
    assert f'href="/batches/{own.pk}/review/?approval=pending&amp;assigned=me"' in text
    assert "Next batch: Mine, 1 assigned to you" in " ".join(text.split())
    Event.objects.filter(batch=own).update(approval="approved", vendor_approval="approved")
    assert "No other batch has pending events for you." in end(reviewer, batch)
