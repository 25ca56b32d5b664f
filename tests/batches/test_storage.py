"""Files that several hosts need: folders, or a bucket of a real object store on this machine."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ReadTimeoutError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.utils import timezone

from batches.errors import VendorRefused
from batches.export.files import forget_old, read_file, size_of, write_file
from batches.models import ExportRun, ImportRun
from batches.models.run import RunState
from batches.storage import footage_storage, storages_of
from batches.sync.footage_files import bucket_address, is_bucket

FOLDERS = {"uploads": Path("/u"), "exports": Path("/e")}


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """The address of an empty bucket, as FILES_URL."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  (a second)

    names = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_EC2_METADATA_DISABLED": "true"}
    before = {name: os.environ.get(name) for name in names}
    os.environ |= names
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    _, port = server.get_host_and_port()
    url = f"s3://files/reviewer?endpoint=http://127.0.0.1:{port}&region=us-east-1"
    try:
        import boto3  # noqa: PLC0415

        boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1").create_bucket(
            Bucket="files"
        )
        yield url
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@pytest.fixture
def bucket(settings: Any, object_store: str) -> None:
    settings.STORAGES = settings.STORAGES | storages_of(object_store, **FOLDERS)


@pytest.mark.django_db
@pytest.mark.usefixtures("bucket")
def test_a_download_made_on_one_host_is_read_on_another() -> None:
    run = ExportRun.objects.create(file="events.csv", idempotency_key=uuid4(), batches=[])
    written = write_file(run.pk, [b"abc" * 100_000, b"end"], lambda: None)
    assert (written.size, size_of(run.pk)) == (300_003, 300_003)
    assert b"".join(read_file(run.pk, 299_999, 300_003)) == b"cend"
    with pytest.raises(FileNotFoundError):
        size_of(run.pk + 1)
    now = timezone.now()
    ExportRun.objects.update(
        state=RunState.DONE,
        finished_at=now,
        expires_at=now + timedelta(hours=1),
        size=written.size,
        sha256=written.sha256,
    )
    assert (forget_old(), size_of(run.pk)) == (0, 300_003)
    ExportRun.objects.update(expires_at=timezone.now())
    assert forget_old() == 1
    with pytest.raises(FileNotFoundError):
        size_of(run.pk)


@pytest.mark.django_db
@pytest.mark.usefixtures("bucket")
def test_an_interrupted_download_leaves_nothing_in_the_bucket() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_file(7, [b"abc"], stop)
    assert storages["exports"].listdir("")[1] == []


@pytest.mark.usefixtures("bucket")
def test_an_upload_is_found_wherever_a_worker_runs() -> None:
    name = default_storage.save("imports/x", ContentFile(b"rows"))
    with default_storage.open(name) as stored:
        assert b"".join(stored.chunks()) == b"rows"
    default_storage.delete(name)
    assert not default_storage.exists(name)
    assert ImportRun._meta.get_field("file").max_length == 255


def test_footage_in_a_bucket_plays_from_its_signed_address(settings: Any, object_store: str) -> None:
    settings.STORAGES = settings.STORAGES | footage_storage(object_store)
    storages["footage"].save("fleet/1.mp4", ContentFile(b"0123456789"))
    assert is_bucket()
    answer = requests.get(bucket_address("fleet/1.mp4", 60), headers={"Range": "bytes=2-4"}, timeout=30)
    assert (answer.status_code, answer.content) == (206, b"234")
    for path, problem in (("fleet/2.mp4", "no file"), ("../1.mp4", "no file"), ("fleet/1.txt", "not the name")):
        with pytest.raises(VendorRefused, match=problem):
            bucket_address(path, 60)


def test_a_bucket_that_never_answers_is_given_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.storage.FILES_WAIT", 0.2)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"s3://files?endpoint=http://127.0.0.1:{silent.getsockname()[1]}&region=us-east-1"
        settings.STORAGES = settings.STORAGES | storages_of(url, **FOLDERS)
        with pytest.raises(ReadTimeoutError):
            default_storage.exists("a.csv")


@pytest.mark.parametrize("url", ["videos", "ftp://x", "s3://", "s3://b?endpont=x"])
def test_a_mistyped_place_of_footage_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FOOTAGE_FILES: valid is"):
        footage_storage(url)


@pytest.mark.parametrize("url", ["files", "ftp://x", "s3://", "s3://b?endpont=x", "/srv/files"])
def test_a_mistyped_address_of_files_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FILES_URL: valid is"):
        storages_of(url, **FOLDERS)


def test_without_an_address_files_lie_in_folders() -> None:
    locations = {name: value["OPTIONS"]["location"] for name, value in storages_of("", **FOLDERS).items()}
    assert locations == {"default": Path("/u"), "exports": Path("/e")}
