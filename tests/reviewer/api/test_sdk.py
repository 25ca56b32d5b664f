"""The vendor's SDK against our running server: equal to the vendor until somebody decides, then exactly that
differs.
"""

import copy
import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from nomadic import NomadicAI
from nomadic.exceptions import APIError, AuthenticationError
from pytest_django.live_server_helper import LiveServer

from batches.actions import correct, decide, request_sync, undo
from batches.export.cells import utc
from batches.models import AccountVideo, Batch, Connection, Event, Folder, Item, MetadataEdit, MetadataPush, Role, Scope
from batches.sandbox.demo import DEMO_BATCHES, demo_world
from batches.sandbox.server import Sandbox
from batches.sync.push import push
from batches.sync.run import sync
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.reviewer.api.conftest import make_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The demo as it stands after an hour, when nothing changes any more."""
    folder: Path = tmp_path_factory.mktemp("footage")
    with Sandbox(demo_world(folder), fast_forward=3600.0) as running:
        yield running


@pytest.fixture
def vendors(sandbox: Sandbox) -> NomadicAI:
    return NomadicAI(api_key=sandbox.key, base_url=sandbox.url)


@pytest.fixture
def connection(sandbox: Sandbox, settings: Any) -> Connection:
    settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
    settings.CLIP_ORIGINS = [sandbox.url]
    return make_connection(base_url=sandbox.url, key=sandbox.key)


@pytest.fixture
def ours(connection: Connection, live_server: LiveServer) -> NomadicAI:
    key = make_token(make_member(connection, Role.REVIEWER, "rita"), Scope.READ)
    return NomadicAI(api_key=key, base_url=live_server.url)


def synced(connection: Connection, name: str) -> Batch:
    batch = make_batch(connection, external_id=DEMO_BATCHES[name], prompt="")
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)  # type: ignore[arg-type]
    batch.refresh_from_db()
    return batch


def approve(event: Event, approval: str = "approved") -> None:
    by = event.batch.connection.memberships.get().user
    decide(
        event_id=event.pk,
        version=event.version,
        fingerprint=event.fingerprint,
        approval=approval,
        by=by,
        idempotency_key=uuid4(),
    )


@pytest.mark.parametrize("name", ["near misses", "processing", "failures"])
def test_until_somebody_decides_the_sdk_reads_what_it_reads_from_the_vendor(
    connection: Connection, vendors: NomadicAI, ours: NomadicAI, name: str
) -> None:
    synced(connection, name)
    batch_id = DEMO_BATCHES[name]
    for approvals in (None, "approved", ["pending", "invalid"]):
        theirs = vendors.get_batch_analysis(batch_id, filter=approvals)
        assert theirs["results"] or approvals
        assert json.dumps(ours.get_batch_analysis(batch_id, filter=approvals)) == json.dumps(theirs)
        theirs = vendors.get_batch_analysis(batch_id, filter=approvals, as_csv=True)
        assert ours.get_batch_analysis(batch_id, filter=approvals, as_csv=True) == theirs


def test_after_decisions_exactly_the_decided_approvals_differ(
    connection: Connection, vendors: NomadicAI, ours: NomadicAI
) -> None:
    batch = synced(connection, "near misses")
    expected = copy.deepcopy(dict(vendors.get_batch_analysis(batch.external_id)))
    decided = {}
    for number, approval in ((3, "rejected"), (17, "approved"), (40, "invalid")):
        event = batch.events.in_order()[number]
        approve(event, approval)
        decided[event.external_id] = approval
        for result in expected["results"]:
            for row in result["events"]:
                if row["event_id"] == event.external_id:
                    row["approval"] = approval
    corrected = batch.events.in_order()[50]
    by, values = (
        batch.connection.memberships.get().user,
        {"severity": "low", "category": "Tailgating", "label": "A van"},
    )
    correct(event_id=corrected.pk, version=corrected.version, fingerprint=corrected.fingerprint, values=values, by=by,
            idempotency_key=uuid4())  # fmt: skip
    read = ours.get_batch_analysis(batch.external_id)
    [row] = [row for result in read["results"] for row in result["events"] if row["event_id"] == corrected.external_id]
    assert {name: row[name] for name in values} == values
    undo(batch_id=batch.pk, by=by, idempotency_key=uuid4())
    assert json.dumps(ours.get_batch_analysis(batch.external_id)) == json.dumps(expected)
    lines = csv.DictReader(StringIO(vendors.get_batch_analysis(batch.external_id, as_csv=True), newline=""))
    cells = [line | {"Approval Status": decided.get(line["Event ID"], line["Approval Status"])} for line in lines]
    own = csv.DictReader(StringIO(ours.get_batch_analysis(batch.external_id, as_csv=True), newline=""))
    assert list(own) == cells
    only = ours.get_batch_analysis(batch.external_id, filter="invalid")
    theirs = vendors.get_batch_analysis(batch.external_id, filter="invalid")
    assert sum(len(result["events"]) for result in only["results"]) == 1 + sum(
        len(result["events"]) for result in theirs["results"]
    )


def test_events_the_sdk_stumbles_over_at_the_vendor_do_not_stop_it_here(
    connection: Connection, ours: NomadicAI
) -> None:
    batch = synced(connection, "odd records")
    read = ours.get_batch_analysis(batch.external_id)
    listed = batch.events.filter(gone_at=None).count()
    assert sum(len(result["events"]) for result in read["results"]) == listed > 0
    assert batch.quarantine.count() > 0


def test_the_sdk_gets_the_owner_of_the_key(ours: NomadicAI) -> None:
    answer = ours.verify_auth()
    assert (answer["valid"], answer["email"], answer["scope"]) == (True, "rita", "read")


def test_my_videos_are_those_of_the_batches_one_may_see(connection: Connection, ours: NomadicAI) -> None:
    item = make_item(make_batch(connection), name="Market Street.mp4")
    make_item(make_batch(connection), external_id=item.external_id, name="")  # in two batches, once in the list
    make_item()  # somebody else's
    assert ours.my_videos() == [
        {"video_id": item.external_id, "video_name": item.name, "filename": item.name, "duration_s": None,
            "status": "uploaded"}
    ]  # fmt: skip
    with pytest.raises(APIError, match="No folder 'north' is known here"):
        ours.my_videos(folder="north")


def test_folders_and_listed_videos_are_those_of_accounts_one_edits(connection: Connection, ours: NomadicAI) -> None:
    for scope in ("org", "user"):
        folder = Folder.objects.create(connection=connection, external_id=f"f-{scope}", name="Fleet", scope=scope)
        AccountVideo.objects.create(
            connection=connection, external_id=f"v-{scope}", name="Night.mp4", folder=folder, seconds=4.5,
            status="processing", org_id="org_33" if scope == "org" else "",
        )  # fmt: skip
    assert ours.my_videos() == [], "a reviewer sees only the videos of batches"
    connection.memberships.update(role="editor")
    make_item(make_batch(connection), external_id="v-org")
    assert [row["video_id"] for row in ours.my_videos()] == ["v-org", "v-user"], "each once"
    (row,) = ours.my_videos(folder="Fleet")
    assert (row["video_id"], row["duration_s"], row["status"], row["folder_id"]) == (
        "v-user", 4.5, "processing", "f-user",
    )  # fmt: skip
    assert [row["org_id"] for row in ours.my_videos(folder="Fleet", scope="org")] == ["org_33"]
    folder = ours.get_folder("Fleet", scope="org")
    assert (folder["id"], folder["scope"], folder["video_count"]) == ("f-org", "org", 1)
    with pytest.raises(APIError, match="No folder 'Winter' is known here"):
        ours.get_folder("Winter")


def test_visualize_plays_addresses_the_vendor_signed(connection: Connection, ours: NomadicAI, sandbox: Sandbox) -> None:
    batch = synced(connection, "failures")
    page = ours.visualize(batch.external_id, display=False, only_with_events=True)
    assert page.count(f'<source src="{sandbox.url}/media/clips/') == page.count("<video ") > 0


def test_the_documented_review_state_and_metadata_are_there(
    connection: Connection, ours: NomadicAI, live_server: LiveServer
) -> None:
    batch = make_batch(connection, raw='{"status": "completed"}', vendor_metadata={"version": 2, "note": "é"})
    events = [make_event(make_item(batch)) for _ in range(2)]
    key = {"X-API-Key": ours.api_key}

    def state() -> tuple[str, str]:
        body = requests.get(f"{live_server.url}/api/batch/{batch.external_id}/status", headers=key, timeout=5).json()
        assert body["metadata"] == {"version": 2, "note": "é"}
        return body["review_status"], body["review_status_updated_at"]

    assert state() == ("not_started", "N/A")
    approve(events[0])
    assert state() == ("in_progress", "N/A")
    approve(events[1], "invalid")
    events[1].refresh_from_db()
    assert state() == ("reviewed", utc(events[1].decided_at))


def test_metadata_goes_in_through_the_sdk_and_on_to_the_vendor(
    connection: Connection, vendors: NomadicAI, live_server: LiveServer
) -> None:
    batch = synced(connection, "near misses")
    before = dict(batch.vendor_metadata)
    editor = make_member(connection, Role.EDITOR, "edda")
    ours = NomadicAI(api_key=make_token(editor, Scope.META), base_url=live_server.url)
    answer = ours.add_batch_metadata(batch.external_id, {"reviewed_by": "edda", "round": 2})
    merged = {**before, "reviewed_by": "edda", "round": 2}
    assert answer == {"success": True, "batch_id": batch.external_id, "metadata": merged}
    run = push(batch.metadata_pushes.get().pk)
    assert run
    assert run.state == "done"
    assert vendors.add_batch_metadata(batch.external_id, {})["metadata"] == merged


def test_metadata_is_refused_to_the_script_with_the_reason(
    connection: Connection, ours: NomadicAI, live_server: LiveServer
) -> None:
    batch = make_batch(connection, vendor_metadata={"version": 2})
    with pytest.raises(APIError, match="has the scope read; this call needs meta"):
        ours.add_batch_metadata(batch.external_id, {"version": 3})
    editor = make_member(connection, Role.EDITOR)
    ours = NomadicAI(api_key=make_token(editor, Scope.META), base_url=live_server.url)
    with pytest.raises(APIError, match="done: A value must be text or a whole number, not true or false"):
        ours.add_batch_metadata(batch.external_id, {"done": True})
    assert (MetadataEdit.objects.count(), MetadataPush.objects.count()) == (0, 0)


def test_refusals_reach_the_script_as_the_sdks_own_errors(
    connection: Connection, ours: NomadicAI, live_server: LiveServer
) -> None:
    with pytest.raises(APIError, match="Batch not found"):
        ours.get_batch_analysis("unknown")
    with pytest.raises(AuthenticationError):
        NomadicAI(api_key="rev_wrong", base_url=live_server.url).verify_auth()
    strangers = make_batch()
    with pytest.raises(APIError, match="Batch not found"):
        ours.get_batch_analysis(strangers.external_id)


def test_a_batch_on_two_of_ones_connections_is_refused_instead_of_guessed(
    connection: Connection, ours: NomadicAI
) -> None:
    batch, other = make_batch(connection), make_connection()
    make_batch(other, external_id=batch.external_id)
    other.memberships.create(user=connection.memberships.get().user, role=Role.VIEWER)
    with pytest.raises(APIError, match="Several of your connections"):
        ours.get_batch_analysis(batch.external_id)


def test_a_batch_that_was_never_synced_is_pending_and_empty(connection: Connection, ours: NomadicAI) -> None:
    batch = make_batch(connection)
    assert ours.get_batch_analysis(batch.external_id)["results"] == []


def test_the_order_and_the_repeats_of_the_vendors_list_are_kept(connection: Connection, ours: NomadicAI) -> None:
    batch = make_batch(connection, raw='{"status": "completed", "config": {}}')
    late = make_item(batch, position=1, raw="{}")
    first = make_item(batch, position=0, repeats=[2], raw='{"detected_events": [{"label": "stale"}]}')
    gone = make_item(batch, position=3, raw="{}")
    Item.objects.filter(pk=gone.pk).update(gone_at="2026-01-01T00:00Z")
    make_event(late, sdk='{"t_start": "00:01", "t_end": "00:02", "approval": "pending"}')
    read = ours.get_batch_analysis(batch.external_id)["results"]
    assert [(row["video_id"], len(row["events"])) for row in read] == [
        (first.external_id, 0), (late.external_id, 1), (first.external_id, 0),
    ]  # fmt: skip
