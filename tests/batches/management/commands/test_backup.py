"""Backup and restore: consistent while people decide, verified before the file gets its name, safe to repeat."""

import json
import re
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from tests.killing import prepared
from tests.killing.own_database import environment, own_database
from tests.killing.web import SEED, Reviewer, shell, web
from tests.postgres import programs

SQLITE = connection.vendor == "sqlite"
OLD = "from tests.schema import migrate_by_old_files; migrate_by_old_files('0001_initial')"
DECIDED = """
from uuid import UUID, uuid4
from importlib import import_module
from django.conf import settings
from batches.actions import decide
from tests.factories import make_connection, make_batch, make_event, make_item, make_member
connection = make_connection(name="fleet", key="the-vendors-key")
user = make_member(connection, name="ana")
import_module(settings.SESSION_ENGINE).SessionStore().create()
item = make_item(make_batch(connection))
for number in range(3):
    event = make_event(item)
    seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
    decide(**seen, approval="approved", by=user, idempotency_key=UUID(int=number))
"""
SPOIL = "from batches.models import Batch; Batch.objects.update(rejected=7)"
SUMMARY = """
import json
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from batches.actions.check import ledger_problems
from batches.backup.state import is_older
from batches.models import Action, Connection, Decision, Event
try:
    with transaction.atomic():
        append_only = not Decision.objects.update(note="x")
except IntegrityError as error:
    append_only = "append-only" in str(error)
print(json.dumps({
    "users": list(User.objects.values_list("username", flat=True)),
    "keys": list(Connection.objects.values_list("api_key", flat=True)),
    "events": Event.objects.count(),
    "decisions": [str(key) for key in Action.objects.values_list("idempotency_key", flat=True)],
    "problems": list(ledger_problems()),
    "older": is_older(),
    "append_only": append_only,
}))
"""
ALL = {
    "users": ["ana"], "keys": ["the-vendors-key"], "events": 3, "decisions": [str(UUID(int=n)) for n in range(3)],
    "problems": [], "older": False, "append_only": True,
}  # fmt: skip


def refused(*argv: str) -> tuple[int, str]:
    """Exit code and message of a command that fails before it uses the database."""
    with pytest.raises(CommandError) as refusal:
        call_command(*argv)
    return refusal.value.returncode, str(refusal.value)


class Installation:
    """One installation: a database and the commands on it."""

    def __init__(self, url: str) -> None:
        self.env = environment(url)

    def run(self, *argv: str) -> tuple[int, str]:
        """Exit code and the last line of the output."""
        code, text = prepared.run(self.env, *argv)
        return code, text.strip().rpartition("\n")[2]

    def shell(self, code: str) -> tuple[int, str]:
        return self.run("shell", "--no-imports", "-c", code)

    def summary(self) -> dict[str, Any]:
        return json.loads(self.shell(SUMMARY)[1])


@contextmanager
def house(code: str = "", *, migrated: bool = True) -> Iterator[Installation]:
    """An installation in which this code has run; without code, one with an empty database."""
    with own_database(migrated=migrated and bool(code)) as url:
        made = Installation(url)
        if code:
            assert made.shell(code)[0] == 0
        yield made


@pytest.fixture(scope="module")
def decided() -> Iterator[Installation]:
    with house(DECIDED) as made:
        yield made


@pytest.fixture(scope="module")
def copy(decided: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("copies") / "good"
    code, output = decided.run("backup", str(path))
    assert (code, re.sub(r"[\d,]+ bytes", "N bytes", output)) == (0, f"{path}: N bytes, complete and verified.")
    return path


def test_a_copy_is_private_and_leaves_no_other_file(copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.case("K06")
def test_a_copy_is_restored_on_an_empty_host(copy: Path) -> None:
    with house() as empty:
        assert empty.run("restore", str(copy)) == (0, "Restored: 3 events, 3 ledger rows.")
        assert empty.summary() == ALL


def test_a_copy_holds_no_sessions(decided: Installation, copy: Path) -> None:
    sessions = "from batches.models import UserSession; print(UserSession.objects.count())"
    with house() as empty:
        empty.run("restore", str(copy))
        assert (decided.shell(sessions), empty.shell(sessions)) == ((0, "1"), (0, "0"))


def test_a_copy_is_made_before_an_upgrade_and_after_it(tmp_path: Path) -> None:
    dest = tmp_path / "copy"
    with house(OLD, migrated=False) as old, house() as empty:
        code, output = old.run("backup", str(dest))
        assert (code, output.partition("verified. ")[2]) == (
            0, "Not compared with its ledger: run `migrate` before the backup for that.",
        )  # fmt: skip
        assert empty.run("restore", str(dest)) == (
            0, "Restored. The copy is of an older version: run `migrate`, then `check_ledger`.",
        )  # fmt: skip
        assert empty.run("check_ledger") == (
            2, "CommandError: The database is of an older version: run `migrate` first.",
        )  # fmt: skip


def test_a_folder_gets_a_file_named_by_the_time(decided: Installation, tmp_path: Path) -> None:
    assert decided.run("backup", str(tmp_path))[0] == 0
    (name,) = [path.name for path in tmp_path.iterdir()]
    assert re.fullmatch(r"reviewer-\d{8}T\d{6}Z\.(sqlite3|dump)", name)


def test_a_copy_is_never_written_over_another_file(tmp_path: Path) -> None:
    dest = tmp_path / "copy"
    dest.write_text("the last good copy")
    assert refused("backup", str(dest)) == (2, f"{dest} already exists; name a new file, or a folder.")
    assert dest.read_text() == "the last good copy"


def test_backup_reports_a_missing_folder(tmp_path: Path) -> None:
    assert refused("backup", str(tmp_path / "no" / "copy")) == (2, f"There is no folder {tmp_path / 'no'}.")


# A limit on the size of files acts like a full disk on this process and those it starts.
BACKUP_ON_A_FULL_DISK = """
import resource
from django.core.management import execute_from_command_line
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
execute_from_command_line(["manage.py", "backup", {dest!r}])
"""


def test_a_full_disk_leaves_no_backup_file(decided: Installation, tmp_path: Path) -> None:
    code, output = decided.shell(BACKUP_ON_A_FULL_DISK.format(dest=str(tmp_path / "copy")))
    assert (code, output.endswith("Nothing was written.")) == (1, True), output
    assert list(tmp_path.iterdir()) == []


def test_a_killed_backup_leaves_nothing_under_the_name(decided: Installation, tmp_path: Path) -> None:
    dest = tmp_path / "copy"
    process = prepared.start(decided.env, "backup", str(dest))
    while process.is_alive() and not list(tmp_path.iterdir()):
        time.sleep(0.001)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not dest.exists()


def test_backup_with_an_inconsistent_ledger_is_renamed(tmp_path: Path) -> None:
    dest = tmp_path / "copy"
    with house(DECIDED + SPOIL) as spoilt:
        code, output = spoilt.run("backup", str(dest))
    assert (code, output) == (
        1,
        f"CommandError: {dest}.unverified: complete, but not consistent with its ledger; problems: 1, first: "
        "batch 1: counts 7 rejected, its events say 0",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["copy.unverified"]
    with house() as empty:
        assert empty.run("restore", f"{dest}.unverified") == (
            1,
            "CommandError: The copy is restored, but it has problems: 1.",
        )


def test_a_database_with_data_is_not_replaced_by_accident(copy: Path) -> None:
    with house(DECIDED.replace("ana", "ben")) as other:
        assert other.run("restore", str(copy)) == (
            2,
            "CommandError: The database has data. Add --force to replace it.",
        )
        assert other.summary()["users"] == ["ben"]
        assert other.run("restore", str(copy), "--force") == (0, "Restored: 3 events, 3 ledger rows.")
        assert other.summary() == ALL


KILLS_ITS_PARENT = """#!/bin/sh
case "$*" in
*--single-transaction*) {before} kill -9 $PPID;;
*) exec {program} "$@";;
esac
"""


@pytest.mark.skipif(SQLITE, reason="the programs of PostgreSQL")
@pytest.mark.parametrize("before", ["", '{program} "$@";'], ids=["before the new data", "after the new data"])
@pytest.mark.case("K06")
def test_a_killed_forced_restore_is_run_again(copy: Path, tmp_path: Path, before: str) -> None:
    program = programs() / "pg_restore"
    wrapper = tmp_path / "pg_restore"
    wrapper.write_text(KILLS_ITS_PARENT.format(before=before.format(program=program), program=program))
    wrapper.chmod(0o755)
    with house(DECIDED.replace("ana", "ben")) as other:
        path = other.env["PATH"]
        other.env["PATH"] = f"{tmp_path}:{path}"
        assert other.run("restore", str(copy), "--force")[0] == -signal.SIGKILL
        other.env["PATH"] = path
        if not before:
            code, output = other.run("migrate")
            assert (code, "A restore was interrupted" in output or "Run `restore` again" in output) == (1, True), output
        assert other.run("restore", str(copy), "--force") == (0, "Restored: 3 events, 3 ledger rows.")
        assert other.summary() == ALL
        assert other.run("backup", str(tmp_path / "next"))[0] == 0


@pytest.mark.skipif(not SQLITE, reason="about a file")
def test_a_killed_restore_into_a_file_is_run_again(copy: Path) -> None:
    with house(DECIDED.replace("ana", "ben")) as other:
        journal = Path(other.env["DATABASE_URL"].removeprefix("sqlite:///") + "-journal")
        process = prepared.start(other.env, "restore", str(copy), "--force")
        while process.is_alive() and not journal.exists():
            time.sleep(0.0005)
        process.kill()
        process.join()
        assert other.run("restore", str(copy), "--force") == (0, "Restored: 3 events, 3 ledger rows.")
        assert other.summary() == ALL


def test_a_copy_of_a_newer_version_is_named(copy: Path, tmp_path: Path) -> None:
    later = "from django.db.migrations.recorder import MigrationRecorder as R; from django.db import connection as c;"
    with house(f"{DECIDED}{later}R(c).record_applied('batches', '9999_later')") as newer, house() as empty:
        assert newer.run("backup", str(tmp_path / "copy"))[0] == 0
        assert empty.run("restore", str(tmp_path / "copy")) == (
            1, "CommandError: The copy is restored. It is of a newer version: install that one.",
        )  # fmt: skip


def test_a_damaged_copy_is_refused_and_the_database_stays(copy: Path, tmp_path: Path) -> None:
    whole = copy.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096  # where a page of SQLite begins
    half, holed = tmp_path / "half", tmp_path / "holed"
    half.write_bytes(whole[:middle])
    holed.write_bytes(whole[:middle] + bytes(8192) + whole[middle + 8192 :])
    with house(DECIDED.replace("ana", "ben")) as other:
        for damaged in (half, holed):
            code, output = other.run("restore", str(damaged), "--force")
            assert (code, output.startswith("CommandError: "), output.endswith("The database is unchanged.")) == (
                1, True, True,
            ), output  # fmt: skip
        assert other.summary()["users"] == ["ben"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not a backup of the reviewer"),
        (b"id,name\n", "not a backup of the reviewer"),
        (b"PGDMP\x01\x0e" if SQLITE else b"SQLite format 3\x00", "a PostgreSQL copy" if SQLITE else "a SQLite copy"),
    ],
)
def test_restore_refuses_other_kinds_of_files(tmp_path: Path, content: bytes, word: str) -> None:
    src = tmp_path / "src"
    src.write_bytes(content)
    kind = "a SQLite copy" if SQLITE else "a PostgreSQL copy"
    assert refused("restore", str(src), "--force") == (2, f"{src} is {word}; DATABASE_URL needs {kind}.")


def test_restore_reports_a_missing_copy(tmp_path: Path) -> None:
    src = tmp_path / "src"
    assert refused("restore", str(src)) == (2, f"Cannot read {src}: No such file or directory.")


def test_vendor_keys_need_the_key_they_were_saved_with(copy: Path) -> None:
    other, own = Fernet.generate_key().decode(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    with house() as empty:
        code, text = prepared.run(empty.env, "shell", "--no-imports", "-c", RESTORE_WITH_KEY.format(other, str(copy)))
        assert (code, text.splitlines()[-2:]) == (
            1,
            [
                "The vendor key of 'fleet' cannot be decrypted: set the CREDENTIALS_KEY it was saved with.",
                "CommandError: The copy is restored, but it has problems: 1.",
            ],
        )
        assert own not in copy.read_bytes().decode("latin-1")
        assert b"the-vendors-key" not in copy.read_bytes()
        assert empty.summary() == ALL


# The settings of the tests fix CREDENTIALS_KEY, so another one is set after them.
RESTORE_WITH_KEY = """
from django.conf import settings
from django.core.management import execute_from_command_line
settings.CREDENTIALS_KEYS = [{!r}]
execute_from_command_line(["manage.py", "restore", {!r}])
"""


class RepeatingReviewer(Reviewer):
    """Decides the same event again and again until stopped."""

    stopped = False

    def run(self) -> None:
        ((_, pk, fingerprint),) = self.events
        for version in count(1):
            if self.stopped:
                return
            key, approval = str(uuid4()), ("approved", "rejected")[version % 2]
            body = {"key": key, "version": version, "fingerprint": fingerprint, "approval": approval}
            while (
                answer := self.http.post(f"{self.url}/events/{pk}/decide/", data=body, timeout=60)
            ).status_code == 503:
                time.sleep(0.1)  # SQLite is being copied; the browser's outbox retries too
            if answer.status_code != 200:
                self.strange.append(f"{answer.status_code} {answer.text[:200]}")
                return
            self.acknowledged.append(key)

    def post(self, pk: str, body: dict[str, Any]) -> Any:
        return self.http.post(f"{self.url}/events/{pk}/decide/", data=body, timeout=60)


def acknowledged(team: list[RepeatingReviewer]) -> set[str]:
    return {key for person in team for key in person.acknowledged}


@pytest.mark.slow
@pytest.mark.case("K06")
def test_every_decision_acknowledged_before_a_backup_is_in_it(tmp_path: Path) -> None:
    people = 3
    with own_database(migrated=True) as url, house() as empty:
        current, copies, existing = Installation(url), [tmp_path / "first", tmp_path / "second"], []
        rows = shell(current.env, SEED.format(count=people))
        session = next(row[1] for row in rows if row[0] == "session")
        events = [row for row in rows if row[0] == "event"]
        with web(current.env) as (address, _):
            team = [RepeatingReviewer(address, session, [event]) for event in events]
            for person in team:
                person.start()
            for number, copy in enumerate(copies, start=1):
                while len(acknowledged(team)) < 20 * number and not any(person.strange for person in team):
                    time.sleep(0.01)
                existing.append(acknowledged(team))
                assert current.run("backup", str(copy))[0] == 0
                assert len(acknowledged(team)) > len(existing[-1]), "people decided during the backup"
            for person in team:
                person.stopped = True
                person.join()
        assert [strange for person in team for strange in person.strange] == []
        for before, copy in zip(existing, copies, strict=True):
            assert empty.run("restore", str(copy), "--force")[0] == 0
            details = empty.summary()
            assert before <= set(details["decisions"]) <= acknowledged(team)
            assert details["problems"] == []
