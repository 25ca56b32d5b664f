"""The console shows hostile text as text."""

from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from batches.actions import decide, make_token
from batches.models import (
    AgentTraining,
    Batch,
    BatchStart,
    CloudImport,
    Connection,
    Event,
    ImportRun,
    Item,
    MetadataPush,
    OddColumns,
    OddRun,
    OddTable,
    PileRun,
    Quarantined,
    SyncRun,
    ThumbnailRun,
    Token,
    TrainedAgent,
    VideoSearch,
    VideoUpload,
)
from tests.batches.hostile_work import make_work
from tests.factories import (
    make_batch,
    make_connection,
    make_event,
    make_item,
    make_member,
    make_user,
)
from tests.hostile import ADDRESSES, TEXT, code_in, poison

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Client:
    """A superuser in the console, where every table has one row of hostile text."""
    event = make_event()
    batch, member = event.batch, make_member(event.batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="rejected", reason=TEXT[:80], note=TEXT,
        by=member, idempotency_key=uuid4(), source="token 1",
    )  # fmt: skip
    make_token(user=member, scope="read", name="script", days=1)
    Group.objects.create(name=TEXT[:150])
    Quarantined.objects.create(batch=batch, path="x", reason="x", raw="x")
    ImportRun.objects.create(connection=batch.connection, file_name="x", message="x")
    BatchStart.objects.create(connection=batch.connection, idempotency_key=uuid4(), question={}, videos=[])
    agent = TrainedAgent.objects.create(connection=batch.connection, external_id="a", name="x", status="x")
    AgentTraining.objects.create(
        connection=batch.connection, idempotency_key=uuid4(), agent=agent, batches=["b"], name="x", message="x"
    )
    folder = batch.connection.folders.create(external_id="f", name=TEXT[:255])
    VideoSearch.objects.create(
        connection=batch.connection, folder=folder, idempotency_key=uuid4(), question=TEXT, summary=TEXT, message=TEXT
    )
    CloudImport.objects.create(
        connection=batch.connection, idempotency_key=uuid4(), provider="s3", bucket=TEXT[:222], keys=[TEXT],
        job_id=TEXT[:255], message=TEXT,
    )  # fmt: skip
    VideoUpload.objects.create(
        connection=batch.connection, idempotency_key=uuid4(), address=f"https://x/{TEXT[:255]}", video_id=TEXT[:255],
        message=TEXT,
    )  # fmt: skip
    column = {"name": TEXT, "prompt": TEXT, "type": TEXT, "literals": [TEXT]}
    OddColumns.objects.create(connection=batch.connection, columns=[column])
    table = OddTable.objects.create(
        connection=batch.connection, idempotency_key=uuid4(), columns=[column], videos=[TEXT]
    )
    OddRun.objects.create(
        connection=batch.connection, table=table, video_id=TEXT[:255], video_name=TEXT[:255], message=TEXT,
        problems=[TEXT], share_url=TEXT,
    )  # fmt: skip
    for run in (SyncRun, ThumbnailRun, PileRun, MetadataPush):
        run.objects.create(batch=batch)
    DBTaskResult.objects.create(
        task_path="batches.tasks.run_sync", queue_name="default", backend_name="default", run_after="2026-01-01T00:00Z",
        args_kwargs={"args": [TEXT], "kwargs": {}}, exception_class_path=TEXT[:200], traceback=TEXT, return_value=TEXT,
    )  # fmt: skip
    Connection.objects.update(refused_at=timezone.now(), refused_reason="x")
    for model in (Batch, Connection, Event, Item, Quarantined, ImportRun, SyncRun, ThumbnailRun, PileRun, MetadataPush,
                  BatchStart, TrainedAgent, AgentTraining, Token, User):  # fmt: skip
        poison(model._default_manager.all(), "password")
    User.objects.update(username=TEXT[:150])
    make_work(event, member)
    BatchStart.objects.update(question={"prompt": TEXT}, videos=[TEXT])
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.case("X05", "X07")
def test_no_page_of_the_console_runs_what_a_row_holds(root: Client) -> None:
    literal, runs = 0, {}
    for model in admin.site._registry:
        row = model._default_manager.first()
        assert row is not None, model
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
        pages = [f"{path}/", f"{path}/{row.pk}/change/"]
        if model is Connection:
            pages.append(f"{path}/{row.pk}/delete/")  # names the rows that stand in the way
        for address in pages:
            page = root.get(address)
            assert page.status_code == 200, address
            runs[address] = code_in(page.content)
            literal += b"&lt;img src=x onerror=" in page.content
    assert {address: result for address, result in runs.items() if result} == {}
    assert literal > 20, "the text was on these pages"


@pytest.mark.case("X05")
def test_an_invalid_url_is_not_a_link_in_the_console(root: Client) -> None:
    for address in ADDRESSES:
        item = make_item(make_batch(make_connection(base_url=address), viewer_url=address), source_uri=address)
        make_event(item, thumbnail_url=address)
    pages = [f"/admin/batches/{name}/" for name in ("batch", "connection", "item", "event")]
    for connection in Connection.objects.all():
        pages.append(f"/admin/batches/connection/{connection.pk}/change/")
    for batch in Batch.objects.all():
        pages.append(f"/admin/batches/batch/{batch.pk}/change/")
    assert {page: response for page in pages if (response := code_in(root.get(page).content))} == {}


def test_what_would_run_is_recognised() -> None:
    assert len(code_in(f'<p>{TEXT}</p><a href="{TEXT}">x</a>'.encode())) == 4
    assert all(code_in(f'<a href="{address}">x</a>'.encode()) for address in ADDRESSES)
    assert code_in(b'<a href="/batches/" title="window.hit">x</a><script src="/x.js"></script>') == []
