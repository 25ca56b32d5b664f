"""Pages and the API answer 429 in the same way when a limit is reached."""

from typing import Any
from uuid import uuid4

from batches.actions import limits
from batches.models import Connection, SavedView
from tests.factories import make_batch, make_export


def test_a_page_and_the_api_answer_429(account: Connection, sign_in: Any) -> None:
    batch, client = make_batch(account), sign_in(account, "viewer")
    for number in range(limits.VIEWS.at_once or 0):
        SavedView.objects.create(connection=batch.connection, owner=client.user, name=f"view {number}")
    answer = client.post(f"/batches/{batch.pk}/views/", {"name": "another", "query": ""})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert client.post(f"/batches/{batch.pk}/views/", {"name": "view 1", "query": ""}).status_code == 302
    for _ in range(5):
        make_export(batch, client.user, state="queued")
    body = {"batches": [batch.pk], "file": "events.csv"}
    answer = client.post("/api/v1/exports/", body, content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())})  # fmt: skip
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
