"""JSON of any shape: the records are found, nested values are reached, and Python's text of a value never shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.files.base import Source
from batches.sync.files.jsonrecords import JSONRecords, _closed, leaves, text_of, value_at
from tests.batches.sync.files.conftest import ReadFile

TWO: list[dict[str, Any]] = [
    {"video": "cam1.mp4", "start": 1, "end": 2, "label": "cut-in"},
    {"video": "cam2.mp4", "start": 3, "end": 4, "label": "brake"},
]
SPANS = [("cam1.mp4", 1, 2, "cut-in"), ("cam2.mp4", 3, 4, "brake")]
LINES = ",\n".join(json.dumps(row) for row in TWO)


@pytest.mark.parametrize("text", [
    json.dumps(TWO), json.dumps(TWO, indent=2), json.dumps({"detections": TWO}),
    json.dumps({"a": 1, "x": {"found": TWO}}, indent=1), json.dumps({"a.b": {"c.d": TWO}}),
    f"[\n{LINES}\n]", f'{{"detections": [\n{LINES}\n]}}', LINES, LINES.replace(",\n", "\n"), f"{LINES},\n",
    "\ufeff" + "\n\n".join(json.dumps(row, indent=2) for row in TWO),
    "\n".join(json.dumps({"video": row["video"], "found": [row]}) for row in TWO),
    json.dumps([{"video": row["video"],
        "found": [{key: row[key] for key in ("start", "end", "label")}]} for row in TWO]),
])  # fmt: skip
def test_records_are_found_in_any_shape(read_file: ReadFile, text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        read = read_file("d.json", text.encode(encoding))
        assert (read.spans, read.refused, read.question) == (SPANS, [], "")


def test_nested_values_are_reached_by_their_paths(read_file: ReadFile) -> None:
    row = {"video": {"name": "cam1.mp4", "id": "v1"}, "segment": {"start": 1, "end": 2},
           "label": {"name": "cut-in", "confidence": 0.9}, "tags": ["a", "b"]}  # fmt: skip
    read = read_file("d.jsonl", json.dumps(row), {"video": "video.name", "category": "tags.1", "text": "tags"})
    assert (read.spans, read.confidences) == ([("cam1.mp4", 1, 2, "cut-in")], [0.9])
    assert (read.events[0][1].category, read.events[0][1].ai_text) == ("b", "a, b")


def test_an_object_never_becomes_a_text(read_file: ReadFile) -> None:
    row = json.dumps({"video": {"name": "cam1.mp4"}, "label": {"x": 1}, "what": "z"}) + "\n"
    with pytest.raises(BadRecord, match="has no column 'video'"):
        read_file("d.jsonl", row * 2, {"video": "video", "label": "what"})
    plain = json.dumps({"video": "cam1.mp4", "label": "a"}) + "\n"
    read = read_file("d.jsonl", plain + row, {"video": "video", "label": "label"})
    assert (read.spans, read.refused) == (
        [("cam1.mp4", None, None, "a")],
        [("line 2 column video", "expected text, got an object; choose a value inside it")],
    )


def test_values_around_a_list_are_offered_but_are_no_times(read_file: ReadFile) -> None:
    file = {"start": 99, "info": {"model": "v5"}, "images": [
        {"file": "a.mp4", "id": 5,
            "detections": [{"conf": 0.9, "start": 1, "label": "deer"}, {"conf": 0.5, "label": "fox"}]},
        {"file": "b.mp4", "detections": None},
    ]}  # fmt: skip
    read = read_file("d.json", json.dumps(file), {"text": "parent.info.model"})
    assert read.options["list"] == "images.detections"
    assert read.spans == [("a.mp4", 1, None, "deer"), ("a.mp4", None, None, "fox")]
    assert {event.ai_text for _, event in read.events} == {"v5"}
    assert {event.external_id for _, event in read.events} == {""}


def test_several_lists_that_fit_alike_are_asked_for(read_file: ReadFile) -> None:
    text = json.dumps({"first": TWO, "second": TWO[:1]})
    assert read_file("d.json", text).question == "Choose the list of records: first, second."
    assert len(read_file("d.json", text, list="second").events) == 1


def test_a_broken_line_costs_itself(read_file: ReadFile) -> None:
    read = read_file("d.jsonl", f'{json.dumps(TWO[0])}\n{{"video": "x\n[1]\n{json.dumps(TWO[1])}\n')
    assert (read.spans, [where for where, _ in read.refused]) == (SPANS, ["line 2", "line 3"])


@pytest.mark.parametrize(
    "text", [json.dumps(TWO)[:-1], json.dumps({"detections": TWO})[:-3], f'{{"detections": [\n{LINES}\n']
)
def test_a_file_that_ends_early_is_refused(read_file: ReadFile, text: str) -> None:
    with pytest.raises(BadRecord, match=r"incomplete|ends|expected"):
        read_file("d.json", text)


def test_a_record_of_too_many_keys_or_values_is_refused(read_file: ReadFile) -> None:
    keys, values = {f"k{number}": 1 for number in range(2_000)}, {"points": [[]] * 125_000}
    read = read_file("d.json", json.dumps([TWO[0], TWO[1] | keys, TWO[1] | values]))
    assert (read.spans, read.refused) == (SPANS[:1], [
        ("record 2", "has more than 2,000 keys"),
        ("record 3", "holds more than 250,000 values; choose a list inside it"),
    ])  # fmt: skip
    with pytest.raises(BadRecord, match=r"d\.json record 1: is too large to be read"):
        read_file("d.json", json.dumps([{"video": "a.mp4", "points": [[]] * 600_000}]))


def test_a_value_that_is_too_long_is_refused_without_reading_it(read_file: ReadFile) -> None:
    read = read_file("d.json", f'[{json.dumps(TWO[0])}, {{"video": "{"x" * 17_000_000}"}}, {json.dumps(TWO[1])}]')
    assert (read.spans, read.refused) == (SPANS, [("record 2", "is longer than 16,777,216 bytes")])


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('a".0', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), values, max_size=4))
def test_every_leaf_is_found_at_its_path(record: dict[str, Any]) -> None:
    for path in leaves(record):
        value = value_at(record, path)
        if not isinstance(value, (dict, list)):
            assert "{" not in text_of(value)


@given(values)
def test_a_text_never_holds_an_object(value: Any) -> None:
    try:
        text = text_of(value)
    except ValueError:
        assert isinstance(value, (dict, list))
        return
    assert "{" not in text
    assert "None" not in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(records=st.lists(st.dictionaries(st.text("ab", min_size=1), values, max_size=3), min_size=1, max_size=5),
       shape=st.sampled_from(["list", "lines", "object", "pretty"]))  # fmt: skip
def test_records_survive_every_shape(tmp_path: Path, records: list[dict[str, Any]], shape: str) -> None:
    path = tmp_path / "d.json"
    path.write_text({
        "list": json.dumps(records), "lines": "\n".join(map(json.dumps, records)),
        "object": json.dumps({"found": records}, indent=2),
        "pretty": "\n".join(json.dumps(record, indent=2) for record in records),
    }[shape])  # fmt: skip
    result = JSONRecords(Source(path, "d.json"), ("found",) if shape == "object" else ())
    assert [record.values for record in result.records()] == records


def test_objects_of_one_line_and_of_several_are_read_from_one_file(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text('{}\n{"a": 1}\n{}\n{\n  "a": 2\n}\n')
    assert [record.values for record in JSONRecords(Source(path, "d.json")).records()] == [{}, {"a": 1}, {}, {"a": 2}]


def test_the_head_of_a_long_list_can_be_read() -> None:
    text = json.dumps({"a": [{"b": 1, "c": "},]"}, {"b": [2, {"x": 3}]}, {"b": 4}]}).encode()
    for length in range(text.index(b",") + 1, len(text)):
        json.loads(_closed(text[:length]))
