"""The commands: what they print, how they end, what they leave alone."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db.migrations.recorder import MigrationRecorder

from batches.models import AdditionRun, Batch, Connection, Event, Membership, SyncRun
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import STRANGER_KEY
from batches.sync.additions import add_batches
from tests import worlds
from tests.factories import make_connection, make_user
from tests.killing.own_database import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox({worlds.BATCH: worlds.batch()}) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


def run(*argv: str) -> tuple[int, str]:
    """Exit code and all that was printed."""
    out = io.StringIO()
    try:
        call_command(*argv, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def connect(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch, key: str, *more: str) -> tuple[int, str]:
    monkeypatch.setenv("THE_KEY", key)
    return run("connect", "nomadic", "--name", "fleet", "--base-url", vendor.url, "--api-key-env", "THE_KEY", *more)


def test_connect_saves_an_encrypted_key_and_says_whose_it_is(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(vendor, monkeypatch, vendor.key) == (
        0, "fleet: saved, the key belongs to owner@example.com.\n",
    )  # fmt: skip
    connection = Connection.objects.get()
    assert (connection.api_key, connection.key_hint, connection.account) == (
        vendor.key, vendor.key[-4:], "owner@example.com",
    )  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute("SELECT api_key FROM batches_connection")
        assert vendor.key not in cursor.fetchone()[0]


def test_connect_with_a_wrong_key_says_so_and_shows_no_key(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = connect(vendor, monkeypatch, "nai_wrong_key_1234567890")
    assert code == 1
    assert text.startswith("Nothing was saved. ")
    assert "401" in text
    assert "nai_wrong" not in text
    assert not Connection.objects.exists()
    assert connect(vendor, monkeypatch, "nai_wrong_key_1234567890", "--no-verify")[0] == 0


def test_connect_again_updates_the_connection_of_that_name(vendor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(vendor, monkeypatch, "old-key-0000", "--no-verify")
    connect(vendor, monkeypatch, vendor.key)
    assert Connection.objects.get().api_key == vendor.key


@pytest.mark.parametrize(
    ("url", "word"),
    [("http://10.0.0.1", "10.0.0.1"), ("ftp://vendor.example", "http"), ("https://user:pw@vendor.example", "")],
)
def test_connect_refuses_addresses_inside_the_house(monkeypatch: pytest.MonkeyPatch, url: str, word: str) -> None:
    monkeypatch.setenv("THE_KEY", "k" * 20)
    code, text = run("connect", "nomadic", "--name", "x", "--base-url", url, "--api-key-env", "THE_KEY")
    assert code == 2
    assert word in text
    assert not Connection.objects.exists()


def test_connect_without_a_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_KEY", raising=False)
    assert run("connect", "nomadic", "--name", "x", "--api-key-env", "NO_KEY") == (
        2, "The environment variable NO_KEY is empty.",
    )  # fmt: skip
    assert run("connect", "nomadic", "--name", "x")[0] == 2


def test_a_connection_for_files_needs_no_key() -> None:
    assert run("connect", "open", "--name", "files") == (0, "files: saved, for files.\n")
    assert Connection.objects.values_list("vendor", "base_url", "api_key").get() == ("open", "", "")


def fleet(vendor: Sandbox, key: str | None = None) -> Connection:
    return make_connection(name="fleet", base_url=vendor.url, key=key or vendor.key)


@pytest.mark.parametrize("form", ["{}", "https://app.nomadicml.com/use-cases/rapid-review/batch-view/{}?tab=1"])
def test_sync_takes_an_id_or_a_viewer_address(vendor: Sandbox, form: str) -> None:
    fleet(vendor)
    code, text = run("sync", "--connection", "fleet", form.format(worlds.BATCH))
    assert code == 0, text
    assert "events: 12, new: 12, changed: 0, gone: 0; unreadable records: 0" in text
    assert Event.objects.count() == 12


def test_sync_all_takes_every_batch_we_know(vendor: Sandbox) -> None:
    connection = fleet(vendor)
    Batch.objects.create(connection=connection, external_id=worlds.BATCH)
    assert run("sync", "--connection", "fleet", "--all")[0] == 0
    assert Event.objects.count() == 12


@pytest.mark.parametrize(
    ("batch_id", "code", "word"),
    [
        ("0" * 32, 1, "404"),
        ("../../keys/verify", 2, "without slashes"),
        ("https://app.nomadicml.com/elsewhere", 2, "batch-view/"),
        ("", 2, "Enter a batch ID"),
    ],
)
def test_sync_of_a_wrong_id_changes_nothing(vendor: Sandbox, batch_id: str, code: int, word: str) -> None:
    fleet(vendor)
    result, text = run("sync", "--connection", "fleet", batch_id)
    assert (result, word in text) == (code, True), text
    assert not Batch.objects.exists()
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize(
    ("key", "faults", "word"),
    [
        ("wrong-key", Faults(), "401"),
        (STRANGER_KEY, Faults(), "403"),
        (None, Faults(rate=1, kinds=["503"]), "503"),
        (None, Faults(rate=1, kinds=["html"]), ""),
        (None, Faults(rate=1, kinds=["reset"]), ""),
    ],
)
def test_sync_that_the_vendor_does_not_answer_changes_nothing(
    vendor: Sandbox, key: str | None, faults: Faults, word: str
) -> None:
    fleet(vendor, key)
    vendor.faults = faults
    code, text = run("sync", "--connection", "fleet", worlds.BATCH)
    assert (code, word in text) == (1, True), text
    assert not Batch.objects.exists()


def test_sync_of_several_ids_skips_only_the_refused_ones(vendor: Sandbox) -> None:
    fleet(vendor)
    code, text = run("sync", "--connection", "fleet", "0" * 32, "../x", worlds.BATCH)
    assert (code, f"Not synced: {'0' * 32}, ../x" in text) == (1, True), text
    assert Event.objects.count() == 12


def test_sync_in_the_background_only_requests_it(vendor: Sandbox) -> None:
    connection = fleet(vendor)
    code, text = run("sync", "--connection", "fleet", "--background", worlds.BATCH, "../x", worlds.BATCH)
    assert (code, "'../x': A batch ID is a single word" in text, "Not added: ../x" in text) == (1, True, True), text
    assert "1 batches are being added" in text
    assert (vendor.calls, Batch.objects.count()) == ([], 0)
    add_batches(AdditionRun.objects.get().pk, request_sync=lambda batch_id, by: None)
    assert Batch.objects.get().external_id == worlds.BATCH
    assert run("sync", "--connection", "fleet", "--background", "--all") == (0, "The syncs of 1 batches are queued.\n")
    assert SyncRun.objects.get().state == "queued"
    Connection.objects.filter(pk=connection.pk).update(paused=True)
    assert run("sync", "--connection", "fleet", "--background", "x")[0] == 1


@pytest.mark.parametrize("argv", [["x", "--all"], []])
def test_sync_wants_either_batches_or_all(vendor: Sandbox, argv: list[str]) -> None:
    fleet(vendor)
    assert run("sync", "--connection", "fleet", *argv) == (
        2, "Give batch ids or --all, not both.",
    )  # fmt: skip


def test_an_unknown_connection_is_answered_with_those_there_are() -> None:
    make_connection(name="north")
    assert run("sync", "--connection", "south", "x") == (
        2,
        "There is no connection 'south'. Existing connections: north.",
    )


def test_grant_gives_and_changes_a_role() -> None:
    make_connection(name="fleet")
    make_user("ana")
    assert run("grant", "ana", "--connection", "fleet", "--role", "viewer")[0] == 0
    assert run("grant", "ana", "--connection", "fleet", "--role", "editor") == (
        0,
        "ana now has the role editor on fleet.\n",
    )
    assert Membership.objects.get().role == "editor"
    assert run("grant", "bob", "--connection", "fleet", "--role", "editor") == (2, "There is no user 'bob'.")


def test_check_ledger_exits_with_one_and_lists_problems() -> None:
    connection = make_connection()
    assert run("check_ledger") == (0, "The ledger and the events agree.\n")
    Batch.objects.create(connection=connection, external_id="x", approved=2)
    code, text = run("check_ledger")
    assert (code, text.splitlines()[-1]) == (1, "Problems: 1.")


def test_check_ledger_on_an_older_version_says_what_to_run() -> None:
    recorder = MigrationRecorder(database)
    newest = recorder.migration_qs.filter(app="batches").latest("name").name
    recorder.record_unapplied("batches", newest)
    try:
        assert run("check_ledger") == (2, "The database is of an older version: run `migrate` first.")
    finally:
        recorder.record_applied("batches", newest)


def test_a_command_without_its_database_is_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'folder'}"
    argv = [sys.executable, "manage.py", "token", "ann", "--scope", "read"]
    result = subprocess.run(argv, env=environment(url), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, "The database cannot be used: unable to open database file\n")
