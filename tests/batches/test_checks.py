"""Start-up checks: a mistake in the settings is named before the first request."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError
from django.db import connection

from batches import checks
from batches.checks import credentials_keys
from batches.management.commands.up import connections_of
from batches.management.prepare import check_connections, problems


@pytest.mark.parametrize("keys", [["too-short"], [Fernet.generate_key().decode(), "x" * 44], []])
@pytest.mark.case("K08", "T08")
def test_a_malformed_credentials_key_is_named_at_the_start(settings: Any, keys: list[str]) -> None:
    settings.CREDENTIALS_KEYS = keys
    assert [message.id for message in credentials_keys()] == ["batches.E002"]


def test_good_credentials_keys_pass(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()] * 2
    assert credentials_keys() == []


@pytest.mark.case("K08")
def test_a_sqlite_file_on_a_network_file_system_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "disk / ext4 rw 0 0\nserver:/data /srv nfs4 rw 0 0\nhome /srv/local xfs rw 0 0\nx /mnt fuse.sshfs rw 0 0\n"
    )
    monkeypatch.setattr(checks, "MOUNTS", mounts)
    kinds = {path: checks.file_system(Path(path)) for path in ("/var", "/srv/x", "/srv/local/y", "/mnt/z")}
    assert kinds == {"/var": "ext4", "/srv/x": "nfs4", "/srv/local/y": "xfs", "/mnt/z": "fuse.sshfs"}
    for folder, ids in {"/var": [], "/srv/x": ["batches.E003"], "/mnt/z": ["batches.E003"]}.items():
        monkeypatch.setattr(checks, "sqlite_folder", lambda folder=folder: Path(folder))
        assert [message.id for message in checks.sqlite_file_system()] == ids


def test_little_free_disk_is_a_warning(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_URL_ROOT = tmp_path / "not" / "yet"
    assert tmp_path in checks.free_bytes()
    monkeypatch.setattr(checks, "DISK_TOO_FULL", 2**62)
    assert {message.id for message in checks.disk_space()} == {"batches.W001"}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no connections")
@pytest.mark.case("K08")
def test_too_few_connections_of_postgresql_are_named() -> None:
    check_connections(22)
    with pytest.raises(
        CommandError, match=r"has \d+ connections for this; 400 are needed.*Set max_connections to at least 4"
    ):
        check_connections(400)


@pytest.mark.parametrize(("threads", "pool", "needed"), [(8, 10, 36), (100, 10, 38), (4, 10, 28)])
def test_connections_are_counted_by_process(
    monkeypatch: pytest.MonkeyPatch, threads: int, pool: int, needed: int
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"max_size": pool})
    assert connections_of({"workers": 2, "threads": threads, "jobs": 2}) == needed


@pytest.mark.once
@pytest.mark.django_db
def test_an_installation_without_email_is_warned_of_nothing(settings: Any) -> None:
    settings.MAILERS, settings.SILENCED_SYSTEM_CHECKS = {}, ["mail.W001"]  # as without EMAIL_URL
    assert not [line for line in problems() if "MAILERS" in line]


def test_a_sqlite_file_that_cannot_be_written_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "reviewer.sqlite3"
    file.touch()
    monkeypatch.setattr(checks, "sqlite_folder", lambda: tmp_path)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(file))
    assert checks.sqlite_writable() == []
    for path in (file, tmp_path):
        monkeypatch.setattr("os.access", lambda asked, mode, refused=path: asked != refused)  # root may anything
        [message] = checks.sqlite_writable()
        assert (message.id, f"{path} cannot be written" in str(message.msg)) == ("batches.W002", True)
