"""Downloads made in the background: made once, whole or not at all, resumable, kept for a while."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from batches.export.files import forget_old
from batches.models import Batch, Connection, Event, ExportRun, Membership, Notice, Webhook
from batches.models.run import RunState
from batches.tasks import sweep
from reviewer.downloads.tasks import make_export
from tests.downloads import exports_in, path_of
from tests.factories import lose_right, make_batch, make_connection, make_event, make_item, make_member
from tests.factories import make_export as make_run


@pytest.fixture(autouse=True)
def exports_folder(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = exports_in(tmp_path / "exports")


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account, name="Night drive")
    item = make_item(made)
    for approval in ("pending", "approved", "rejected"):
        make_event(item, label=approval, vendor_approval=approval)
    return Batch.objects.get(pk=made.pk)


def ask(client: Client, query: str, **fields: str) -> Any:
    fields = {"key": str(uuid4()), "query": query, "file": "events.csv"} | fields
    return client.post("/exports/", fields)


@pytest.fixture
def run(viewer: Client, batch: Batch) -> ExportRun:
    ask(viewer, f"batch={batch.pk}&approval=approved,pending&columns=Label")
    done = make_export(ExportRun.objects.get().pk)
    assert done is not None
    return done


CONTENT = b"Label\r\npending\r\napproved\r\n"


def test_webhooks_of_its_connections_are_notified(viewer: Client, batch: Batch, settings: Any) -> None:
    other, strange = make_batch(batch.connection), make_batch()
    for connection in (batch.connection, strange.connection):
        editor = make_member(connection, "editor")
        Webhook.objects.create(
            connection=connection, url="https://a.example/", events=["export.ready"], created_by=editor
        )
    ask(viewer, f"batch={batch.pk}&batch={other.pk}&approval=approved")
    done = make_export(ExportRun.objects.get().pk)
    assert done is not None
    assert [(notice.webhook.connection, notice.batch, notice.facts) for notice in Notice.objects.all()] == [(
        batch.connection, batch,
        {"export": done.pk, "file": "events.csv", "name": done.name, "rows": 1, "size": done.size,
         "sha256": done.sha256,
         "expires_at": done.expires_at.isoformat(), "requested_by": str(done.requested_by),
         "batches": [batch.pk, other.pk],
         "url": f"{settings.PUBLIC_URL}/exports/{done.pk}/file/"},
    )]  # fmt: skip


def test_a_run_makes_the_file_that_the_download_would_be(viewer: Client, batch: Batch, run: ExportRun) -> None:
    direct = viewer.get(f"/batches/{batch.pk}/events.csv?approval=approved,pending&columns=Label").getvalue()
    answer = viewer.get(f"/exports/{run.pk}/file/")
    assert answer.getvalue() == direct == CONTENT
    assert (run.state, run.position, run.total, run.size) == (RunState.DONE, 2, 2, len(CONTENT))
    assert answer.headers["X-Row-Count"] == "2"
    assert answer.headers["X-SHA256"] == run.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert 'filename="Night-drive-approved-pending.csv"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("headers", "status", "body", "span"),
    [
        ({"Range": "bytes=0-4"}, 206, b"Label", "bytes 0-4/26"),
        ({"Range": "bytes=16-"}, 206, CONTENT[16:], "bytes 16-25/26"),
        ({"Range": "bytes=-10"}, 206, CONTENT[-10:], "bytes 16-25/26"),
        ({"Range": "bytes=0-999999999999"}, 206, CONTENT, "bytes 0-25/26"),
        ({"Range": "bytes=26-"}, 416, b"", "bytes */26"),
        ({"Range": "bytes=9-3"}, 416, b"", "bytes */26"),
        ({"Range": "bytes=-0"}, 416, b"", "bytes */26"),
        ({"Range": "bytes=0-1,3-4"}, 200, CONTENT, None),
        ({"Range": "bytes=-"}, 200, CONTENT, None),
        ({"Range": "lines=0-1"}, 200, CONTENT, None),
        ({"Range": "bytes=0-4", "If-Range": "{etag}"}, 206, b"Label", "bytes 0-4/26"),
        ({"Range": "bytes=0-4", "If-Range": '"other"'}, 200, CONTENT, None),
        ({"If-None-Match": "{etag}"}, 304, b"", None),
        ({"If-None-Match": '"other", W/{etag}'}, 304, b"", None),
        ({"If-None-Match": '"other"'}, 200, CONTENT, None),
    ],
)
def test_parts_of_the_file(
    viewer: Client, run: ExportRun, headers: dict[str, str], status: int, body: bytes, span: str | None
) -> None:
    etag = f'"{run.sha256}"'
    answer = viewer.get(f"/exports/{run.pk}/file/", headers={k: v.format(etag=etag) for k, v in headers.items()})
    result = answer.getvalue() if answer.streaming else answer.content
    assert (answer.status_code, result, answer.headers.get("Content-Range")) == (status, body, span)
    assert (answer.headers["ETag"], answer.headers["Accept-Ranges"]) == (etag, "bytes")


def test_head_returns_the_size_without_a_body(viewer: Client, run: ExportRun) -> None:
    answer = viewer.head(f"/exports/{run.pk}/file/")
    assert (answer.getvalue(), answer.headers["Content-Length"]) == (b"", "26")


def test_the_same_key_is_the_same_run(viewer: Client, reviewer: Client, batch: Batch) -> None:
    key = str(uuid4())
    assert [ask(viewer, f"batch={batch.pk}", key=key).status_code for _ in range(2)] == [303, 303]
    assert ask(viewer, f"batch={batch.pk}&columns=full", key=key).status_code == 422
    assert ask(reviewer, f"batch={batch.pk}", key=key).status_code == 422
    assert ExportRun.objects.count() == 1


def test_nobody_else_gets_it_and_its_owner_not_without_the_right(
    viewer: Client, editor: Client, sign_in: Any, run: ExportRun
) -> None:
    for client in (editor, sign_in(None, is_staff=True), sign_in(make_connection(), "editor")):
        assert client.get(f"/exports/{run.pk}/file/").status_code == 404
    Membership.objects.filter(user=viewer.user).delete()  # type: ignore[attr-defined]
    assert viewer.get(f"/exports/{run.pk}/file/").status_code == 404


@pytest.mark.parametrize("end", ["no member", "deactivated"])
def test_people_who_lost_the_right_get_no_file(viewer: Client, batch: Batch, end: str) -> None:
    ask(viewer, f"batch={batch.pk}")
    lose_right(viewer.user, end)  # type: ignore[attr-defined]
    run = make_export(ExportRun.objects.get().pk)
    assert run is not None
    assert (run.state, run.message) == (RunState.FAILED, "You no longer have access to one of the batches.")
    assert not path_of(run.pk).exists()


def test_all_batches_of_a_connection(viewer: Client, batch: Batch) -> None:
    make_event(make_item(make_batch(batch.connection)), label="second")
    make_event(make_item(make_batch()), label="foreign")
    ask(viewer, f"connection={batch.connection_id}&columns=Label", file="events.jsonl")
    run = make_export(ExportRun.objects.get().pk)
    assert run is not None
    assert [line[10:-2] for line in path_of(run.pk).read_text().splitlines()] == [
        "pending", "approved", "rejected", "second",
    ]  # fmt: skip
    assert ask(viewer, f"batch={Batch.objects.order_by('id').last().pk}").status_code == 404  # type: ignore[union-attr]


def test_the_form_for_a_connection_asks_for_the_filter_too(viewer: Client, batch: Batch) -> None:
    Event.objects.filter(label="rejected").update(severity_rank=4, severity="critical", confidence=0.9)
    page = viewer.get("/exports/").content.decode()
    fields = dict.fromkeys(["approval", "category", "since", "q"], "") | {
        "severity": "critical",
        "confidence_min": "0.5",
    }
    assert all(f'name="{name}"' in page for name in fields)
    response = viewer.get("/exports/", {"connection": batch.connection_id, **fields})
    assert response.context["count"] == 1


def test_columns_are_chosen_in_the_form_whatever_the_address_says(viewer: Client, batch: Batch) -> None:
    asked = {"key": str(uuid4()), "query": f"batch={batch.pk}&columns=full", "file": "events.csv"}
    wrong = viewer.post("/exports/", {**asked, "columns": "Label, Secret"})
    assert (wrong.status_code, ExportRun.objects.count()) == (422, 0)
    assert "Unknown column &#x27;Secret&#x27;" in wrong.text
    assert 'value="Label, Secret"' in wrong.text
    viewer.post("/exports/", {**asked, "columns": "Severity, Label"})
    run = make_export(ExportRun.objects.get().pk)
    assert run is not None
    assert path_of(run.pk).read_text().splitlines()[0] == "Severity,Label"


def test_an_unknown_button_orders_nothing(viewer: Client, batch: Batch) -> None:
    answer = viewer.post(
        "/exports/", {"key": str(uuid4()), "query": f"batch={batch.pk}", "file": "events.csv", "do": "x"}
    )
    assert (answer.status_code, ExportRun.objects.count()) == (422, 0)
    assert "do: expected one of now, background." in answer.text


def test_what_the_form_says_is_streamed_too(viewer: Client, batch: Batch) -> None:
    asked = {"key": str(uuid4()), "query": f"batch={batch.pk}&approval=approved&columns=full", "do": "now"}
    answer = viewer.post("/exports/", {**asked, "file": "events.csv", "columns": "Label"})
    assert answer.status_code == 303
    assert viewer.get(answer.headers["Location"]).getvalue() == b"Label\r\napproved\r\n"
    several = {**asked, "query": f"connection={batch.connection_id}&columns=full", "file": "items.csv", "columns": ""}
    answer = viewer.post("/exports/", several)
    assert answer.headers["Location"].startswith("/batches/items.csv?connection=")
    assert viewer.get(answer.headers["Location"]).getvalue().count(b"\r\n") == 1 + batch.items.count()
    wrong = viewer.post("/exports/", {**asked, "file": "items.csv", "columns": "Label"})
    assert (wrong.status_code, ExportRun.objects.count()) == (422, 0)
    assert "Unknown column &#x27;Label&#x27;" in wrong.text
    assert "<option selected>items.csv</option>" in wrong.text


def test_downloads_of_one_batch_have_different_names(viewer: Client, batch: Batch) -> None:
    ask(viewer, f"batch={batch.pk}&category=Lane+Change&columns=Label,Severity")
    assert viewer.get("/exports/").text.count("category=Lane Change, columns=Label,Severity") == 2  # once as its title


@pytest.mark.parametrize(("file", "total"), [("events.csv", 3), ("items.csv", None), ("decisions.csv", None)])
def test_progress_is_measured_in_rows_where_their_number_is_known(
    viewer: Client, batch: Batch, file: str, total: int | None
) -> None:
    ask(viewer, f"batch={batch.pk}", file=file)
    assert ExportRun.objects.get().total == total


@pytest.mark.parametrize(
    ("query", "file", "status"),
    [("", "events.csv", 400), ("batch=x", "events.csv", 400), ("batch={pk}&approval=no", "events.csv", 400),
     ("batch={pk}", "events.exe", 422), ("batch={pk}&columns=Label", "events.json", 422),
     ("batch={pk}&connection=1", "events.csv", 400), ("batch=99999", "events.csv", 404)],
)  # fmt: skip
def test_what_makes_no_sense_is_not_begun(viewer: Client, batch: Batch, query: str, file: str, status: int) -> None:
    assert ask(viewer, query.format(pk=batch.pk) or " ", file=file).status_code in (status, 422)
    assert ExportRun.objects.count() == 0


def test_a_failure_leaves_no_file_and_the_sweep_tries_again(viewer: Client, batch: Batch) -> None:
    ask(viewer, f"batch={batch.pk}")
    run = ExportRun.objects.get()
    Event.objects.filter(label="rejected").update(odd_cells="no JSON")
    with pytest.raises(ValueError, match="Expecting value"):
        make_export(run.pk)
    assert list(path_of(run.pk).parent.glob(f"{run.pk}*")) == []
    long_ago = timezone.now() - timedelta(hours=1)
    ExportRun.objects.update(heartbeat_at=long_ago, enqueued_at=long_ago, claim="gone:1:x")
    Event.objects.filter(label="rejected").update(odd_cells=None)
    assert sweep() == 1
    again = make_export(run.pk)
    assert again is not None
    assert (again.state, again.position) == (RunState.DONE, 3)


def test_asking_rings_the_queue(viewer: Client, batch: Batch, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ask(viewer, f"batch={batch.pk}")
    assert [job.task_path for job in DBTaskResult.objects.all()] == ["reviewer.downloads.tasks.run_export"]


def test_files_go_when_their_time_is_over(viewer: Client, run: ExportRun) -> None:
    left = path_of(run.pk).with_name("77.1.part")
    left.write_bytes(b"half")
    assert (forget_old(), path_of(run.pk).exists(), left.exists()) == (0, True, True)
    ExportRun.objects.update(expires_at=timezone.now())
    assert (forget_old(), path_of(run.pk).exists()) == (1, False)
    assert viewer.get(f"/exports/{run.pk}/file/").status_code == 404
    assert "expired" in viewer.get("/exports/").content.decode()


def test_a_large_download_of_a_browser_is_offered_in_the_background(
    viewer: Client, batch: Batch, settings: Any
) -> None:
    settings.EXPORT_DIRECT_ROWS = 2
    page = {"Accept": "text/html,*/*;q=0.8"}
    address = f"/batches/{batch.pk}/events.csv?columns=Label"
    answer = viewer.get(address, headers=page)
    assert (answer.status_code, answer.headers["Location"]) == (
        303, f"/exports/?columns=Label&file=events.csv&batch={batch.pk}",
    )  # fmt: skip
    assert "Prepare in background" in viewer.get(answer.headers["Location"]).content.decode()
    assert viewer.get(f"{address}&now=1", headers=page).status_code == 200
    assert viewer.get(address, headers={"Accept": "*/*"}).status_code == 200
    assert viewer.get(f"{address}&q=approved", headers=page).status_code == 200


def test_the_page_shows_progress_and_checksum(viewer: Client, batch: Batch, run: ExportRun) -> None:
    waiting = make_run(batch, viewer.user, total=10)  # type: ignore[attr-defined]
    page = viewer.get("/exports/").content.decode()
    assert run.sha256 in page
    assert 'hx-trigger="every 1s"' in page
    ExportRun.objects.filter(pk=waiting.pk).update(state="failed", finished_at=timezone.now(), message="Disk full")
    page = viewer.get("/exports/").content.decode()
    assert "Disk full" in page
    assert "every 1s" not in page
