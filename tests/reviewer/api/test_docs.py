"""The examples of docs/api.md, as one script against the running server."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from batches.actions import decide, make_token
from batches.models import Decision, Event, ExportRun, Membership, MetadataEntry
from reviewer.downloads.tasks import make_export
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member
from tests.vendor_worlds import TL_BATCH, job, line, tl_batch

DOCUMENT = Path(settings.BASE_DIR / "docs/api.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
SHELL_EXAMPLES = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_documentation_run(live_server: LiveServer, capsys: Any) -> None:
    user = make_member(make_connection(), "reviewer", "rita")
    item = make_item(make_batch(user.memberships.get().connection, raw='{"status": "completed"}'), raw="{}")
    sdk = '{"t_start": "00:04", "t_end": "00:07", "approval": "pending"}'
    for _ in range(3):
        make_event(item, sdk=sdk)
    make_event(item, sdk=sdk, severity="low")
    _, text = make_token(user=user, scope="review", name="examples", days=1)
    make_link(item.batch, user, name="weekly report")
    _segments(user), _file(user)
    editor = make_member(item.batch.connection, "editor")
    _, meta = make_token(user=editor, scope="meta", name="metadata", days=1)
    _, read = make_token(user=user, scope="read", name="downloads", days=1)
    existing: dict[str, Any] = {"TOKEN": text, "META_TOKEN": meta, "READ_TOKEN": read, "URL": live_server.url}
    for number, example in enumerate(EXAMPLES):
        exec(compile(example, f"docs/api.md, example {number + 1}", "exec"), existing)
        for run in ExportRun.objects.filter(state="queued"):
            make_export(run.pk)  # a worker's part
    existing["tl"]._client_wrapper.httpx_client.httpx_client.close()  # the SDK never does
    assert len(existing["events"]) == 3
    assert len(existing["videos"]) == 1
    (video,) = existing["approved"]["results"]
    assert [event["label"] for event in video["events"]] == ["A bicycle without light"]
    assert existing["csv_text"].count("\r\n") == 6
    assert Decision.objects.count() == 2 + 1 + 1 + 2 + 2 + 1
    assert MetadataEntry.objects.get(name="version").value == 3
    out = capsys.readouterr().out
    for details in (
        "near misses {'pending': 4", "Query,Video,Approval Status", "weekly report True 0",
        "clip-000 ready ['approved']",
        "drive 1.mp4 succeeded [{'event_id'",
    ):  # fmt: skip
        assert details in out


@pytest.mark.django_db(transaction=True)
def test_the_examples_for_a_shell_run(live_server: LiveServer) -> None:
    event = make_event(make_item(make_batch()))
    user = make_member(event.batch.connection, "reviewer")
    _, token = make_token(user=user, scope="review", name="shell", days=1)
    variables = {"TOKEN": token, "URL": live_server.url, "BATCH": str(event.batch_id), "EVENT": str(event.pk)}

    def run(example: str, **more: str) -> Any:
        script = ["bash", "-euc", example]
        done = subprocess.run(script, env=os.environ | variables | more, capture_output=True, check=True, timeout=30)
        return json.loads(done.stdout)

    listed, decided = SHELL_EXAMPLES
    (pending,) = run(listed)["results"]
    assert pending["id"] == event.pk
    (after,) = run(decided, ETAG=pending["etag"])["events"]
    assert (after["approval"], Decision.objects.get().approval) == ("approved", "approved")


def _segments(user: User) -> None:
    """A batch of TwelveLabs with one decided segment."""
    batch = make_batch(
        make_connection(vendor="twelvelabs"),
        external_id=TL_BATCH,
        prompt="",
        raw=json.dumps(tl_batch([line(0)])["batch"]),
    )
    Membership.objects.create(user=user, connection=batch.connection, role="reviewer")
    _decided(make_event(make_item(batch, raw=json.dumps(line(0)))), user)


def _file(user: User) -> None:
    """A batch of Wickson with one decided job."""
    batch = make_batch(make_connection(vendor="wickson"), external_id="batch-7d31c0", prompt="")
    Membership.objects.create(user=user, connection=batch.connection, role="reviewer")
    _decided(make_event(make_item(batch, raw=json.dumps(job(1)))), user)


def _decided(event: Event, user: User) -> None:
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="approved",
        by=user,
        idempotency_key=uuid4(),
    )
