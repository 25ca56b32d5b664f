"""Bringing a file in, as an editor does it in a browser."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import ColumnMapping, Connection, Decision, Event, ImportRun, Membership
from batches.models.role import STAFF_EDIT
from batches.tasks import run_import
from tests.factories import allow, make_batch, make_connection
from tests.html import compact

CSV = b"""film,from,to,what,kind,sure
drive a,00:12,00:15,A car cuts in,cut-in,91%
drive a,30,28,Too early,near,0.2
drive b,1.5,2.5,<b>Bold</b>,near,0.4
"""
NOMADIC = (
    b"Query,Video,Approval Status,Timestamp,Category,Label,AI Analysis,Severity,Video ID,Analysis ID,Batch ID\r\n"
    b"near,Drive.mp4,approved,00:12-00:15,Cut-in,Close,Text,high,v1,a1,b1\r\n"
    b"near,Drive.mp4,pending,00:20,Cut-in,,Text,low,v1,a1,b1\r\n"
)


@pytest.fixture
def detector(account: Connection) -> Connection:
    Connection.objects.filter(pk=account.pk).update(vendor="open", base_url="")
    return account


def upload(client: Client, connection: Connection, data: bytes, name: str = "d.csv", **fields: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post("/imports/", {"connection": connection.pk, "file": file, **fields}, follow=True)


def page_of(answer: Any) -> str:
    return compact(answer.content)


def test_nothing_is_written_before_confirmation(editor: Client, account: Connection) -> None:
    page = page_of(upload(editor, account, NOMADIC))
    assert "NomadicML events (CSV)" in page
    assert "Import 2 events" in page
    assert "Record the approvals in the file as my verdicts: 1 approved" in page
    run = ImportRun.objects.get()
    assert (run.summary["batch_count"], run.summary["items"], run.summary["events"], run.summary["refused_count"]) == (
        1,
        1,
        2,
        0,
    )
    assert Event.objects.count() == 0
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "confirm"}, follow=True))
    assert "Complete." in page
    assert list(Event.objects.in_order().values_list("approval", "label")) == [("approved", "Close"), ("pending", "")]
    run.refresh_from_db()
    assert (run.state, run.events_created, run.file, Decision.objects.count()) == ("done", 2, "", 0)


def test_approvals_become_ones_own_decisions_where_one_says_so(editor: Client, account: Connection) -> None:
    upload(editor, account, NOMADIC)
    editor.post(f"/imports/{ImportRun.objects.get().pk}/", {"do": "confirm", "decide": "1"})
    decision = Decision.objects.get()
    assert (decision.approval, decision.action.user, decision.action.source) == ("approved", editor.user, "import")  # type: ignore[attr-defined]


def test_where_second_opinions_are_asked_for_the_page_says_why_not_and_keeps_the_file(
    editor: Client, account: Connection
) -> None:
    make_batch(account, external_id="b1", name="Night drives", opinions_wanted=2)
    upload(editor, account, NOMADIC)
    run = ImportRun.objects.get()
    answer = editor.post(f"/imports/{run.pk}/", {"do": "confirm", "decide": "1"})
    assert answer.status_code == 422
    assert "The batch Night drives requires second opinions: decide its events one by one." in page_of(answer)
    assert (Event.objects.count(), Decision.objects.count()) == (0, 0)
    editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    assert (Event.objects.count(), Decision.objects.count()) == (2, 0)


def test_staff_import_with_the_permission_but_do_not_decide(account: Connection, sign_in: Any) -> None:
    staff = sign_in(None, is_staff=True)
    assert upload(staff, account, NOMADIC).status_code in (403, 422)
    assert ImportRun.objects.count() == 0
    allow(staff.user, STAFF_EDIT)
    upload(staff, account, NOMADIC)
    run = ImportRun.objects.get()
    assert "become the vendor’s opinion" in page_of(staff.get(f"/imports/{run.pk}/"))
    assert staff.post(f"/imports/{run.pk}/", {"do": "confirm", "decide": "1"}).status_code == 403
    assert Event.objects.count() == 0


def test_columns_are_mapped_and_the_mapping_is_remembered(editor: Client, detector: Connection) -> None:
    page = page_of(upload(editor, detector, CSV))
    assert "Choose the column that names the video." in page
    assert "Import 0" not in page
    run = ImportRun.objects.get()
    assert editor.post(f"/imports/{run.pk}/", {"do": "confirm"}).status_code == 422  # the question comes first
    mapping = {"map-video": "film", "map-start": "from", "map-end": "to", "map-label": "what", "map-category": "kind",
               "map-confidence": "sure", "map-text": "no such column"}  # fmt: skip
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "map", "batch": "june", **mapping}, follow=True))
    assert "d.csv line 3 column to" in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "Import 2 events" in page
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "confirm"}, follow=True))
    assert "Partly imported" in page
    assert "1 unreadable" in page
    assert list(Event.objects.values_list("batch__external_id", "label").distinct().order_by("label")) == [
        ("june", "<b>Bold</b>"), ("june", "A car cuts in")
    ]  # fmt: skip
    assert "Import 2 events" in page_of(upload(editor, detector, CSV, batch="june"))
    assert ImportRun.objects.order_by("-id")[0].mapping["video"] == "film"


def form_of(page: str) -> dict[str, str]:
    """What a browser sends of the page's fields that nobody touched."""
    fields = dict(re.findall(r'<input name="([^"]+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="((?:map|option)-[^"]+)">(.*?)</select>', page):
        picked = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        fields[name] = picked[1] if picked else ""
    return {name: unescape(value) for name, value in fields.items()}


def test_what_was_changed_but_not_applied_is_shown_anew_before_it_is_imported(
    editor: Client, detector: Connection
) -> None:
    rows = b"video,start,label,Was,Klasse\na.mp4,1,x,cut in,near miss\n"
    form = form_of(page_of(upload(editor, detector, rows)))
    run = ImportRun.objects.get()
    assert (form["map-label"], form["map-start"], form["batch"]) == ("label", "start", "")
    changed = form | {"map-label": "Klasse", "batch": "june"}
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "confirm", **changed}, follow=True))
    assert "nothing is imported yet. Check the new preview." in page
    assert '<option value="Klasse" selected>' in page
    assert Event.objects.count() == 0
    editor.post(f"/imports/{run.pk}/", {"do": "confirm", **form_of(page)})  # now it stands there
    assert Event.objects.values_list("label", "batch__external_id").get() == ("near miss", "june")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"film,time_ms,frame,a  b\nx.mp4,500,3,car\ny.mp4,900,7,bus\n", "a.csv"),
        (b'video,"start\n(ms)",label\nx.mp4,5000,car\n', "lines.csv"),
        (b"video;start;end;confidence;x;y;w;h\nx.mp4;1,5;2,5;92,5;0,1;0,1;0,2;0,2\n", "comma.csv"),
        (b'{"results": [{"video": "x.mp4", "start": 1, "label": "car", "box": [1, 2, 30, 40]}]}', "lists.json"),
        (b'[{"image_id": 42, "category_id": 3, "bbox": [100, 100, 100, 75], "score": 0.2}]', "results.json"),
    ],
)
def test_a_form_that_nobody_touched_imports_what_the_preview_showed(
    editor: Client, detector: Connection, data: bytes, name: str
) -> None:
    form = form_of(page_of(upload(editor, detector, data, name)))
    run = ImportRun.objects.get()
    if run.summary.get("missing"):
        answer = {"map-video": "film", "option-unit.start": "ms"}
        form = form_of(page_of(editor.post(f"/imports/{run.pk}/", {"do": "map", **form, **answer}, follow=True)))
    assert "option-encoding" in form
    editor.post(f"/imports/{run.pk}/", {"do": "confirm", **{name: re.sub("\n", "\r\n", form[name]) for name in form}})
    assert Event.objects.exists()


def test_files_of_other_vendors_and_kinds_are_refused(editor: Client, account: Connection) -> None:
    answer = upload(editor, account, b'{"task_id": "t", "status": "ready"}\n', "r.jsonl")
    assert (
        "r.jsonl looks like TwelveLabs results (JSON Lines), but the connection belongs to another vendor"
        in page_of(answer)
    )
    for data, texts in [(b"PK\x03\x04...", "is a ZIP archive"),
                        ("video,start\n".encode("utf-16"), "looks like Open format"),
                        (b"", "x.csv is empty"), (b"\x1f\x8b\x08", "is compressed"),
                        (b"\x89PNG\r\n\x1a\n\0\0", "x.csv is a picture"),
                        (b"\0\0\0\x20ftypisom", "is a video")]:  # fmt: skip
        assert texts in page_of(upload(editor, account, data, "x.csv"))
    assert [run.state for run in ImportRun.objects.all()] == ["failed"] * 7
    assert not any(run.file for run in ImportRun.objects.all())


def test_a_file_that_is_too_large_is_never_kept(editor: Client, account: Connection, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 500
    answer = upload(editor, account, NOMADIC * 10)
    assert (answer.status_code, ImportRun.objects.count()) == (413, 0)
    assert "larger than this URL accepts (500 bytes)" in page_of(answer)


def test_discarding_forgets_the_file(editor: Client, account: Connection) -> None:
    upload(editor, account, NOMADIC)
    run = ImportRun.objects.get()
    stored = run.file
    assert default_storage.exists(stored)
    assert "is discarded; nothing was imported" in page_of(
        editor.post(f"/imports/{run.pk}/", {"do": "discard"}, follow=True)
    )
    assert not default_storage.exists(stored)
    answer = editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    assert (answer.status_code, Event.objects.count()) == (422, 0)
    assert "has already been confirmed or discarded" in page_of(answer)


def test_a_large_file_is_read_in_the_background_and_the_page_follows(
    editor: Client, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.actions.imports.MAX_BYTES_IN_REQUEST", 10)
    page = page_of(upload(editor, account, NOMADIC))
    assert 'hx-trigger="every 1s"' in page
    run = ImportRun.objects.get()
    assert run.state == "queued"
    run_import.call(run.pk)
    panel = page_of(editor.get(f"/imports/{run.pk}/", headers={"HX-Request": "true", "HX-Target": "import-panel"}))
    assert panel.strip().startswith('<div class="stack" id="import-panel">')
    assert "Import 2 events" in panel
    for form, run_again in (({"do": "map"}, {"do": "map", "batch": "other"}), ({"do": "confirm"}, {"do": "map"})):
        twice = [editor.post(f"/imports/{run.pk}/", form).status_code for _ in range(2)]
        assert twice == [302, 302], "a double click"
        assert editor.post(f"/imports/{run.pk}/", run_again).status_code == 422
        run_import.call(run.pk)
    assert editor.post(f"/imports/{run.pk}/", {"do": "confirm"}).status_code == 302
    run.refresh_from_db()
    assert (run.phase, run.state, Event.objects.count()) == ("import", "done", 2)


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_editors_bring_files_in(account: Connection, sign_in: Any, role: str) -> None:
    client = sign_in(account, role)
    assert upload(client, account, NOMADIC).status_code == 403
    assert upload(sign_in(make_connection(), "editor"), account, NOMADIC).status_code == 404
    assert ImportRun.objects.count() == 0
    assert "Importing requires the editor role on a connection." in page_of(client.get("/imports/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    editor: Client, account: Connection, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        ImportRun.objects.create(connection=account, file_name="a.csv", requested_by=Membership.objects.get().user)
    with django_assert_num_queries(4):
        editor.get("/imports/")


def test_a_clip_of_another_detector_plays_from_the_address_in_its_file(
    editor: Client, detector: Connection, settings: Any
) -> None:
    settings.CLIP_ORIGINS = ["https://clips.example"]
    rows = b"video,label,clip_url\na.mp4,x,https://clips.example/a.mp4\nb.mp4,y,https://evil.example/b.mp4\nc.mp4,z,\n"
    upload(editor, detector, rows)
    editor.post(f"/imports/{ImportRun.objects.get().pk}/", {"do": "confirm"})
    answers = [editor.post(f"/events/{event.pk}/clip/") for event in Event.objects.in_order()]
    assert answers[0].json()["url"] == "https://clips.example/a.mp4"
    assert [(row.status_code, row.json().get("error")) for row in answers[1:]] == [
        (502, "The clip is on https://evil.example, which this installation does not allow."),
        (502, "The file names no clip for this video."),
    ]


REKOGNITION = (
    b"Video,StartTimestampMillis,EndTimestampMillis,Label,Confidence\ndrive/cam1.mp4,500,1500,Car,95.5\n"
    b"drive/cam1.mp4,61000,62000,Person,50.53\ndrive/cam1.mp4,soon,9,=A1,50\n"
)


def test_guesses_are_shown_with_their_reasons_and_can_be_changed(editor: Client, detector: Connection) -> None:
    page = page_of(upload(editor, detector, REKOGNITION))
    assert "Guessed: the column&#x27;s name says so" in page
    assert '<option value="ms" selected>Milliseconds</option>' in page
    assert "1 × expected seconds or a clock time" in page
    assert '<rect class="row-part" x="' in page
    run = ImportRun.objects.get()
    post = {"do": "map", "map-video": "Video", "map-start": "StartTimestampMillis", "map-confidence": "Confidence",
            "option-unit.start": "frames", "option-scale": "100", "option-gap": ""}  # fmt: skip
    answer = editor.post(f"/imports/{run.pk}/", post)
    assert (answer.status_code, "Enter the frame rate" in page_of(answer)) == (422, True)
    page = page_of(editor.post(f"/imports/{run.pk}/", post | {"option-rate": "25"}, follow=True))
    run.refresh_from_db()
    assert (run.options["unit.start"], run.mapping.get("label")) == ("frames:25", None)
    assert (run.summary["rows"][0]["time"], run.summary["new"], run.summary["changed"]) == ("00:20", 2, 0)
    answer = editor.post(f"/imports/{run.pk}/", post | {"option-rate": "25", "option-sep": ";"}, follow=True)
    assert "Choose the column that names the video." in page_of(answer)


def test_refused_records_are_downloaded_while_the_file_waits(editor: Client, detector: Connection) -> None:
    upload(editor, detector, REKOGNITION)
    run = ImportRun.objects.get()
    file = b"".join(editor.get(f"/imports/{run.pk}/refused.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert file.splitlines()[0] == "Where,Reason,Record"
    assert "d.csv line 4 column StartTimestampMillis,\"expected seconds or a clock time, got 'soon'\"" in file
    stored = run.summary["refused_file"]
    editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    assert not default_storage.exists(stored)
    assert editor.get(f"/imports/{run.pk}/refused.csv").status_code == 302
    page = page_of(upload(editor, detector, REKOGNITION.replace(b"95.5", b"96.5")))
    assert "<dt>Changed</dt><dd>1</dd>" in page


def test_an_editor_makes_a_connection_for_files(editor: Client, account: Connection, sign_in: Any) -> None:
    answer = editor.post("/imports/connection/", {"name": "Lidar"}, follow=True)
    made = Connection.objects.get(name="Lidar")
    assert f'<option value="{made.pk}" selected>Lidar · Other detector</option>' in page_of(answer)
    assert "Import 2 events" in page_of(upload(editor, made, REKOGNITION))
    assert editor.post("/imports/connection/", {"name": "Lidar"}).status_code == 422
    assert sign_in(account, "reviewer").post("/imports/connection/", {"name": "Mine"}).status_code == 403
    assert Connection.objects.count() == 2


def test_the_preview_shows_columns_that_nobody_has_mapped(editor: Client, detector: Connection) -> None:
    rows = b"Aufnahme;t0;t1;Was;Art;p(%);Schicht\ny.mp4;28,0;32,6;Close pass;near miss;92,2;Tag\n"
    page = page_of(upload(editor, detector, rows))
    run = ImportRun.objects.get()
    assert run.mapping == {"video": "Aufnahme", "start": "t0", "end": "t1", "confidence": "p(%)"}
    assert (run.summary["rows"][0]["time"], run.summary["rows"][0]["confidence"]) == ("00:28-00:32", 0.922)
    for cell in ("<b>Was</b> Close pass", "<b>Art</b> near miss", "<b>Schicht</b> Tag"):
        assert cell in page
    editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    event = Event.objects.get()
    document = json.loads(b"".join(editor.get(f"/batches/{event.batch_id}/events.json")))  # type: ignore[arg-type]
    event_data = document["results"][0]["events"][0]
    assert event_data.get("Schicht") == "Tag", list(event_data)


def test_short_names_count_only_where_their_values_fit(editor: Client, detector: Connection) -> None:
    upload(editor, detector, b"video,t0,t1,p\na.mp4,north,00:05,Anna\n")
    assert ImportRun.objects.get().mapping == {"video": "video", "end": "t1"}


def test_nobodys_own_file_goes_to_the_sample_by_default(editor: Client, detector: Connection) -> None:
    Connection.objects.filter(pk=detector.pk).update(is_sample=True)
    page = page_of(editor.get("/imports/"))
    assert f'<option value="">Choose a connection</option><option value="{detector.pk}">' in page
    zoo = make_connection(vendor="open", name="Zoo", base_url="")
    Membership.objects.create(connection=zoo, user=editor.user, role="editor")  # type: ignore[attr-defined]
    page = page_of(editor.get("/imports/"))
    assert ("Choose a connection" in page, page.index(">Zoo ·") < page.index(f'value="{detector.pk}"')) == (False, True)


def test_where_all_connections_are_for_files_the_list_offers_to_import_one(
    editor: Client, detector: Connection
) -> None:
    make_batch(detector)
    page = page_of(editor.get("/batches/"))
    assert ("Import a file</a>" in page, "Add and sync" in page) == (True, False)


def test_a_detectors_own_format_needs_no_mapping(editor: Client, detector: Connection) -> None:
    data = b'{"JobStatus": "SUCCEEDED", "Labels": [{"Timestamp": 500, "Label": {"Name": "Car", "Confidence": 95.5}}]}'
    page = page_of(upload(editor, detector, data, "cam1.json"))
    assert "Amazon Rekognition Video results" in page
    assert "Import 1 event" in page
    run = ImportRun.objects.get()
    editor.post(f"/imports/{run.pk}/", {"do": "map", "option-video": "drive/cam1.mp4", "option-gap": "5"})
    editor.post(f"/imports/{run.pk}/", {"do": "confirm"})
    assert Event.objects.values_list("item__external_id", "start_s", "label").get() == ("drive/cam1.mp4", 0.5, "Car")


def test_boxes_in_pixels_are_named_until_the_size_of_the_picture_is_entered(
    editor: Client, detector: Connection
) -> None:
    results = b'[{"image_id": 42, "category_id": 3, "bbox": [100, 100, 100, 75], "score": 0.2}]'
    page = page_of(upload(editor, detector, results, "results.json"))
    assert "Boxes in pixels of a picture of unknown size: 1." in page
    assert "Size of the picture, if boxes are in pixels" in page
    run = ImportRun.objects.get()
    answer = editor.post(f"/imports/{run.pk}/", {"do": "map", "option-box.size": "400x200"}, follow=True)
    assert "of unknown size" not in page_of(answer)
    assert 'value="400x200"' in page_of(answer)
    assert "<b>label</b> category 3" in page_of(answer)  # what the row was made of is shown again
    assert "Numbers of a box" not in page_of(answer)  # the format has a form of its own
    run.refresh_from_db()
    assert run.summary["rows"][0]["box"] == [25.0, 50.0, 25.0, 37.5]


def test_a_running_import_shows_its_pace_and_is_canceled(editor: Client, detector: Connection) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(
        connection=detector, phase="import", state="running", position=3_000, total=9_000, heartbeat_at=now,
        started_at=now - timedelta(seconds=10),
    )  # fmt: skip
    page = page_of(editor.get(f"/imports/{run.pk}/"))
    assert "<span>300 per second</span><span>00:20 left</span>" in page
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "cancel"}, follow=True))
    assert "Canceled." in page
    assert editor.post(f"/imports/{run.pk}/", {"do": "cancel"}).status_code == 422


def test_a_mapping_is_saved_used_renamed_and_deleted(editor: Client, detector: Connection) -> None:
    rows = b"film,begin,what\na,61000,x\n"
    upload(editor, detector, rows)
    run = ImportRun.objects.get()
    mapping = {"map-video": "film", "map-start": "begin", "map-label": "what", "option-unit.start": "ms"}
    editor.post(f"/imports/{run.pk}/", {"do": "map", **mapping})
    nameless = page_of(editor.post(f"/imports/{run.pk}/", {"do": "save-mapping"}))
    assert ("Enter a name for the mapping." in nameless, "__all__" in nameless) == (True, False)
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "save-mapping", "name": "lidar"}, follow=True))
    assert "Read with the saved mapping lidar." in page
    page = page_of(upload(editor, detector, rows))  # exactly these columns: the saved mapping is used
    run = ImportRun.objects.order_by("-id")[0]
    assert ("Read with the saved mapping lidar." in page, run.options["unit.start"]) == (True, "ms")
    renaming = {"do": "rename-mapping", "saved": "lidar", "name": "radar"}
    page = page_of(editor.post(f"/imports/{run.pk}/", renaming, follow=True))
    assert "Read with the saved mapping radar." in page
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "map", **mapping, "map-label": ""}, follow=True))
    assert ("Read with the saved mapping" in page, 'value="radar"' in page) == (False, True)
    page = page_of(upload(editor, detector, b"film,begin,what,more\na,61000,x,y\n"))
    assert "Read with the saved mapping" not in page
    run = ImportRun.objects.order_by("-id")[0]
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "use-mapping", "saved": "radar"}, follow=True))
    run.refresh_from_db()
    assert (run.mapping, run.summary["events"]) == ({"video": "film", "start": "begin", "label": "what"}, 1)
    page = page_of(editor.post(f"/imports/{run.pk}/", {"do": "map", **mapping, "map-text": "more"}, follow=True))
    assert 'value="radar"' in page  # a changed mapping keeps the name that it is saved under
    assert editor.post(f"/imports/{run.pk}/", {"do": "use-mapping", "saved": "lidar"}).status_code == 422
    editor.post(f"/imports/{run.pk}/", {"do": "delete-mapping", "saved": "radar"})
    assert ColumnMapping.objects.count() == 0
