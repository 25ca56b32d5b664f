"""Imports from cloud storage over REST: one for each key, its state, its videos, and a retry."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.models import CloudImport, Connection, Folder, Scope
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_connection
from tests.reviewer.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, account: Connection, key: Any = None, **fields: Any) -> Any:
    body = {"addresses": ["s3://trips/a.mp4", "s3://trips/b.mp4"]} | fields
    headers = {"Idempotency-Key": str(key or uuid4())}
    address = f"/api/v1/connections/{account.pk}/cloud-imports/"
    return client.post(address, body, content_type="application/json", headers=headers)


def test_the_same_key_is_one_import_with_its_state(script: Caller, account: Connection) -> None:
    client, key = script(Scope.START), uuid4()
    folder = Folder.objects.create(connection=account, external_id="f1", scope="org")
    answers = [post(client, account, key, folder=folder.pk) for _ in range(2)]
    run = CloudImport.objects.get()
    assert [answer.status_code for answer in answers] == [202, 202]
    body = answers[0].json()
    assert body == answers[1].json() == client.get(f"/api/v1/cloud-imports/{run.pk}/").json()
    assert (body["state"], body["total"], body["listed"], body["scope"]) == ("queued", 2, 0, "org")
    assert post(client, account, key).status_code == 422


def test_the_videos_of_an_import_are_paged_by_state(script: Caller, account: Connection) -> None:
    client = script(Scope.START)
    run = CloudImport.objects.get(pk=post(client, account).json()["id"])
    for number, status in enumerate(("uploaded", "uploading_failed", "uploading", "uploaded")):
        run.videos.create(external_id=f"v{number}", status=status, source_uri=f"s3://trips/{number}.mp4")
    body = client.get(f"/api/v1/cloud-imports/{run.pk}/").json()
    assert (body["listed"], body["uploaded"], body["failed"]) == (4, 2, 1)
    address = f"/api/v1/cloud-imports/{run.pk}/videos/"
    first = client.get(address, {"limit": 3}).json()
    rest = client.get(first["next"]).json()
    assert [row["video_id"] for row in (*first["results"], *rest["results"])] == ["v0", "v1", "v2", "v3"]
    (failed,) = client.get(address, {"state": "failed"}).json()["results"]
    assert failed["source_uri"] == "s3://trips/1.mp4"
    assert client.get(address, {"state": "x"}).status_code == 400


def test_a_retry_reaches_the_vendor_or_says_why_not(script: Caller, settings: Any) -> None:
    with Sandbox(World({}, [])) as vendor:
        settings.PRIVATE_HOSTS = frozenset({vendor.url.removeprefix("http://")})
        account = make_connection(base_url=vendor.url, key=vendor.key)
        client = script(Scope.START)
        client.user.memberships.create(connection=account, role="editor")  # type: ignore[attr-defined]
        job_id = vendor.state.imports.start("s3", {"keys": ["broken.mp4"], "bucket": "trips"})["import_job_id"]
        vendor.state.fast_forward(3600)
        (row,) = vendor.state.imports.videos(job_id, 9, None)["videos"]
        run = CloudImport.objects.create(
            connection=account, idempotency_key=uuid4(), keys=["broken.mp4"], total=1, provider="s3", bucket="trips",
            job_id=job_id,
        )  # fmt: skip
        address = f"/api/v1/cloud-imports/{run.pk}/retry/"
        unfinished = client.post(address)
        assert (unfinished.status_code, unfinished.json()["detail"]) == (400, "Wait until the import has ended.")
        run.videos.create(external_id=row["video_id"], status="uploading_failed")
        CloudImport.objects.update(state="incomplete", finished_at=timezone.now())
        answer = client.post(address)
        assert (answer.status_code, answer.json()["failed"], answer.json()["unfinished"]) == (200, 0, True)
        ended = {"state": "incomplete", "finished_at": timezone.now(), "retried_at": None}
        CloudImport.objects.update(**ended, job_id="ij_gone")
        run.videos.update(status="uploading_failed")
        gone = client.post(address)
    assert (gone.status_code, "Import job not found" in gone.json()["detail"]) == (502, True)


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({"addresses": []}, "Enter at least one address"),
        ({"addresses": ["gs://trips/a.mp4"]}, "Choose an integration"),
        ({"addresses": ["x"] * 5001}, "no more than 5000"),
        ({"folder": 10**6}, "no folder 1000000 is known here"),
        ({"scope": "all"}, "scope: "),
    ],
)
def test_an_invalid_import_is_refused_with_the_reason(
    script: Caller, account: Connection, fields: dict[str, Any], phrase: str
) -> None:
    answer = post(script(Scope.START), account, **fields)
    assert (answer.status_code, CloudImport.objects.count()) == (400, 0)
    assert phrase in answer.json()["detail"]
