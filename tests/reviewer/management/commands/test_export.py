"""`manage.py export`: which batch, which events, and where to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict

from batches.actions import decide
from batches.export.columns import DOCUMENTED, FULL
from batches.models import Batch, Event
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member

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
    with pytest.raises(CommandError) as caught:
        call_command("export", *arguments, **options)
    return caught.value.returncode, str(caught.value)


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
        (["unknown"], "There is no batch 'unknown' here; add it with `sync`."),
        (["99999999999999999999999"], "There is no batch '99999999999999999999999' here; add it with `sync`."),
        (["../x"], "'../x': A batch ID is a single word without slashes, spaces or control characters."),
        (
            ["9f0c2b7e", "--approval", "aproved"],
            "Unknown approval 'aproved'. Valid: pending, approved, rejected, invalid.",
        ),
        (["9f0c2b7e", "--approval", ","], "--approval needs a state. Valid: pending, approved, rejected, invalid."),
        (
            ["9f0c2b7e", "--filter", "severity=odd"],
            "severity: 'odd' is not one of: critical, high, medium, low, other.",
        ),
        (["9f0c2b7e", "--filter", "assigned=me"], "assigned: “me” needs a signed-in person; give a user name."),
        (
            ["9f0c2b7e", "--rows", "items", "--format", "json"],
            "JSON only contains events. Choose CSV, JSONL or Parquet for other rows.",
        ),
        (["9f0c2b7e", "--connection", "none"], "There is no connection 'none'. Existing connections: main."),
    ],
)
def test_bad_arguments_exit_2_with_a_message(batch: Batch, arguments: list[str], sentence: str) -> None:
    assert refused(*arguments) == (2, sentence)


def test_an_unknown_column_is_exit_2_with_the_valid_ones(batch: Batch) -> None:
    code, sentence = refused("9f0c2b7e", "--columns", "Label,Nonsense")
    assert code == 2
    assert sentence.startswith("columns: Unknown column 'Nonsense'. Valid: documented, sdk, full")
    assert sentence.endswith(f"{', '.join(FULL)}.")


def test_a_file_is_written_whole(batch: Batch, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    call_command("export", "9f0c2b7e", columns="Label", output=file)
    assert file.read_bytes() == b"Label\r\n'=pending\r\n'=approved\r\n'=rejected\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet"])
def test_a_file_is_announced_with_its_rows_beside_the_output(
    batch: Batch, tmp_path: Path, capsys: Any, kind: str
) -> None:
    call_command("export", "9f0c2b7e", output=tmp_path / f"all.{kind}")
    call_command("export", "9f0c2b7e", approval=["approved"], output=tmp_path / f"one.{kind}")
    details = f"3 rows in {tmp_path}/all.{kind}\n1 row in {tmp_path}/one.{kind}\n"
    assert capsys.readouterr() == ("", details)


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(batch: Batch, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    Event.objects.filter(label="=rejected").update(odd_cells="no JSON")
    with pytest.raises(ValueError, match="Expecting value"):
        call_command("export", "9f0c2b7e", output=file)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["missing/out.csv", "."])
def test_an_unwritable_path_is_reported(batch: Batch, tmp_path: Path, name: str) -> None:
    code, sentence = refused("9f0c2b7e", output=tmp_path / name)
    assert code == 1
    assert sentence.startswith(f"Cannot write {tmp_path / name}: ")


def test_a_closed_pipe_causes_no_traceback() -> None:
    program = (
        "import django; django.setup(); from reviewer.management.commands.export import _write_stdout;"
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


@pytest.mark.parametrize(
    ("file", "query"),
    [
        ("events.csv", "columns=full"), ("events.jsonl", "approval=approved,pending"), ("events.json", ""),
        ("events.parquet", "severity=high&columns=Label,Confidence"), ("items.csv", ""), ("decisions.jsonl", ""),
        ("events.csv", "columns=sdk&as_of=2020-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_every_format_and_filter_is_what_the_link_gives(
    batch: Batch, tmp_path: Path, client: Any, file: str, query: str
) -> None:
    event, by = batch.events.in_order()[0], make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    asked = QueryDict(query, mutable=True)
    columns = asked.pop("columns", ["documented"])[0]
    _, token = make_link(batch, file=file, columns=columns, query=asked.urlencode(), vendor_thumbnails=True)
    output = tmp_path / f"out.{file.rpartition('.')[2]}"
    call_command(
        "export",
        "9f0c2b7e",
        rows=file.partition(".")[0],
        filter=f"?{asked.urlencode()}",
        columns=columns,
        output=output,
    )
    assert output.read_bytes() == client.get(f"/d/{token}/").getvalue() != b""


def test_an_explicit_format_overrides_the_file_name(batch: Batch, tmp_path: Path) -> None:
    call_command("export", "9f0c2b7e", format="jsonl", columns="Label", output=tmp_path / "out.csv")
    assert [json.loads(line) for line in (tmp_path / "out.csv").read_text().splitlines()] == [
        {"Label": "=pending"}, {"Label": "=approved"}, {"Label": "=rejected"},
    ]  # fmt: skip
    call_command("export", "9f0c2b7e", columns="Label", output=tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes().startswith(b"Label\r\n")


def test_approvals_and_a_filter_together(batch: Batch, capfdbinary: Any) -> None:
    make_event(make_item(batch), label="low", severity="low", vendor_approval="approved")
    call_command("export", "9f0c2b7e", "--columns", "Label", "--approval", "approved", "--filter", "severity=low")
    assert capfdbinary.readouterr().out == b"Label\r\nlow\r\n"


@pytest.mark.parametrize(
    ("vendor", "text"),
    [("twelvelabs", "68F4DDAF8AAA60D33DF0E8FF"), ("wickson", "https://api.wickson.ai/v1/batches/batch-1/results"),
     ("twelvelabs", "https://playground.twelvelabs.io/batches/68f4ddaf8aaa60d33df0e8ff")],
)  # fmt: skip
def test_ids_and_addresses_of_every_vendor(vendor: str, text: str, capfdbinary: Any) -> None:
    existing = {"twelvelabs": "68f4ddaf8aaa60d33df0e8ff", "wickson": "batch-1"}[vendor]
    make_event(make_item(make_batch(make_connection(vendor=vendor, name="it"), external_id=existing)), label="there")
    for options in ({}, {"connection": "it"}):
        call_command("export", text, columns="Label", **options)
        assert capfdbinary.readouterr().out == b"Label\r\nthere\r\n"


def test_an_id_that_is_none_to_the_connections_vendor_says_what_one_is(batch: Batch) -> None:
    make_connection(vendor="twelvelabs", name="tl")
    code, sentence = refused("9f0c2b7e", connection="tl")
    assert (code, sentence.startswith("'9f0c2b7e': A TwelveLabs batch ID has 24 hexadecimal digits")) == (2, True)
