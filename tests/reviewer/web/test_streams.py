"""Downloads that are read slowly hold a few threads of a web process, never all."""

import gc
from typing import Any

import pytest
from django.test import Client

from batches.models import Batch, Connection
from reviewer.web import streams
from reviewer.web.serving import threads
from tests.factories import make_batch, make_event, make_item, make_member
from tests.reviewer.api.conftest import caller, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    streams.under_way.clear()
    monkeypatch.setattr(streams, "OF_A_PERSON", 2)
    monkeypatch.setattr(streams, "OF_ALL", 4)


@pytest.fixture
def batch(account: Connection) -> Batch:
    batch = make_batch(account)
    make_event(make_item(batch))
    return batch


def signed_in(connection: Connection) -> Client:
    client = Client()
    client.force_login(make_member(connection))
    return client


def download(client: Client, batch: Batch, path: str = "/batches/{}/events.csv") -> Any:
    return client.get(path.format(batch.pk))


@pytest.mark.case("S10")
def test_a_person_streams_two_downloads_at_once(batch: Batch) -> None:
    person, other = signed_in(batch.connection), signed_in(batch.connection)
    first, second = download(person, batch), download(person, batch)
    third = download(person, batch)
    assert (third.status_code, third.headers["Retry-After"]) == (429, "10")
    assert "You have 2 downloads running." in third.content.decode()
    assert person.get("/batches/").status_code == person.head(f"/batches/{batch.pk}/events.csv").status_code == 200
    assert download(other, batch).getvalue()
    assert first.getvalue()
    third = download(person, batch)
    assert third.status_code == 200
    assert second.getvalue() == third.getvalue()


@pytest.mark.case("S10")
def test_a_persons_tokens_and_pages_count_together(batch: Batch) -> None:
    person = signed_in(batch.connection)
    user = batch.connection.memberships.get().user
    script = caller(make_token(user, "read"))
    held = [download(person, batch), download(script, batch, "/api/v1/batches/{}/events.csv")]
    refused = download(script, batch, "/api/v1/batches/{}/events.jsonl")
    assert (refused.status_code, "downloads running" in refused.json()["detail"]) == (429, True)
    del held
    gc.collect()
    assert download(script, batch, "/api/v1/batches/{}/events.jsonl").status_code == 200, (
        "whoever hangs up frees a slot"
    )


def test_one_download_is_not_called_several(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OF_A_PERSON", 1)
    person = signed_in(batch.connection)
    held = download(person, batch)
    assert "You have 1 download running. Wait until it has ended" in download(person, batch).content.decode()
    assert held.getvalue()


def test_all_people_together_leave_threads_free(batch: Batch) -> None:
    held = [download(signed_in(batch.connection), batch) for _ in range(streams.OF_ALL)]
    assert {response.status_code for response in held} == {200}
    assert len(held) < threads
    refused = download(signed_in(batch.connection), batch)
    assert (refused.status_code, "Too many downloads" in refused.content.decode()) == (429, True)
