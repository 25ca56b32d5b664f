"""The short way of reading a row makes the event that the general one makes, or leaves the row to it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.files.base import Source
from batches.sync.files.flat_rows import flat_reader
from batches.sync.files.open_format import OpenFormat
from batches.sync.records import ItemRecord

FIELDS = ("video", "start", "end", "label", "category", "text", "severity", "id", "confidence")
MAPPING = {name: name for name in FIELDS}
NUMBERS = st.one_of(
    st.sampled_from(["", "0", "1.5", ".5", "5.", "-0", "+1", "-1", "1e3", "1_0", "nan", "inf", "NaN", " 2", "1,5",
        "1e999", "00:12", "00:12-00:15", "10000000", "10000001", "1.0001", "0x1", "\u0663", "12\n", "1.0000001"]),
    st.floats(0, 2).map(str), st.integers(0, 4_000).map(str), st.text(max_size=4),
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(["", "None", "NaN", " x ", "cut-in", 'a "b"', "a\\u0041", "Straße",
        "a\0b", "x" * 300, "_"]),
    st.text(max_size=9),
)  # fmt: skip
ROWS = st.fixed_dictionaries({
    "video": st.just("a.mp4"), **dict.fromkeys(("start", "end", "confidence"), NUMBERS),
    **dict.fromkeys(("label", "category", "text", "severity", "id"), TEXTS),
})  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "d.csv"
    path.write_text(f"{','.join(FIELDS)}\n")
    return path


def item_of(form: OpenFormat, rows: list[dict[str, str]]) -> ItemRecord:
    entries = [(f"line {number}", json.dumps(row).encode()) for number, row in enumerate(rows, 2)]
    return form.item(None, type("Listing", (), {"external_id": "a.mp4"}), entries, "")  # type: ignore[arg-type]


@given(rows=st.lists(ROWS, max_size=4), unit=st.sampled_from(["s", "ms"]), left_out=st.sampled_from(FIELDS))
def test_the_short_way_makes_the_same_events(table: Path, rows: list[dict[str, str]], unit: str, left_out: str) -> None:
    mapping = {name: column for name, column in MAPPING.items() if name != left_out}
    source = Source(table, "d.csv", "june", mapping, {"unit.start": unit})
    short, general = OpenFormat(source), OpenFormat(source)
    general.__dict__["flat_reader"] = None
    assert short.flat_reader
    assert item_of(short, rows) == item_of(general, rows)


@given(rows=st.lists(ROWS, max_size=4))
def test_a_brief_reading_has_the_same_numbers(table: Path, rows: list[dict[str, str]]) -> None:
    form = OpenFormat(Source(table, "d.csv", "june", MAPPING))
    whole = item_of(form, rows)
    form.is_brief = True
    brief = item_of(form, rows)
    numbers = [(event.position, event.raw_index, event.start_s, event.end_s, event.confidence, event.raw)
               for event in whole.events]  # fmt: skip
    assert numbers == [(event.position, event.raw_index, event.start_s, event.end_s, event.confidence, event.raw)
                       for event in brief.events]  # fmt: skip
    assert brief.quarantined == whole.quarantined


def test_ordinary_rows_go_the_short_way() -> None:
    read = flat_reader(MAPPING, {})
    assert read
    row = {"video": "a.mp4", "start": "1.5", "end": "3", "label": "cut-in", "confidence": "0.5"}
    event = read(row, json.dumps(row).encode(), 3, 2)
    assert event
    assert (event.position, event.raw_index, event.start_s, event.timestamp) == (2, 3, 1.5, "00:01-00:03")
    for options in ({"decimal": ","}, {"unit.start": "frames:25"}, {"scale": "100"}):
        assert flat_reader(MAPPING, options) is None
    assert flat_reader(MAPPING | {"approval": "ok"}, {}) is None
