"""`start_batch`: one batch for one intent, and exit codes a script can rely on."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batches.models import Batch, BatchStart, Connection
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests import worlds
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    rows = [{"video_id": f"video{number}", "folder_name": "Fleet"} for number in range(2)]
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        make_connection(name="fleet", base_url=sandbox.url, key=sandbox.key)
        yield sandbox


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("start_batch", "--connection", "fleet", *arguments, stdout=out)
    return out.getvalue().splitlines()[-1]


@pytest.mark.usefixtures("vendor")
def test_the_same_intent_names_the_same_batch() -> None:
    lines = [run("--folder", "Fleet", "--ask", "near misses", "--intent", "nightly 1") for _ in range(2)]
    batch = Batch.objects.get()
    assert lines == [f"{batch.pk} {batch.external_id}"] * 2
    assert BatchStart.objects.get().videos == ["video0", "video1"]
    run("--videos", "video0", "--agent", "turn", "--intent", "nightly 2", "--wait")
    assert Batch.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--videos", "nobody", "--ask", "x"], 1, "Refused: .*Video nobody not found"),
        (["--folder", "empty", "--ask", "x"], 2, "The folder 'empty' has no videos"),
        (["--videos", "video0", "--ask", " "], 2, "Enter a prompt"),
        (["--videos", "video0", "--agent", "spy"], 2, "Unknown agent 'spy'"),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_a_failed_start_is_reported_with_its_exit_code(arguments: list[str], code: int, message: str) -> None:
    with pytest.raises(CommandError, match=message) as refusal:
        run(*arguments)
    assert (refusal.value.returncode, Batch.objects.count()) == (code, 0)


@pytest.mark.usefixtures("vendor", "no_waiting")
def test_a_start_that_is_put_off_is_not_called_unknown() -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    with pytest.raises(CommandError, match=r"Put off: .*Next attempt 20\d\d-.* UTC, by the service\.") as refusal:
        run("--videos", "video0", "--ask", "x")
    assert (refusal.value.returncode, BatchStart.objects.get().sent_at) == (1, None)


def test_an_unknown_outcome_is_reported_and_not_retried(vendor: Sandbox) -> None:
    vendor.faults = Faults(first=["reset"])
    for _ in range(2):
        with pytest.raises(CommandError, match=r"Unknown: .*may have started"):
            run("--videos", "video0", "--ask", "x", "--intent", "one")
    assert sum(call.path == "/api/create-batch" for call in vendor.calls) == 1
