"""Files as other programs write them become the same right events through the page, the interface and the command."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from batches.models import Connection, Event, ImportRun, Membership
from tests.batches.sync.files.files_of_others import CASES, HEAD, Case
from tests.factories import make_connection
from tests.html import compact

SHOWN = ("item__external_id", "start_s", "end_s", "label", "confidence")


# A question, a refusal, a detector's own format, nothing of it.
NAMES = ("index of a data frame", "frames", "scale that is not clear", "times of day", "no video in the file",
         "stray quote", "Label Studio", "MegaDetector")  # fmt: skip


def events_of(connection: Connection) -> list[tuple[Any, ...]]:
    events = Event.objects.filter(batch__connection=connection)
    assert set(events.values_list("batch__external_id", flat=True)) <= {"june"}
    return sorted(events.values_list(*SHOWN), key=str)


def by_page(editor: Client, connection: Connection, case: Case, data: bytes) -> str:
    form = {"connection": connection.pk, "batch": "june", "file": SimpleUploadedFile(case.file, data)}
    page = compact(editor.post("/imports/", form, follow=True).content)
    run = ImportRun.objects.get(connection=connection)
    mapping = {f"map-{name}": column for name, column in run.mapping.items()}
    entered = {f"option-{name}": value for name, value in {**run.options, **case.options}.items()}
    if rate := case.options.get("unit.start", "").partition(":")[2]:
        entered |= {"option-unit.start": "frames", "option-rate": rate}
    if case.options:
        editor.post(f"/imports/{run.pk}/", {"do": "map", "batch": "june", **mapping, **entered})
    editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    return page


def by_interface(editor: Client, connection: Connection, case: Case, data: bytes) -> str:
    form = {"connection": connection.pk, "batch": "june", "file": SimpleUploadedFile(case.file, data)}
    body = editor.post("/api/v1/imports/", form).json()
    address, question = f"/api/v1/imports/{body['id']}/", body["summary"].get("missing", "")
    if case.options:
        entered = {"mapping": body["mapping"], "options": {**body["options"], **case.options}, "batch": "june"}
        editor.post(address, {"step": "read", **entered}, content_type="application/json")
    editor.post(address, {"step": "confirm"}, content_type="application/json")
    return str(question)


def by_command(connection: Connection, case: Case, path: Path) -> str:
    def run(*options: str) -> str:
        wanted = ["--connection", connection.name, "--batch", "june", *options]
        try:
            call_command("import_results", str(path), *wanted, stdout=StringIO(), stderr=StringIO())
        except CommandError as error:
            return str(error)
        return ""

    message = run()
    if case.options:
        zero, unit = case.options.get("zero"), case.options.get("unit.start")
        run(*(["--recorded", zero] if zero else []), *(["--unit", f"start={unit}"] if unit else []),
            *(["--scale", f"confidence={case.options['scale']}"] if "scale" in case.options else []),
            *(["--video", case.options["video"]] if "video" in case.options else []))  # fmt: skip
    return message


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_the_same_events_every_way(name: str, editor: Client, account: Connection, tmp_path: Path) -> None:
    case = CASES[name]
    data = case.data.encode() if isinstance(case.data, str) else case.data
    path = tmp_path / case.file
    path.write_bytes(data)
    connections = [make_connection(name=way, vendor="open", base_url="") for way in ("page", "interface", "command")]
    for connection in connections:
        Membership.objects.create(connection=connection, user=editor.user, role="editor")  # type: ignore[attr-defined]
    questions = [by_page(editor, connections[0], case, data), by_interface(editor, connections[1], case, data),
                 by_command(connections[2], case, path)]  # fmt: skip
    assert all(case.question in question for question in questions)
    expected = sorted(case.events, key=str)
    for connection in connections:
        assert [tuple(map(approximate, event)) for event in expected] == events_of(connection)
        assert ImportRun.objects.filter(connection=connection).latest("id").refused == case.refused


def approximate(value: Any) -> Any:
    return pytest.approx(value) if isinstance(value, float) else value


def test_an_unreadable_row_never_ends_its_event(editor: Client, account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="open", base_url="")
    for confidence in ("0.91", "91"):
        rows = f"{HEAD},confidence,id\na.mp4,1,2,x,{confidence},d-1\na.mp4,3,4,y,0.5,d-2\n".encode()
        form = {"connection": account.pk, "batch": "g", "file": SimpleUploadedFile("d.csv", rows)}
        body = editor.post("/api/v1/imports/", form).json()
        address, json = f"/api/v1/imports/{body['id']}/", "application/json"
        editor.post(address, {"step": "read", "mapping": body["mapping"], "options": {"scale": "1"}, "batch": "g"},
                    content_type=json)  # fmt: skip
        body = editor.post(address, {"step": "confirm"}, content_type=json).json()
    assert (body["refused"], body["events_gone"]) == (1, 0)
    assert list(Event.objects.in_order().values_list("external_id", "gone_at")) == [("d-1", None), ("d-2", None)]


def test_columns_that_a_later_file_has_more_are_read(editor: Client, account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="open", base_url="")
    for rows in (f"{HEAD}\na.mp4,1,2,x\n", f"{HEAD},confidence,severity,id,batch\na.mp4,1,2,x,0.9,high,d-1,june\n"):
        form = {"connection": account.pk, "file": SimpleUploadedFile("d.csv", rows.encode())}
        pk = editor.post("/api/v1/imports/", form).json()["id"]
        editor.post(f"/api/v1/imports/{pk}/", {"step": "confirm"}, content_type="application/json")
    fields = ("batch__external_id", "external_id", "severity", "confidence")
    assert list(Event.objects.order_by("id").values_list(*fields)) == [
        ("d", "", "", None), ("june", "d-1", "high", 0.9)
    ]  # fmt: skip
