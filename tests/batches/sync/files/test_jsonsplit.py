"""Large JSON files are split at the right positions, whatever their texts contain."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.files.base import Source
from batches.sync.files.jsonsplit import split

CONTAINERS = frozenset({(), ("results",)})
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text('ab"\\{}[],: \n\u2028é🚗', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab"{[', max_size=4), inner, max_size=4),
    max_leaves=12,
)


def cut(tmp_path: Path, data: bytes) -> list[tuple[int, tuple[str, ...], Any]]:
    path = tmp_path / "f.json"
    path.write_bytes(data)
    return [(value.document, value.path, json.loads(value.body)) for value in split(Source(path, "f.json"), CONTAINERS)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=st.lists(values, max_size=5), meta=values, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_split_yields_every_value_unchanged(
    tmp_path: Path, results: list[Any], meta: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps({"meta": meta, "results": results}, indent=indent, ensure_ascii=ascii_only)
    expected = [(0, ("meta",), meta), *((0, ("results",), result) for result in results)]
    assert cut(tmp_path, text.encode()) == expected


def test_split_reads_several_documents_or_a_list(tmp_path: Path) -> None:
    expected = [(0, ("a",), 1), (1, ("results",), 2), (1, ("results",), [3])]
    assert cut(tmp_path, b'\xef\xbb\xbf{"a": 1}\n\n{"results": [2, [3]]}') == expected
    assert cut(tmp_path, b'[{"a": 1} , {"results": [2, [3]]}]\n') == expected


@pytest.mark.parametrize(
    "data",
    [b'{"results": [1, 2', b'{"results": [{"a": ', b'{"results" 1}', b'{"results": [1 2]}', b'[{"a": 1}', b'{"a": "x',
     b'[{"a": 1}] more', b'{"a": }', b'{"a"'],
)  # fmt: skip
def test_split_names_the_byte_of_an_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadRecord, match=r"^f\.json byte \d+: "):
        cut(tmp_path, data)


@pytest.mark.parametrize("value", ['"' + "x" * 40_000_000 + '"', "[" * 2_100_000 + "]" * 2_100_000])
def test_a_value_that_no_record_can_have_refuses_the_file(tmp_path: Path, value: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(f'[{{"video": {value}}}, {{"video": "b"}}]')
    with pytest.raises(BadRecord, match=r"byte \d+: holds a (text of more than|record that is too large)"):
        list(split(Source(path, "f.json"), frozenset()))


def test_split_survives_deep_nesting(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(b'{"results": [' + b"[" * 200_000 + b"]" * 200_000 + b"]}")
    (value,) = split(Source(path, "f.json"), CONTAINERS)
    assert len(value.body) == 400_000
