"""Any separator, encoding, quoting and line end: right values or a refusal, never a wrong value."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.files import table
from tests.batches.sync.files.conftest import ReadFile

HEADER = ["video", "start", "label", "confidence"]
LABELS = st.one_of(
    st.text(st.sampled_from("ab ,;|\t\"'#=éü–\n"), max_size=8),
    st.sampled_from(["two\nlines", 'a "b"', "1,5", "x;y;z", "-", "sep=;", "# no comment"]),
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a.mp4", "Zürich;1.mp4", 'b"c.mp4', "x, y.mp4"]), st.floats(0, 9_000), LABELS,
        st.floats(0.001, 1),
    ), min_size=1, max_size=12,
)  # fmt: skip


def _text(rows: list[tuple[str, float, str, float]], separator: str, quoting: int, end: str) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow(HEADER)
    writer.writerows((video, repr(start), label, repr(share)) for video, start, label, share in rows)
    return file.getvalue()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS, separator=st.sampled_from(list(table.SEPARATORS)), end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), block=st.sampled_from([7, 60, 1_000_000]),
)  # fmt: skip
def test_a_table_of_any_form_gives_its_values(
    read_file: ReadFile, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, float, str, float]], separator: str,
    end: str, quoting: int, encoding: str, block: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(table, "BLOCK_CHARACTERS", block)
    mapping = {name: name for name in HEADER}
    read = read_file("d.csv", _text(rows, separator, quoting, end).encode(encoding), mapping, scale="1", decimal=".")
    assert read.refused == []
    wanted = {(video, start, label.strip() or "Event", share) for video, start, label, share in rows}
    assert {(video, event.start_s, event.label, event.confidence) for video, event in read.events} == wanted


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, at=st.integers(0, 400), junk=st.sampled_from(['"', '""', ",", "\n", "\r", '",', "\0", "\xff"]),
       block=st.sampled_from([7, 1_000_000]))  # fmt: skip
def test_a_broken_table_reads_alike_in_blocks_of_any_size(
    read_file: ReadFile, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, float, str, float]], at: int, junk: str,
    block: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(table, "BLOCK_CHARACTERS", block)
    text = _text(rows, ",", csv.QUOTE_MINIMAL, "\n")
    head = len(",".join(HEADER)) + 1
    broken = text[: head + at] + junk + text[head + at :]
    mapping = {name: name for name in HEADER}
    try:
        whole = read_file("d.csv", broken.encode("latin-1", "replace"), mapping, scale="1", decimal=".")
        monkeypatch.setattr(table, "BLOCK_CHARACTERS", 1)  # every line by itself
        slow = read_file("d.csv", broken.encode("latin-1", "replace"), mapping, scale="1", decimal=".")
    except BadRecord:
        return
    assert (whole.spans, whole.refused) == (slow.spans, slow.refused)
