"""The command: what it prints, how it ends, what it leaves alone."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from batches.models import ColumnMapping, Connection, Event, ImportRun
from tests.factories import make_connection, make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)

CSV = "film,start,end,label,score,approval\na,1,2,cut-in,0.9,approved\nb,3,4,near,high,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    path.write_text(CSV)
    return path


def run(*argv: str) -> tuple[int, str]:
    """Exit code and all that was printed."""
    out = io.StringIO()
    try:
        call_command("import_results", *argv, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_it_makes_the_connection_and_says_what_is_missing(file: Path) -> None:
    code, text = run(str(file), "--connection", "lidar", "--vendor", "open")
    assert (code, text) == (
        1,
        "Nothing was imported. Choose the column that names the video. "
        "Columns: film, start, end, label, score, approval.",
    )
    assert Connection.objects.get().vendor == "open"
    code, text = run(
        str(file), "--connection", "lidar", "--map", "video=film", "--map", "confidence=score", "--map", "label=label"
    )
    assert code == 1
    assert text == (
        "june.csv: Open format; batches: 1, items: 2, events: 1, unusable records: 1\n"
        "  june.csv line 3 column score: expected 0 to 1 or a percentage, got 'high'\n"
        "Warning: 1 confidence is not between 0 and 1: check the scale.\n"
        "june.csv: 1 new, 0 changed, 0 gone.\n"
        "Incomplete: 1 record could not be used. Each batch's sync page lists them."
    )


def test_it_asks_for_the_frame_rate_of_a_format_without_columns(tmp_path: Path) -> None:
    file = tmp_path / "drive_31.txt"
    file.write_text("2 0.5 0.5 0.1 0.1 0.9\n")
    code, text = run(str(file), "--connection", "lidar", "--vendor", "open")
    assert (code, text) == (1, "Nothing was imported. Choose the frame rate: the file counts frames.")
    assert run(str(file), "--connection", "lidar", "--unit", "start=frames:30")[0] == 0
    assert Event.objects.get().item.external_id == "drive"


def test_a_whole_file_ends_with_0_and_the_mapping_is_remembered(file: Path) -> None:
    file.write_text(CSV.replace("high", "0.5"))
    mapping = ("--map", "video=film", "--map", "label=label", "--map", "approval=approval")
    assert run(str(file), "--connection", "lidar", "--vendor", "open", *mapping, "--check")[0] == 0
    assert Event.objects.count() == 0
    assert run(str(file), "--connection", "lidar", *mapping)[0] == 0
    code, text = run(str(file), "--connection", "lidar")
    assert (code, text.splitlines()[-1]) == (0, "june.csv: 0 new, 0 changed, 0 gone.")
    assert sorted(Event.objects.values_list("label", "approval")) == [("cut-in", "approved"), ("near", "pending")]


def test_a_mapping_with_a_name_is_used(file: Path) -> None:
    file.write_text(CSV.replace("high", "0.5"))
    connection = make_connection(vendor="open", name="lidar")
    saved = {"video": "film", "label": "approval", "confidence": "score"}
    ColumnMapping.objects.create(connection=connection, name="odd", mapping=saved, options={"scale": "100"})
    code, text = run(str(file), "--connection", "lidar", "--mapping", "even")
    assert (code, text) == (2, "There is no mapping 'even'. Existing mappings: odd.")
    code, text = run(str(file), "--connection", "lidar", "--mapping", "odd", "--map", "label=label")
    assert code == 0
    assert list(Event.objects.in_order().values_list("label", "confidence")) == [("cut-in", 0.009), ("near", 0.005)]


def test_approvals_become_decisions_of_a_named_reviewer(file: Path) -> None:
    connection = make_connection(vendor="open", name="lidar")
    maya = make_member(connection, name="maya")
    file.write_text(CSV.replace("high", "0.5"))
    mapping = ("--map", "video=film", "--map", "approval=approval")
    code, text = run(str(file), "--connection", "lidar", *mapping, "--decisions-of", "maya")
    assert (code, text.splitlines()[-1]) == (0, "june.csv: 2 new, 0 changed, 0 gone, 1 decided.")
    assert Event.objects.get(approval="approved").decided_by == maya


@pytest.mark.parametrize(
    ("argv", "phrase"),
    [
        (["/no/such/file", "--connection", "lidar"], "There is no file '/no/such/file'."),
        (["FILE", "--connection", "radar"], "There is no connection 'radar'. Existing connections: lidar."),
        (
            ["FILE", "--connection", "lidar", "--vendor", "wickson"],
            "The vendor of connection 'lidar' is Other detector.",
        ),
        (["FILE", "--connection", "lidar", "--map", "colour=film"], "--map colour: write FIELD=COLUMN"),
        (["FILE", "--connection", "lidar", "--map", "video"], "--map video: write FIELD=COLUMN"),
        (["FILE", "--connection", "lidar", "--decisions-of", "nobody"], "There is no user 'nobody'."),
        (["FILE", "--connection", "lidar", "--decisions-of", "ina"], "ina is not a reviewer of lidar"),
    ],
)
def test_wrong_arguments_end_with_2_and_write_nothing(file: Path, argv: list[str], phrase: str) -> None:
    make_connection(vendor="open", name="lidar")
    make_user("ina")
    code, text = run(*[str(file) if row == "FILE" else row for row in argv])
    assert code == 2
    assert phrase in text
    assert ImportRun.objects.count() == 0


def test_a_column_that_is_not_there_is_named(file: Path) -> None:
    make_connection(vendor="open", name="lidar")
    code, text = run(str(file), "--connection", "lidar", "--map", "video=movie")
    assert (code, text) == (1, "Nothing was imported. june.csv has no column 'movie'")
