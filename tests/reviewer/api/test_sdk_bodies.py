"""Our answers in the vendor's format give the SDK the very events that the vendor's own answers give it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from batches.models import Batch
from reviewer.api import sdk_bodies
from reviewer.api.batch_serializer import BatchSerializer
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.nomadic_documents import batches
from tests.nomadic_sdk import sdk_reads
from tests.reviewer.api.conftest import caller, make_token
from tests.sdk_worlds import World, stored

pytestmark = pytest.mark.django_db


def answered(batch: Batch) -> World:
    """Status and entries as we send them."""
    batch = BatchSerializer.rows(Batch.objects.all()).get(pk=batch.pk)
    status = json.loads(sdk_bodies.status_body(batch, listing=True))
    bulk = json.loads(sdk_bodies.bulk_body(batch, [pointer["video_id"] for pointer in status["videos"]]))
    return status, {entry["video_id"]: entry for entry in bulk["analyses"]}


@given(data=batches(tame=True))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_the_sdk_gets_the_same_answers_as_from_the_vendor(data: World) -> None:
    ours = answered(stored(*data))
    assert json.dumps(sdk_reads(*ours)) == json.dumps(sdk_reads(*data))


@pytest.mark.parametrize("rows", [1, 3])
def test_an_answer_costs_the_same_however_many_videos(rows: int, django_assert_max_num_queries: Any) -> None:
    connection = make_connection()
    client, batch = caller(make_token(make_member(connection, "viewer"))), make_batch(connection)
    items = [make_item(batch, raw="{}") for _ in range(rows)]
    for item in items:
        make_event(item)
    address, ids = f"/api/batch/{batch.external_id}", [item.external_id for item in items]
    client.get("/api/my-videos")
    with django_assert_max_num_queries(12):
        listed = client.get(f"{address}/status").json()["videos"]
        payload = client.post(f"{address}/analyses/bulk", {"video_ids": ids}, content_type="application/json").json()
        videos = client.get("/api/my-videos").json()["videos"]
    assert len(listed) == len(payload["analyses"]) == len(videos) == rows


@pytest.mark.parametrize("body", [{}, {"video_ids": "all"}, {"video_ids": [None]}, {"video_ids": ["x"] * 501}, []])
def test_a_bulk_question_that_cannot_be_meant_is_400(body: Any) -> None:
    connection = make_connection()
    client, batch = caller(make_token(make_member(connection, "viewer"))), make_batch(connection)
    address = f"/api/batch/{batch.external_id}/analyses/bulk"
    answer = client.post(address, json.dumps(body), content_type="application/json")
    assert (answer.status_code, isinstance(answer.json()["detail"], str)) == (400, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/batch/%00/status"),
        ("POST", "/api/batch/..%5C/analyses/bulk"),
        ("GET", "/api/batch/%ff%fe/metadata"),
        ("POST", "/api/videos/%00/analyses/x/generate-thumbnails"),
        ("POST", "/api/video/%00/signed-url"),
        ("GET", "/api/v1/events/99999999999999999999999/"),
    ],
)
def test_odd_ids_in_an_address_are_just_not_found(method: str, path: str) -> None:
    client = caller(make_token(make_member(make_connection(), "viewer")))
    assert client.generic(method, path).status_code == 404
