"""The pages that import from cloud storage: a list and its errors, progress, retries, and a batch with what is up."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from batches.models import CloudImport, Connection, ImportedVideo
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.cloud_imports import import_from_cloud
from tests import worlds
from tests.factories import make_connection, make_member
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

LIST = "gs://fleet-archive/a.mp4\ngs://fleet-archive/broken.mp4"


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=1)}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(name="Fleet West", base_url=vendor.url, key=vendor.key)


@pytest.fixture
def address(account: Connection) -> str:
    return f"/connections/{account.pk}/cloud-imports/"


def form(**fields: Any) -> dict[str, Any]:
    return {"key": uuid4(), "addresses": LIST, "integration": "int_gcs_fleet", "scope": "user"} | fields


@pytest.fixture
def ended(editor: Client, address: str, vendor: Sandbox) -> CloudImport:
    """An import with one uploaded and one failed video."""
    editor.post(address, form())
    run = CloudImport.objects.get()
    import_from_cloud(run.pk)
    vendor.state.fast_forward(3600)
    CloudImport.objects.update(retry_at=timezone.now())
    import_from_cloud(run.pk)
    run.refresh_from_db()
    return run


def test_a_list_becomes_an_import_once(editor: Client, address: str, account: Connection) -> None:
    text = compact(editor.get(address).content)
    assert "Fleet archive (Google Cloud Storage, fleet-archive)" in text
    assert "Open roads" not in text
    body = form(addresses="")
    for _ in range(2):
        file = SimpleUploadedFile("list.txt", b"\xef\xbb\xbf" + LIST.encode())
        answer = editor.post(address, body | {"file": file})
    run = CloudImport.objects.get()
    assert (answer.headers["Location"], run.keys) == (f"/cloud-imports/{run.pk}/", ["a.mp4", "broken.mp4"])
    assert "Starting" in editor.get(f"/cloud-imports/{run.pk}/", headers={"HX-Target": "import-panel"}).text
    assert f"/cloud-imports/{run.pk}/" in editor.get(address).text
    assert f'href="{address}"' in editor.get(f"/connections/{account.pk}/videos/").text


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({"addresses": ""}, "Enter at least one address"),
        ({"addresses": "gs://a/b.mp4"}, "Expected gs://bucket/name.mp4"),
        ({"integration": ""}, "Choose an integration"),
        ({"folder": "999"}, "folder: "),
        ({"key": "x"}, "key: "),
        ({"file": SimpleUploadedFile("list.txt", b"\xff\xfe\x00")}, "A list is a text file in UTF-8."),
    ],
)
def test_an_invalid_list_is_refused_with_the_reason(
    editor: Client, address: str, fields: dict[str, Any], phrase: str
) -> None:
    answer = editor.post(address, form(**fields))
    assert (answer.status_code, CloudImport.objects.count()) == (422, 0)
    assert phrase in answer.text


def test_an_integration_can_be_typed_while_the_vendor_is_away(editor: Client, address: str, vendor: Sandbox) -> None:
    vendor.faults = Faults(first=["503"] * 9)
    page = editor.get(address)
    assert "The integrations could not be listed" in page.text
    assert '<input type="text" name="integration"' in page.text


def test_an_import_shows_what_came_of_it(editor: Client, ended: CloudImport) -> None:
    page = f"/cloud-imports/{ended.pk}/"
    text = compact(editor.get(page).content)
    for phrase in (
        "Imported in part", "2 of 2 listed by the vendor", "1 uploaded", "1 failed", "gs://fleet-archive/broken.mp4",
        "Start a batch with 1 video", "Retry 1 failed video",
    ):  # fmt: skip
        assert phrase in text
    anew = editor.get(f"/connections/{ended.connection_id}/cloud-imports/?again={ended.pk}").text
    assert "gs://fleet-archive/broken.mp4</textarea>" in anew
    assert editor.post(page, {"do": "retry"}).status_code == 302
    assert "Importing" in editor.get(page).text
    refused = editor.post(page, {"do": "retry"})
    assert (refused.status_code, "Wait until the import has ended" in refused.text) == (422, True)
    assert editor.post(page, {"do": "stop"}).status_code == 422


def test_an_import_is_checked_again(editor: Client, ended: CloudImport) -> None:
    assert editor.post(f"/cloud-imports/{ended.pk}/", {"do": "check"}).status_code == 302
    ended.refresh_from_db()
    assert (ended.state, ended.finished_at) == ("queued", None)


def test_an_unknown_outcome_says_how_to_check(editor: Client, address: str) -> None:
    editor.post(address, form())
    now = timezone.now()
    CloudImport.objects.update(state="incomplete", sent_at=now, finished_at=now, message="Check.")
    pk = CloudImport.objects.get().pk
    assert f"{LIST}</textarea>" in editor.get(f"{address}?again={pk}").text
    text = compact(editor.get(f"/cloud-imports/{pk}/").content)
    assert "May have started" in text
    assert "List the account's videos" in text
    assert "Retry" not in text


def test_a_batch_starts_with_what_is_uploaded(editor: Client, ended: CloudImport) -> None:
    start = f"/batches/start/?connection={ended.connection_id}&import="
    page = editor.get(f"{start}{ended.pk}")
    uploaded = ended.videos.get(status=ImportedVideo.UPLOADED)
    assert [(video.external_id, video.name, ticked) for video, ticked in page.context["videos"]] == [
        (uploaded.external_id, "a.mp4", True)
    ]
    assert "Analyse 1 video" in compact(page.content)
    assert "1 left out" in compact(page.content)
    foreign = CloudImport.objects.create(
        connection=make_connection(name="other"), idempotency_key=uuid4(), provider="s3", keys=[]
    )
    assert editor.get(f"{start}{foreign.pk}").status_code == 404


def test_only_editors_import(sign_in: SignIn, ended: CloudImport, address: str) -> None:
    for client, status in ((sign_in(ended.connection, "reviewer"), 403), (sign_in(), 404)):
        for page in (address, f"/cloud-imports/{ended.pk}/"):
            assert client.get(page).status_code == status
            sent = client.post(page, "do=retry", content_type="application/x-www-form-urlencoded")
            assert sent.status_code == status
    other = make_connection(vendor="twelvelabs")
    client = Client()
    client.force_login(make_member(other, "editor"))
    foreign = f"/connections/{other.pk}/cloud-imports/"
    assert "does not import from cloud storage" in client.get(foreign).text
    assert client.post(foreign, form()).status_code == 422
    assert CloudImport.objects.count() == 1
