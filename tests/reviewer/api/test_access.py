"""Scopes: every address of the API and the vendors' wire formats × every kind of token × every method."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from batches.models import Action, Batch, CloudImport, Connection, Event, Role, Scope, SyncRun, Token, VideoUpload
from reviewer.api.urls import urlpatterns, vendor_urlpatterns
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member
from tests.reviewer.api.conftest import Caller, caller, make_token, verdict

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EVERY, REVIEW, MEDIA, META, NONE = set(Scope), {Scope.REVIEW}, {Scope.READ, Scope.REVIEW}, {Scope.META}, set[Scope]()
START = {Scope.START}
READ = {"GET": EVERY, "HEAD": EVERY}
FILES = {"GET": {Scope.READ}, "HEAD": {Scope.READ}}  # downloads and links: no other scope
ODD = {"GET": FILES["GET"] | START, "HEAD": FILES["HEAD"] | START}  # downloads too, of what was started
POLICY: dict[str, dict[str, set[Scope]]] = {
    "api-schema": READ,
    "api-docs": {},  # a page: for people who are signed in
    "api-board": READ,
    "api-board-links": {**FILES, "POST": NONE},
    "api-batches": READ,
    "api-batch": READ,
    "api-batch-items": READ,
    "api-batch-events": READ,
    "api-batch-decisions": {**READ, "POST": REVIEW},
    "api-batch-metadata": {**READ, "POST": META},
    "api-batch-undo": {"POST": REVIEW},
    "api-batch-redo": {"POST": REVIEW},
    "api-batch-syncs": {**READ, "POST": NONE},
    "api-item": READ,
    "api-event": READ,
    "api-event-clip": {"GET": MEDIA, "HEAD": MEDIA},
    "api-event-decisions": {**READ, "POST": REVIEW},
    "api-event-corrections": {"POST": REVIEW},
    "api-item-events": {"POST": REVIEW},
    "api-sync": READ,
    "api-batch-download": FILES,
    "api-batch-links": {**FILES, "POST": NONE},
    "api-additions": {**READ, "POST": NONE},
    "api-addition": READ,
    "api-imports": {**READ, "POST": NONE},
    "api-import": {**READ, "POST": NONE},
    "api-connection-batches": {"POST": START},
    "api-connection-file-batches": {"POST": START},
    "api-connection-videos": READ,
    "api-start": READ,
    "api-connection-odd": {"POST": START},
    "api-odd": ODD,
    "api-odd-csv": ODD,
    "api-odd-zip": ODD,
    "api-connection-cloud-imports": {"POST": START},
    "api-cloud-import": READ,
    "api-cloud-import-videos": READ,
    "api-cloud-import-retry": {"POST": START},
    "api-connection-uploads": {**READ, "POST": START},
    "api-connection-upload-files": {"POST": START},
    "api-upload": READ,
    "api-upload-parts": {"POST": START},
    "api-upload-cancel": {"POST": START},
    "api-exports": {**FILES, "POST": {Scope.READ}},
    "api-export": FILES,
    "api-export-file": FILES,
    "api-links": FILES,
    "api-link": FILES,
    "api-link-revoke": {"POST": NONE},
    "api-link-rotate": {"POST": NONE},
    "sdk-verify": {"POST": EVERY},
    "sdk-status": READ,
    "sdk-bulk": {"POST": EVERY},
    "sdk-metadata": {**READ, "POST": META},
    "sdk-thumbnails": {"POST": MEDIA},
    "sdk-signed-url": {"POST": MEDIA},
    "sdk-create-batch": {"POST": START},
    "sdk-ask": {"POST": START},
    "sdk-prompt-fast": {"POST": START},
    "sdk-prompt-start": {"POST": START},
    "sdk-prompt-stream": {"POST": START},
    "sdk-odd": {"POST": START},
    "sdk-stitch": {"POST": START},
    "sdk-import": READ,
    "sdk-import-videos": READ,
    "sdk-prompt-events": {"GET": START, "HEAD": START},
    "sdk-search-start": {"POST": START},
    "sdk-search": {"POST": START},
    "sdk-search-session": {"GET": START, "HEAD": START},
    "sdk-analyze-edge": {"POST": START},
    "sdk-analysis": READ,
    "sdk-analysis-status": READ,
    "sdk-folder": READ,
    "sdk-upload": {"POST": START},
    "sdk-video-status": {"GET": START, "HEAD": START},
    "sdk-folder-make": {"POST": START},
    "sdk-folder-create": {"POST": START},
    "sdk-gcs": {"POST": START},
    "sdk-s3": {"POST": START},
    "sdk-import-retry": {"POST": START},
    "sdk-my-videos": READ,
    "twelvelabs-batches": READ,
    "twelvelabs-batch": READ,
    "twelvelabs-results": READ,
    "wickson-results": READ,
}
# Lists of what is one's own: a stranger gets an empty one.
LISTS = {
    "api-schema",
    "api-board",
    "api-board-links",
    "api-batches",
    "api-additions",
    "api-imports",
    "api-exports",
    "api-links",
    "sdk-verify",
    "sdk-my-videos",
    "twelvelabs-batches",
}
# What names an object only in its body, of one's own accounts: an empty body makes no sense to anybody.
OF_OWN_ACCOUNTS = {
    "sdk-create-batch": 422,
    "sdk-ask": 422,
    "sdk-prompt-fast": 400,
    "sdk-prompt-start": 400,
    "sdk-prompt-stream": 400,
    "sdk-odd": 422,
    "sdk-stitch": 400,
    "sdk-search": 422,
    "sdk-search-start": 400,
    "sdk-analyze-edge": 400,
    "sdk-upload": 422,
    "sdk-folder-make": 400,
    "sdk-folder-create": 400,
    "sdk-gcs": 400,
    "sdk-s3": 400,
}
EDITORS = {
    "api-connection-videos",
    "api-connection-uploads",
    "api-upload",
    "api-cloud-import",
    "api-cloud-import-videos",
    "sdk-prompt-events",
    "sdk-import",
    "sdk-import-videos",
    "sdk-import-retry",
    "sdk-search-session",
    "sdk-video-status",
}  # whatever the method
NAMES = sorted(set(POLICY) - {"api-docs"})
RIGHT = {
    200,
    202,
    400,
    404,
    422,
    428,
    502,
}  # let in; what was asked made no sense, or the vendor of these tests is away


def address(name: str, batch: Batch, event: Event) -> str:
    targets = {"batch": batch.pk, "item": event.item_id, "event": event.pk, "connection": batch.connection_id}
    match name:
        case _ if name in LISTS:
            return reverse(name)
        case "sdk-status" | "sdk-bulk" | "sdk-metadata":
            return reverse(name, args=[batch.external_id])
        case "twelvelabs-batch" | "twelvelabs-results" | "wickson-results":
            vendor = name.partition("-")[0]
            Connection.objects.filter(pk=batch.connection_id).update(vendor=vendor)
            Batch.objects.filter(pk=batch.pk).update(external_id=f"{batch.pk:024x}")
            return reverse(name, args=[f"{batch.pk:024x}"])
        case (
            "sdk-folder"
            | "sdk-create-batch"
            | "sdk-ask"
            | "sdk-prompt-fast"
            | "sdk-prompt-start"
            | "sdk-prompt-stream"
            | "sdk-odd"
            | "sdk-stitch"
            | "sdk-search-start"
            | "sdk-search"
            | "sdk-upload"
            | "sdk-folder-make"
            | "sdk-folder-create"
            | "sdk-gcs"
            | "sdk-s3"
        ):
            return reverse(name)
        case "sdk-thumbnails" | "sdk-analysis" | "sdk-analysis-status":
            return reverse(name, args=[event.item.external_id, event.item.analysis_id])
        case "sdk-import" | "sdk-import-videos" | "sdk-import-retry":
            return reverse(name, args=["job"])
        case "sdk-prompt-events":
            return reverse(name, args=["start-1000000"])
        case "sdk-search-session":
            return reverse(name, args=["owner", f"{batch.connection_id}~session"])
        case "sdk-signed-url" | "sdk-analyze-edge" | "sdk-video-status":
            return reverse(name, args=[event.item.external_id])
    if name.startswith("api-upload"):
        fields = {"connection": batch.connection, "file_name": "a.mp4", "size": 9, "part_bytes": 9}
        return reverse(name, args=[VideoUpload.objects.create(idempotency_key=uuid4(), **fields).pk])
    if name.startswith("api-cloud-import"):
        fields = {"connection": batch.connection, "provider": "s3", "keys": [], "total": 0}
        return reverse(name, args=[CloudImport.objects.create(idempotency_key=uuid4(), **fields).pk])
    file = ["events.csv"] if name == "api-batch-download" else []
    return reverse(name, args=[targets.get(name.split("-")[1], 10**6), *file])


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert {pattern.name for pattern in (*urlpatterns, *vendor_urlpatterns)} == set(POLICY)


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.case("A02", "T02")
def test_the_scopes(script: Caller, batch: Batch, event: Event, name: str) -> None:
    wrong = []
    turn = NAMES.index(name) % len(Scope)
    for scope in Scope:
        client = script(scope)
        # HEAD, and what the address does not know at all, are asked with one of the scopes.
        for method in METHODS if scope == list(Scope)[turn] else [each for each in POLICY[name] if each != "HEAD"]:
            status = client.generic(method, address(name, batch, event)).status_code
            rule = POLICY[name].get(method)
            right = {405} if rule is None else RIGHT if scope in rule else {403}
            if status not in right:
                wrong.append(f"{method} {name} with {scope}: {status}, expected one of {sorted(right)}")
    assert wrong == []


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.case("A02")
def test_the_roles_stand_above_the_scopes(account: Connection, batch: Batch, event: Event, name: str) -> None:
    wrong, turn = [], NAMES.index(name) % len(Scope)
    for role in (Role.VIEWER, Role.REVIEWER):  # editors are in test_the_scopes
        person = make_member(account, role)
        for scope in Scope:
            client = caller(make_token(person, scope))
            for method, rule in POLICY[name].items():
                if method == "HEAD" and scope != list(Scope)[turn]:
                    continue
                needed = min((row.role for row in rule), key=lambda role: role.rank, default=Role.VIEWER)
                least = Role.EDITOR if name in EDITORS else needed if method == "POST" else Role.VIEWER
                status = client.generic(method, address(name, batch, event)).status_code
                right = RIGHT if scope in rule and role.rank >= least.rank else {403}
                if status not in right:
                    wrong.append(f"{method} {name} as {role} with {scope}: {status}, expected {sorted(right)}")
    assert wrong == []


@pytest.mark.once
@pytest.mark.case("T01")
def test_no_address_of_the_api_gives_out_a_token_or_key(account: Connection, batch: Batch, event: Event) -> None:
    link, link_token = make_link(batch)
    person = make_member(account, Role.EDITOR)
    text = make_token(person, Scope.READ)
    client = caller(text)
    secrets = [text, Token.objects.get().digest, link_token, link.digest, account.api_key, person.password]
    for name in NAMES:
        for method in ("GET", "POST"):
            if method in POLICY[name]:
                body = client.generic(method, address(name, batch, event)).getvalue().decode()
                assert [secret for secret in secrets if secret in body] == [], name


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_401_and_a_stranger_finds_nothing(batch: Batch, event: Event, name: str) -> None:
    stranger = make_member(make_connection(), Role.EDITOR)
    for method, scopes in POLICY[name].items():
        assert Client().generic(method, address(name, batch, event)).status_code == 401
        script = caller(make_token(stranger, min(scopes, default=Scope.REVIEW)))
        status = script.generic(method, address(name, batch, event)).status_code
        if name in LISTS:
            assert status == (403 if not scopes else 400 if name == "api-exports" and method == "POST" else 200)
        elif name in OF_OWN_ACCOUNTS:
            assert status == OF_OWN_ACCOUNTS[name]
        else:
            assert status == (404 if scopes else 403)


@pytest.mark.parametrize(("scope", "role"), [(Scope.READ, "editor"), (Scope.META, "editor"), (Scope.REVIEW, "viewer")])
def test_viewers_change_nothing(script: Caller, batch: Batch, event: Event, scope: Scope, role: str) -> None:
    client = script(scope, role)
    many = {"approval": "approved", "events": [{"id": event.pk, "version": 1, "fingerprint": event.fingerprint}]}
    sent: dict[str, Any] = verdict(event)
    assert client.post(f"/api/v1/events/{event.pk}/decisions/", **sent).status_code == 403
    corrections = {**sent, "data": {"label": "x"}}
    assert client.post(f"/api/v1/events/{event.pk}/corrections/", **corrections).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/decisions/", **{**sent, "data": many}).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/undo/", **{**sent, "data": {}}).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/syncs/").status_code == 403
    assert (Action.objects.count(), SyncRun.objects.count(), Event.objects.get(pk=event.pk).version) == (0, 0, 1)


def test_a_signed_in_editor_requests_a_sync(editor: Client, viewer: Client, batch: Batch) -> None:
    address = f"/api/v1/batches/{batch.pk}/syncs/"
    assert viewer.post(address).status_code == 403
    answer = editor.post(address)
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (202, run.pk, "queued")
    assert editor.post(address).json()["id"] == run.pk
    assert viewer.get(address).json()["results"] == [viewer.get(f"/api/v1/syncs/{run.pk}/").json()]


SIGNED = "https://media.example/SECRET/thumb.jpg?X-Signature=SECRET&part=1"
# As a text, within a text, in JSON that is a text (with slashes and ampersands escaped), inline, without a scheme.
SAID = {
    "annotated_thumbnail_url": SIGNED, "deep": [{"clip": SIGNED.replace("https", "GS")}],
    "words": f"see {SIGNED}, then",
    "data": json.dumps({"url": SIGNED, "n": 1}).replace("/", "\\/").replace("&", "\\u0026"),
    "inline": "data:image/png;base64,SECRET", "bare": "//media.example/SECRET", "kept": "12:30 and/or 1/2",
}  # fmt: skip
SCRUBBED = {
    "annotated_thumbnail_url": "", "deep": [{"clip": ""}], "words": "see  then", "data": '{"url": "", "n": 1}',
    "inline": "", "bare": "", "kept": "12:30 and/or 1/2",
}  # fmt: skip


def addresses_of_everything(vendor: str) -> tuple[Connection, Event, list[tuple[str, str]]]:
    """A batch with media addresses in all places a vendor can put them; what reads it, as (method, address)."""
    raw = json.dumps(SAID | {"status": "completed"})
    connection = make_connection(name=vendor, vendor=vendor)
    batch = make_batch(
        connection, external_id=f"{7:024x}", viewer_url=SIGNED, vendor_metadata={"wiki": "https://wiki.example/x"},
        raw=json.dumps(SAID | {"batch_summary": SAID, "statistics": SAID}),
    )  # fmt: skip
    item = make_item(batch, source_uri="s3://SECRET/a.mp4", raw=raw, error=f"cannot read {SIGNED}", summary=SIGNED)
    event = make_event(item, thumbnail_url=SIGNED, ai_text=SIGNED, sdk=raw, raw=raw)
    wire = {
        "nomadic": [("GET", f"/api/batch/{batch.external_id}/status"), ("GET", "/api/my-videos"),
                    ("POST", f"/api/batch/{batch.external_id}/analyses/bulk")],
        "twelvelabs": [("GET", "/v1.3/analyze/batches"), ("GET", f"/v1.3/analyze/batches/{batch.external_id}"),
                       ("GET", f"/v1.3/analyze/batches/{batch.external_id}/results")],
        "wickson": [("GET", f"/v1/batches/{batch.external_id}/results")],
    }[vendor]  # fmt: skip
    current = [f"batches/{batch.pk}/{part}" for part in ("", "items/", "events/", "decisions/", "syncs/", "metadata/")]
    own = ["batches/", *current, f"items/{item.pk}/", f"events/{event.pk}/"]
    return connection, event, [("GET", f"/api/v1/{row}") for row in own] + wire


@pytest.mark.parametrize("vendor", ["nomadic", "twelvelabs", "wickson"])
def test_a_token_for_metadata_reads_no_address_of_media_anywhere(db: None, vendor: str) -> None:
    connection, event, calls = addresses_of_everything(vendor)
    editor = make_member(connection, Role.EDITOR)
    note = {"decided_by": editor, "decided_at": timezone.now(), "note": "https://wiki.example/why"}
    Event.objects.update(**note)
    details: dict[str, list[str]] = {}
    for scope in (Scope.META, Scope.READ):
        client = caller(make_token(editor, scope))
        bodies = [
            getattr(client, method.lower())(
                address, {"video_ids": [event.item.external_id]}, content_type="application/json"
            ) if method == "POST" else client.get(address)
            for method, address in calls
        ]  # fmt: skip
        assert [body.status_code for body in bodies] == [200] * len(calls)
        details[scope] = [body.getvalue().decode() for body in bodies]
    assert [address for (_, address), body in zip(calls, details[Scope.META], strict=True) if "SECRET" in body] == []
    assert [body.count("SECRET") > 0 for body in details[Scope.READ]].count(True) >= 6
    whole = json.loads(details[Scope.META][[call for _, call in calls].index(f"/api/v1/events/{event.pk}/")])
    assert (whole["raw"], whole["sdk"]) == (SCRUBBED | {"status": "completed"}, SCRUBBED | {"status": "completed"})
    assert (whole["note"], whole["url"].endswith(f"/events/{event.pk}/")) == (note["note"], True)
    first = json.loads(details[Scope.META][0])["results"][0]
    assert (first["batch_viewer_url"], first["metadata"]) == ("", {"wiki": "https://wiki.example/x"})
