"""`import_cloud`: one import for one intent, and exit codes a script can rely on."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from batches.jobs.claims import new_claim
from batches.management.commands.import_cloud import LOOK_AGAIN
from batches.models import CloudImport, Folder
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync import cloud_imports
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(cloud_imports, "SHORTEST_PAUSE", cloud_imports.SHORTEST_PAUSE * 0)
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        sandbox.state.imports.seconds = 0.0
        connection = make_connection(name="fleet", base_url=sandbox.url, key=sandbox.key)
        Folder.objects.create(connection=connection, external_id="f1", name="Trips")
        yield sandbox


@pytest.fixture
def listed(tmp_path: Path) -> str:
    path = tmp_path / "list.txt"
    path.write_text("gs://fleet-archive/a.mp4\ngs://fleet-archive/b.mp4\n")
    return str(path)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("import_cloud", "--connection", "fleet", *arguments, stdout=out)
    return out.getvalue().splitlines()[-1]


@pytest.mark.usefixtures("vendor")
def test_the_same_intent_names_the_same_import(listed: str) -> None:
    options = ("--integration", "int_gcs_fleet", "--folder", "Trips", "--intent", "trip 7", listed)
    first = run(*options)
    done = CloudImport.objects.get()
    assert first == f"{done.pk} {done.job_id} 0 0"
    assert run("--wait", *options) == f"{done.pk} {done.job_id} 2 0"
    assert (CloudImport.objects.count(), str(done.folder)) == (1, "Trips")


@pytest.mark.usefixtures("vendor")
def test_a_worker_that_has_the_import_is_waited_for(listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--integration", "int_gcs_fleet", "--intent", "trip 8", listed)
    run(*options)
    CloudImport.objects.update(state="running", claim=new_claim(), heartbeat_at=timezone.now(), retry_at=None)
    waits = []

    def finish(seconds: float) -> None:
        waits.append(seconds)
        CloudImport.objects.update(state="done", claim="", finished_at=timezone.now())

    monkeypatch.setattr("time.sleep", finish)
    assert run("--wait", *options).endswith(" 0 0")
    assert waits == [LOOK_AGAIN]


@pytest.mark.usefixtures("vendor")
def test_integrations_are_listed() -> None:
    assert run("--integrations") == "int_s3_fleet\ts3\tfleet-uploads\tFleet uploads"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "Choose an integration"),
        (["--integration", "int_nobody"], 1, "Refused: .*Integration not found"),
        (["--integration", "int_gcs_fleet", "--folder", "Trips", "--scope", "org"], 2, "No folder 'Trips'"),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_a_refused_import_is_reported_with_its_exit_code(
    listed: str, options: list[str], code: int, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refusal:
        run(*options, listed)
    assert refusal.value.returncode == code


def test_an_unknown_and_a_partial_import_are_reported(vendor: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("s3://trips/a.mp4\ns3://trips/missing.mp4\n")
    with pytest.raises(CommandError, match=r"Imported in part: 1 of 2 videos failed") as partial:
        run("--wait", str(path))
    vendor.faults = Faults(first=["reset"])
    with pytest.raises(CommandError, match=r"Unknown: .*may have started"):
        run(str(path))
    assert partial.value.returncode == 1
