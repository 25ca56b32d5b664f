"""Batches that are started with files: each intent once, its files sent as they are and kept no longer than needed."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from batches.actions import start_batch_of_files
from batches.errors import KeyReused
from batches.models import Batch, BatchStart, Connection, RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.batch_files import ARRIVE, forget_start_files
from batches.sync.run import sync
from batches.sync.start import start
from batches.tasks import run_start
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

FILES = {"front.mp4": b"film" * 50_000, "notes.numbers": b"table"}


@pytest.fixture
def vendor(settings: Any, tmp_path: Path) -> Iterator[Sandbox]:
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "stored"}}
    settings.STORAGES = settings.STORAGES | {"default": folder}
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        sandbox.wickson.seconds = 0
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(name="fleet", vendor="wickson", base_url=vendor.url, key=vendor.key)


def requested(connection: Connection, files: dict[str, bytes] = FILES, **fields: Any) -> BatchStart:
    order = {"collection": "", "again": False, "by": None, "idempotency_key": uuid4()} | fields
    return start_batch_of_files(
        connection=connection, files=[(name, len(content)) for name, content in files.items()],
        contents=[ContentFile(content, name) for name, content in files.items()], **order,
    )  # fmt: skip


def created(vendor: Sandbox) -> list[Any]:
    return [call.multipart for call in vendor.calls if (call.method, call.path) == ("POST", "/v1/batches")]


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "stored").rglob("*") if path.is_file()]


def test_files_become_a_batch_that_is_synced_by_itself(vendor: Sandbox, connection: Connection, tmp_path: Path) -> None:
    key = uuid4()
    run = requested(connection, collection="June", idempotency_key=key)
    assert len(stored(tmp_path)) == 2
    run_start.func(run.pk)
    (form,) = created(vendor)
    assert form.fields == {"collection_id": "June", "force_overwrite": "false"}
    assert [(field, file.name, file.size) for field, file in form.files] == [
        ("file", name, len(content)) for name, content in FILES.items()
    ]
    run.refresh_from_db()
    assert (run.state, stored(tmp_path)) == (RunState.DONE, [])
    batch = Batch.objects.get()
    sync(batch.syncs.get().pk)
    assert set(batch.items.values_list("name", flat=True)) == set(FILES)
    assert requested(connection, collection="June", idempotency_key=key) == run
    with pytest.raises(KeyReused):
        requested(connection, idempotency_key=key)


@pytest.mark.parametrize("fault", ["reset", "truncated", "html", "500"])
def test_a_lost_answer_starts_nothing_twice(
    vendor: Sandbox, connection: Connection, tmp_path: Path, fault: str
) -> None:
    vendor.faults = Faults(first=[fault])
    run = requested(connection)
    for _ in range(2):
        run_start.func(run.pk)
    run.refresh_from_db()
    assert (run.state, "may have started" in run.message, len(created(vendor))) == (RunState.INCOMPLETE, True, 1)
    assert stored(tmp_path) == []


def test_a_killed_worker_starts_nothing_again(vendor: Sandbox, connection: Connection, tmp_path: Path) -> None:
    run = requested(connection)
    BatchStart.objects.update(sent_at=timezone.now())
    assert start(run.pk)
    run.refresh_from_db()
    assert (run.state, created(vendor), stored(tmp_path)) == (RunState.INCOMPLETE, [], [])


def test_what_broke_off_on_its_way_or_never_arrived_is_sent_again(vendor: Sandbox, connection: Connection) -> None:
    vendor.faults = Faults(first=["cut"])
    run = requested(connection, {"long.mp4": bytes(24_000_000)})
    assert start(run.pk)
    run.refresh_from_db()
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    BatchStart.objects.update(retry_at=timezone.now())
    assert (start(run.pk) or run).state == RunState.DONE


def test_a_refusal_is_told_and_files_that_never_came_end_the_start(vendor: Sandbox, connection: Connection) -> None:
    refused = start(requested(connection, {"quota.mp4": b"film"}).pk)
    assert refused
    assert refused.message == "The vendor refused with status 403: The prepaid balance is empty"
    lost = start_batch_of_files(
        connection=connection, files=[("a.mp4", 4)], contents=(), collection="", again=False, by=None,
        idempotency_key=uuid4(),
    )  # fmt: skip
    assert start(lost.pk) is None, "its files may still arrive"
    forget_start_files(timezone.now() + ARRIVE + timedelta(minutes=1))
    lost.refresh_from_db()
    assert (lost.state, "Choose them again" in lost.message) == (RunState.FAILED, True)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "Choose at least one file"),
        ({f"{number}.mp4": b"x" for number in range(26)}, "at most 25 files, not 26"),
        ({"a.mp4": b""}, "a.mp4 is empty"),
        ({"a\nb.mp4": b"x"}, "printable characters"),
    ],
)
def test_files_that_cannot_be_sent_say_why(connection: Connection, files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        requested(connection, files)
    with pytest.raises(ValueError, match="NomadicML batches are not started with files here"):
        requested(make_connection())


def test_the_command_sends_files_from_where_they_lie(vendor: Sandbox, connection: Connection, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"film")
    lines = []
    for _ in range(2):
        out = StringIO()
        call_command("upload_batch", "--connection", "fleet", "--intent", "one", str(film), stdout=out)
        lines.append(out.getvalue())
    batch = Batch.objects.get()
    assert lines == [f"{batch.pk} {batch.external_id}\n"] * 2
    assert len(created(vendor)) == 1
    film.unlink()
    with pytest.raises(CommandError, match=r"a\.mp4 cannot be read: No such file or directory") as failure:
        call_command("upload_batch", "--connection", "fleet", str(film))
    assert failure.value.returncode == 2
    Connection.objects.update(base_url="http://127.0.0.1:9")
    film.write_bytes(b"film")
    with pytest.raises(CommandError, match="Nothing was started") as failure:
        call_command("upload_batch", "--connection", "fleet", str(film))
    assert failure.value.returncode == 1


def test_files_of_a_request_that_broke_off_do_not_stay(connection: Connection, tmp_path: Path) -> None:
    run = requested(connection)
    BatchStart.objects.update(position=0)  # a full disk, or a killed server: they are not counted as stored
    assert len(stored(tmp_path)) == 2
    forget_start_files(timezone.now() + ARRIVE + timedelta(minutes=1))
    run.refresh_from_db()
    assert (run.state, stored(tmp_path)) == (RunState.FAILED, [])


def test_files_that_cannot_be_stored_end_the_start_at_once(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "stored").write_text("a file where the folder should be")
    run = requested(connection)
    assert (run.state, run.finished_at is None) == (RunState.FAILED, False)
    assert "could not be stored here, so nothing was started" in run.message
    assert requested(connection, idempotency_key=run.idempotency_key) == run
    (tmp_path / "stored").unlink()
    forget_start_files(timezone.now())
    assert not BatchStart.objects.filter(position__gt=0).exists()
