"""Imports by requests: send a file, say how it is read, write it."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from batches.models import Connection, Event, ImportRun
from tests.factories import make_connection
from tests.reviewer.conftest import SignIn

LIST = "/api/v1/imports/"
ROWS = b"film,start,end,label,confidence\na,1000,2000,x,92.28\na,3000,4000,y,1\nb,soon,1,z,0.9\n"


def send(client: Client, connection: Connection, data: bytes = ROWS) -> Any:
    return client.post(LIST, {"connection": connection.pk, "file": SimpleUploadedFile("d.csv", data)})


def step(client: Client, pk: int, do: str, **body: Any) -> Any:
    return client.post(f"{LIST}{pk}/", {"step": do, **body}, content_type="application/json")


def test_a_file_is_checked_then_mapped_then_written(editor: Client, account: Connection) -> None:
    Connection.objects.update(vendor="open")
    answer = send(editor, account)
    body = answer.json()
    assert (answer.status_code, body["summary"]["missing"]) == (
        202,
        "Choose the scale of the confidence: some values are above 1, others below.",
    )
    refusal = step(editor, body["id"], "confirm")
    assert (refusal.status_code, "Choose the scale" in refusal.json()["detail"]) == (412, True)
    options = {"scale": "100", "unit.start": "ms", "unit.end": "ms"}
    body = step(editor, body["id"], "read", mapping={"video": "film"}, options=options, batch="june").json()
    assert (body["summary"]["new"], body["summary"]["refused_count"], body["mapping"]["label"]) == (2, 1, "label")
    assert "refused_file" not in body["summary"]
    assert body["summary"]["warnings"] == []
    assert Event.objects.count() == 0
    body = step(editor, body["id"], "confirm").json()
    assert (body["state"], body["events_created"], body["refused"]) == ("incomplete", 2, 1)
    assert list(Event.objects.in_order().values_list("start_s", "confidence")) == [(1.0, 0.9228), (3.0, 0.01)]
    assert editor.get(f"{LIST}{body['id']}/").json() == body
    assert editor.get(LIST).json()["results"] == [body]
    again = step(editor, body["id"], "confirm")
    assert (again.status_code, again.json(), Event.objects.count()) == (202, body, 2), "asked twice: written once"


def test_a_scale_that_hardly_fits_is_a_warning(editor: Client, account: Connection) -> None:
    Connection.objects.update(vendor="open")
    pk = send(editor, account, b"video,start,label,confidence\na,1,x,0.9\na,2,y,0.5\n").json()["id"]
    body = step(editor, pk, "read", options={"scale": "100"}).json()
    assert body["summary"]["warnings"] == ["2 confidences are below 1 %: check the scale."]


def test_boxes_and_times_that_cannot_be_are_warnings(editor: Client, account: Connection) -> None:
    Connection.objects.update(vendor="open")
    rows = b'video,start,label,clip_length,bbox\na,57600,x,60,"10,20,30,40"\na,1,y,60,\n'
    body = send(editor, account, rows).json()
    assert body["summary"]["warnings"] == [
        "1 event starts after more than four hours, as at 16:00:00: check the unit of the times.",
        "1 event ends after the video does, as at 16:00:00 of 01:00: check the unit of the times.",
        "Left out boxes in pixels of a picture of unknown size: 1. Check the numbers of a box and the size of the"
        " picture.",
    ]
    options = body["options"] | {"box": "xywh", "box.size": "100x200"}
    body = step(editor, body["id"], "read", mapping=body["mapping"], options=options).json()
    assert len(body["summary"]["warnings"]) == 2
    assert body["summary"]["rows"][0]["box"] == [10.0, 10.0, 30.0, 20.0]
    answer = step(editor, body["id"], "read", options={"box.size": "wide"})
    assert "size of a picture" in answer.json()["detail"]


def test_mappings_have_names(editor: Client, account: Connection) -> None:
    Connection.objects.update(vendor="open")
    rows = b"film,start,label\na,1,x\n"
    pk = send(editor, account, rows).json()["id"]
    step(editor, pk, "read", mapping={"video": "film"})
    assert step(editor, pk, "save-mapping").status_code == 400
    assert step(editor, pk, "save-mapping", name="lidar").json()["mappings"] == ["lidar"]
    assert step(editor, pk, "save-mapping", name="radar").json()["mappings"] == ["lidar", "radar"]
    assert step(editor, pk, "rename-mapping", saved="lidar", name="radar").status_code == 412
    assert step(editor, pk, "delete-mapping", saved="lidar").json()["mappings"] == ["radar"]
    body = send(editor, account, rows).json()
    assert (body["summary"]["named"], body["summary"]["events"]) == ("radar", 1)
    assert step(editor, body["id"], "use-mapping", saved="lidar").status_code == 412
    assert step(editor, body["id"], "use-mapping", saved="radar").json()["summary"]["named"] == "radar"


def test_an_import_that_runs_says_how_fast_and_is_canceled(editor: Client, account: Connection) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(
        connection=account, state="running", position=3_000, total=9_000, heartbeat_at=now,
        started_at=now - timedelta(seconds=10),
    )  # fmt: skip
    body = editor.get(f"{LIST}{run.pk}/").json()
    assert (body["records_per_second"], body["seconds_left"]) == (300, 20)
    assert step(editor, run.pk, "cancel").json()["message"] == "Canceled."
    assert step(editor, run.pk, "cancel").status_code == 412


def test_wrong_fields_and_options_are_named(editor: Client, account: Connection) -> None:
    Connection.objects.update(vendor="open")
    pk = send(editor, account).json()["id"]
    for wrong, texts in [
        ({"mapping": {"colour": "film"}}, "no field"),
        ({"options": {"unit.start": "days"}}, "unit of"),
    ]:
        answer = step(editor, pk, "read", **wrong)
        assert (answer.status_code, texts in answer.json()["detail"]) == (400, True)
    assert step(editor, pk, "discard").json()["message"] == "Discarded."


def test_only_editors_of_the_connection_import(sign_in: SignIn, editor: Client, account: Connection) -> None:
    assert send(sign_in(account, "reviewer"), account).status_code == 403
    assert send(editor, make_connection()).status_code == 404
    assert ImportRun.objects.count() == 0
