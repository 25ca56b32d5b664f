"""One review status: every page, file, interface and message gives the same value at one moment, the vendor's beside
it.
"""

import csv
import json
import re
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import polars
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from batches.actions import decide, make_webhook, set_review_status
from batches.actions.summary import summary_of
from batches.hooks.claims import claim_hook
from batches.hooks.gather import gather
from batches.models import Batch, Connection, Delivery, HookEvent, Scope, Token
from batches.models.token import new_text
from batches.notify.notices import note
from tests.factories import change_upstream, make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = "N/A"
FILES = ("events.csv", "events.jsonl", "events.parquet")


@pytest.fixture
def ana(account: Connection) -> User:
    return make_member(account, "editor", "ana")


@pytest.fixture
def client(ana: User) -> Client:
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def script(ana: User) -> Client:
    text, prefix, digest = new_text()
    Token.objects.create(user=ana, name="test", scope=Scope.READ, prefix=prefix, digest=digest)
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def batch(account: Connection) -> Batch:
    """Of three events the vendor approved one; its own review status is another than ours can be."""
    made = make_batch(
        account, state="partial", raw_status="completed", vendor_total=3, vendor_completed=2, vendor_failed=1,
        vendor_review_status="in_review", vendor_reviewed_at="2026-05-04T10:00:00+00:00",
        raw='{"status": "completed", "review_status": "in_review"}',
    )  # fmt: skip
    item = make_item(made)
    make_event(item, vendor_approval="approved"), make_event(item), make_event(item)
    return made


def verdicts(batch: Batch, by: User, count: int) -> None:
    for event in batch.events.filter(approval="pending").order_by("pk")[:count]:
        seen = {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint}
        decide(**seen, approval="rejected", by=by, idempotency_key=uuid4())


def bring_to(stage: str, batch: Batch, by: User) -> None:
    if stage == "approved at the vendor":
        batch.events.update(vendor_approval="approved", approval="approved")
        Batch.objects.filter(pk=batch.pk).update(pending=0, approved=3)
    if stage in ("one decided", "signed off too early"):
        verdicts(batch, by, 1)
    if stage in ("all decided", "still running", "needs another look", "signed off", "vendor busy after the sign-off"):
        verdicts(batch, by, 2)
    if stage.startswith("signed off") or stage == "vendor busy after the sign-off":
        set_review_status(batch_id=batch.pk, status=2, by=by)
    if stage in ("still running", "vendor busy after the sign-off"):
        Batch.objects.filter(pk=batch.pk).update(state="processing")
    if stage == "needs another look":
        change_upstream(batch.events.filter(approval="rejected")[0])


def webhook_body(batch: Batch, by: User) -> dict[str, Any]:
    hook = make_webhook(
        connection=batch.connection, url="https://a.example/", events=["batch.synced"], by=by
    )[0]  # fmt: skip
    note(HookEvent.SYNCED, batch.pk)
    claimed = claim_hook(hook.pk)
    assert claimed
    gather(claimed, timezone.now())
    body: dict[str, Any] = json.loads(Delivery.objects.latest("pk").body)["batch"]
    return body


def rows_of(file: str, body: bytes) -> list[dict[str, Any]]:
    if file.endswith(".csv"):
        return list(csv.DictReader(StringIO(body.decode(), newline="")))
    if file.endswith(".jsonl"):
        return [json.loads(line) for line in body.splitlines()]
    return polars.read_parquet(BytesIO(body)).to_dicts()


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("untouched", "not_started"),
        ("approved at the vendor", "not_started"),
        ("one decided", "in_progress"),
        ("all decided", "reviewed"),
        ("still running", "in_progress"),
        ("needs another look", "in_progress"),
        ("signed off", "reviewed"),
        ("signed off too early", "in_progress"),
        ("vendor busy after the sign-off", "in_progress"),
    ],
)
def test_one_review_status_everywhere_at_one_moment(
    client: Client, script: Client, batch: Batch, ana: User, stage: str, word: str
) -> None:
    bring_to(stage, batch, ana)
    ours, theirs, shown = {}, {}, {}

    def add(output: str, fields: dict[str, Any]) -> None:
        ours[output] = fields["review_status"], fields["review_status_updated_at"]
        theirs[output] = fields["vendor_review_status"], fields["vendor_review_status_updated_at"]
        shown[output] = fields.get("vendor_outcome", shown.get("REST"))

    add("REST", script.get(f"/api/v1/batches/{batch.pk}/").json())
    add("REST list", script.get("/api/v1/batches/").json()["results"][0])
    add("SDK", script.get(f"/api/batch/{batch.external_id}/status").json())
    add("JSON", json.loads(client.get(f"/batches/{batch.pk}/events.json").getvalue())["batch_metadata"])
    add("webhook", webhook_body(batch, ana))
    assert {status for status, _ in ours.values()} == {word}
    assert set(theirs.values()) == {("in_review", "2026-05-04T10:00:00+00:00")}
    assert len(set(ours.values())) == 1, ours

    (status, since), (outcome,) = ours["REST"], set(shown.values())
    for file in FILES:
        rows = rows_of(file, client.get(f"/batches/{batch.pk}/{file}?columns=full").getvalue())
        cells = {(row["Review Status"], row["Review Status Updated At"] or NEVER) for row in rows}
        assert cells == {(status, since)}, file
        assert {row["Vendor Review Status"] for row in rows} == {"in_review"}
    reviewed_at = str(summary_of(Batch.objects.get(pk=batch.pk))["reviewed_at"])
    assert reviewed_at[:19] == since[:19]

    for address in ("/batches/", f"/batches/{batch.pk}/", f"/batches/{batch.pk}/team/"):
        text = " ".join(client.get(address).content.decode().split())
        labels = re.findall(r'class="review-status review-\d".*?<span>(.*?)(?: ·.*?)?</span>', text)
        assert [label.lower().replace(" ", "_") for label in labels] == [status], address
        assert "in_review" in text
        assert outcome in text or "team" in address
        assert ("Sign-off needed </a>" in text) is (stage == "all decided")
        assert ("Signed off by ana" in text) is (stage in ("signed off too early", "vendor busy after the sign-off"))
    for choice in ("not_started", "in_progress", "reviewed"):
        rows = client.get(f"/batches/?review={choice}").context["rows"]
        assert len(rows) == (choice == status)
    assert len(client.get("/batches/?review=proposed").context["rows"]) == (stage == "all decided")


def test_the_vendors_outcome_is_one_sentence_everywhere(
    client: Client, script: Client, batch: Batch, ana: User
) -> None:
    Batch.objects.update(vendor_total=12, vendor_completed=0, vendor_failed=12)
    sentence = "Completed, 0 of 12 succeeded"
    for address in ("/batches/", f"/batches/{batch.pk}/", f"/batches/{batch.pk}/sync/"):
        assert sentence in client.get(address).content.decode()
    document = json.loads(client.get(f"/batches/{batch.pk}/events.json").getvalue())["batch_metadata"]
    for fields in (script.get(f"/api/v1/batches/{batch.pk}/").json(), document, webhook_body(batch, ana)):
        assert (fields["vendor_status"], fields["vendor_outcome"]) == ("completed", sentence)


def test_webhooks_are_notified_once_of_a_reviewed_batch(batch: Batch, ana: User) -> None:
    make_webhook(connection=batch.connection, url="https://a.example/", events=["batch.reviewed"], by=ana)
    Batch.objects.update(state="processing")
    verdicts(batch, ana, 2)
    assert batch.connection.webhooks.get().notices.count() == 0, "the vendor is still at work"
    Batch.objects.update(state="completed")
    set_review_status(batch_id=batch.pk, status=1, by=ana)
    assert batch.connection.webhooks.get().notices.count() == 0, "somebody says that it goes on"
    set_review_status(batch_id=batch.pk, status=2, by=ana)
    (notice,) = batch.connection.webhooks.get().notices.all()
    assert (notice.event, notice.facts) == ("batch.reviewed", {"set_by": "ana"})
