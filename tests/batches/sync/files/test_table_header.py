"""Where the header of a table lies, and what is taken for one."""

import pytest

from batches.errors import BadRecord
from batches.sync.files import jsonrecords, open_format
from batches.sync.files.table import find_form
from tests.batches.sync.files.conftest import ReadFile


@pytest.mark.parametrize(
    ("text", "header", "line"),
    [
        ("Rate,25\nWidth,1920\nvideo,start,end\na.mp4,1,2\nb.mp4,3,4\n", ["video", "start", "end"], 3),
        ("Site 4,25\nSite 5,19\nvideo,start\na.mp4,1\nb.mp4,3\n", ["video", "start"], 3),
        ("a.mp4,event,car\nb.mp4,event,van\n", ["column 1", "column 2", "column 3"], 0),
        ("a.mp4,1,car\nb.mp4,3,van\n", ["column 1", "column 2", "column 3"], 0),
        ("7,1,3\n8,3,4\n", ["column 1", "column 2", "column 3"], 0),
        (",0,1,2\n0,7,1,3\n1,8,3,4\n", ["column 1", "0", "1", "2"], 1),  # a data frame without names
        ("1,2,3\n7,1,3\n8,3,4\n", ["1", "2", "3"], 1),
        ("video,start" + "," * 16_000 + "\na.mp4,1" + "," * 16_000 + "\n", ["video", "start"], 1),  # of a spreadsheet
    ],
)
def test_the_header_is_found_or_made(text: str, header: list[str], line: int) -> None:
    form = find_form(text)
    assert (form.header, form.line) == (header, line)


def test_values_of_columns_named_by_numbers_are_looked_at(read_file: ReadFile) -> None:
    read = read_file("a.csv", ",0,1\n0,a.mp4,00:01\n1,b.mp4,00:02\n")
    assert read.spans == [("a.mp4", 1.0, None, "Event"), ("b.mp4", 2.0, None, "Event")]


@pytest.mark.parametrize("text", ["," * 3_000, "," * 3_000 + "\n1,2\n", "a,b" + ",c" * 3_000 + "\n"])
def test_a_header_of_too_many_columns_is_refused(read_file: ReadFile, text: str) -> None:
    with pytest.raises(BadRecord, match="line 1: has more than 2,000 columns"):
        read_file("a.csv", text)


def test_samples_of_long_rows_are_few(read_file: ReadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_format, "SAMPLE_CHARACTERS", 20)
    monkeypatch.setattr(jsonrecords, "SAMPLE_BYTES", 30)
    table = read_file("a.csv", "video,start\na.mp4,1\nb.mp4,2\n" + "c.mp4,3\n" * 3 + "d.mp4,00:04,\n")
    lines = read_file("a.jsonl", '{"video": "a.mp4", "start": 1}\n' * 3 + '{"video": "b.mp4", "start": 3, "end": 4}\n')
    assert (len(table.events), len(lines.events)) == (6, 4)
    assert "end" not in lines.mapping  # the fourth line was not looked at
