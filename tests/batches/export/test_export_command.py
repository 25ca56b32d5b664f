"""`manage.py export`: which batch, which events, and where to."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batches.export.columns import DOCUMENTED, FULL
from batches.models import Batch, Event
from tests.factories import make_batch, make_connection, make_event, make_item

pytestmark = pytest.mark.django_db

HEADER = ",".join(DOCUMENTED).encode() + b"\r\n"


@pytest.fixture
def batch() -> Batch:
    batch = make_batch(make_connection(name="main"), external_id="9f0c2b7e")
    item = make_item(batch)
    for approval in ("pending", "approved", "rejected"):
        make_event(item, label=f"={approval}", vendor_approval=approval, raw_approval=approval)
    return batch


def refused(*arguments: str, **options: Any) -> tuple[int, str]:
    """Exit status and sentence of a command that must not work."""
    with pytest.raises(CommandError) as found:
        call_command("export", *arguments, **options)
    return found.value.returncode, str(found.value)


def test_the_csv_goes_to_stdout_as_bytes(batch: Batch, capfdbinary: Any) -> None:
    call_command("export", "9f0c2b7e")
    out, err = capfdbinary.readouterr()
    assert out.startswith(HEADER)
    assert (out.count(b"\r\n"), out.count(b"\n"), err) == (4, 4, b"")


@pytest.mark.parametrize(
    "text",
    ["9f0c2b7e", " 9f0c2b7e ", "https://app.nomadicml.com/use-cases/rapid-review/batch-view/9f0c2b7e?tab=1#x", "{pk}"],
)
def test_a_batch_is_named_by_id_by_viewer_url_or_by_our_number(batch: Batch, text: str, capfdbinary: Any) -> None:
    call_command("export", text.format(pk=batch.pk), columns="Label")
    assert capfdbinary.readouterr().out == b"Label\r\n'=pending\r\n'=approved\r\n'=rejected\r\n"


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        (["--approval", "approved"], ["'=approved"]),
        (["--approval", "approved", "rejected"], ["'=approved", "'=rejected"]),
        (["--approval", "approved,pending", "--raw"], ["=pending", "=approved"]),
        (["--approval", "invalid"], []),
        (["--raw"], ["=pending", "=approved", "=rejected"]),
    ],
)
def test_approvals_and_raw(batch: Batch, options: list[str], labels: list[str], capfdbinary: Any) -> None:
    call_command("export", "9f0c2b7e", "--columns", "Label", *options)
    assert capfdbinary.readouterr().out.decode().splitlines() == ["Label", *labels]


def test_the_vendors_id_comes_before_our_number(batch: Batch, capfdbinary: Any) -> None:
    make_batch(external_id=str(batch.pk))
    call_command("export", str(batch.pk))
    assert capfdbinary.readouterr().out == HEADER


def test_a_batch_of_several_connections_needs_its_connection(batch: Batch, capfdbinary: Any) -> None:
    make_batch(make_connection(name="other"), external_id="9f0c2b7e")
    code, sentence = refused("9f0c2b7e")
    assert code == 2
    assert sentence == "Several connections have batch '9f0c2b7e': 'main', 'other'. Add --connection."
    call_command("export", "9f0c2b7e", connection="other")
    assert capfdbinary.readouterr().out == HEADER


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["unknown"], "There is no batch 'unknown' here; `sync` brings one."),
        (["99999999999999999999999"], "There is no batch '99999999999999999999999' here; `sync` brings one."),
        (["../x"], "'../x': A batch id is a single word without slashes, blanks or control characters."),
        (
            ["9f0c2b7e", "--approval", "aproved"],
            "Unknown approval 'aproved'. Valid: pending, approved, rejected, invalid.",
        ),
        (["9f0c2b7e", "--approval", ","], "--approval needs a state. Valid: pending, approved, rejected, invalid."),
        (["9f0c2b7e", "--connection", "none"], "There is no connection 'none'. There are: main."),
    ],
)
def test_bad_arguments_are_a_sentence_and_exit_2(batch: Batch, arguments: list[str], sentence: str) -> None:
    assert refused(*arguments) == (2, sentence)


def test_an_unknown_column_is_exit_2_with_the_valid_ones(batch: Batch) -> None:
    code, sentence = refused("9f0c2b7e", "--columns", "Label,Nonsense")
    assert code == 2
    assert sentence.startswith("Unknown column 'Nonsense'. Valid: documented, sdk, full")
    assert sentence.endswith(f"{', '.join(FULL)}.")


def test_a_file_is_written_whole(batch: Batch, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    call_command("export", "9f0c2b7e", columns="Label", output=file)
    assert file.read_bytes() == b"Label\r\n'=pending\r\n'=approved\r\n'=rejected\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(batch: Batch, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    Event.objects.filter(label="=rejected").update(odd_cells="no JSON")
    with pytest.raises(ValueError, match="Expecting value"):
        call_command("export", "9f0c2b7e", output=file)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["missing/out.csv", "."])
def test_a_place_that_cannot_be_written_is_a_sentence(batch: Batch, tmp_path: Path, name: str) -> None:
    code, sentence = refused("9f0c2b7e", output=tmp_path / name)
    assert code == 1
    assert sentence.startswith(f"Cannot write {tmp_path / name}: ")


def test_a_reader_that_has_enough_is_no_traceback() -> None:
    program = (
        "import django; django.setup(); from batches.management.commands.export import _write_stdout;"
        "_write_stdout(b'x' * 100_000 for _ in range(1_000))"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read(1) == b"x"
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 1
