"""CSV of any separator, encoding and raggedness comes in right, or is refused row by row."""

import pytest

from batches.errors import BadRecord
from tests.batches.sync.files.conftest import ReadFile

ROWS = [("cam1.mp4", 1.0, 2.0, "cut-in"), ("cam1.mp4", 3.0, 4.0, "brake")]


@pytest.mark.parametrize("text", [
    ",video,start,end,label\n0,cam1.mp4,1,2,cut-in\n1,cam1.mp4,3,4,brake\n",
    '"","video","start","end","label"\n"1","cam1.mp4",1,2,"cut-in"\n"2","cam1.mp4",3,4,"brake"\n',
    "video,start,end,label,\ncam1.mp4,1,2,cut-in,checked\ncam1.mp4,3,4,brake,\n",
    "sep=;\nvideo;start;end;label\ncam1.mp4;1;2;cut-in\ncam1.mp4;3;4;brake\n",
    'video;"start, s";"end, s";"label, text, words"\ncam1.mp4;1;2;cut-in\ncam1.mp4;3;4;brake\n',
    "# detector v3, 2026-01-02\nvideo,start,end,label\ncam1.mp4,1,2,cut-in\ncam1.mp4,3,4,brake\n",
    "Detections of June\n\nvideo\tstart\tend\tlabel\ncam1.mp4\t1\t2\tcut-in\ncam1.mp4\t3\t4\tbrake\n",
    "# video,start,end,label\ncam1.mp4,1,2,cut-in\ncam1.mp4,3,4,brake\n",
    "video|start|end|label\rcam1.mp4|1|2|cut-in\rcam1.mp4|3|4|brake",
    "\ufeffvideo,start,end,label,confidence,note\ncam1.mp4,1,2,cut-in,0.9,x\ncam1.mp4,3,4,brake\n",
    ",ms,ms,\nvideo,start,end,label\ncam1.mp4,1000,2000,cut-in\ncam1.mp4,3000,4000,brake\n",
])  # fmt: skip
def test_any_usual_form_of_a_table_is_found(read_file: ReadFile, text: str) -> None:
    read = read_file("d.csv", text)
    assert (read.batches, read.spans, read.refused) == (["june"], ROWS, [])
    assert set(read.clips.values()) == {""}


@pytest.mark.parametrize(("encoding", "name"), [
    ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
    ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"),
])  # fmt: skip
def test_encodings_are_recognised(read_file: ReadFile, encoding: str, name: str) -> None:
    read = read_file("d.csv", "video,start,label\nZürich.mp4,1,Straße – naß\n".encode(encoding))
    assert (read.encoding, read.spans) == (name, [("Zürich.mp4", 1.0, None, "Straße – naß")])


def test_broken_bytes_in_utf8_cost_their_row(read_file: ReadFile) -> None:
    read = read_file("d.csv", "video,label\na.mp4,Zürich\n".encode() + b"b.mp4,\xff\nc.mp4,x\n")
    assert (read.encoding, [video for video, _ in read.events]) == ("utf-8", ["a.mp4", "c.mp4"])
    assert read.refused == [("line 3", "holds bytes that are not UTF-8")]


@pytest.mark.parametrize("blank", [",,,\n", " , ,\t,\n", ",\n", ",,,,\n"])
def test_rows_of_empty_cells_are_blank_lines(read_file: ReadFile, blank: str) -> None:
    text = f"video,start,end,label\n{blank}cam1.mp4,1,2,cut-in\n{blank}cam1.mp4,3,4,brake\n{blank * 2}"
    read = read_file("d.csv", text)
    assert (read.spans, read.refused) == (ROWS, [])
    single = read_file("d.csv", text.rstrip("\n"), {"start": "start", "end": "end", "label": "label"}, video="cam1.mp4")
    assert [event.label for _, event in single.events] == ["cut-in", "brake"]


def test_a_stray_quote_costs_its_row(read_file: ReadFile) -> None:
    read = read_file("d.csv", 'video,start,end,label\ncam1.mp4,1,2,"cut" in\ncam1.mp4,3,4,brake\n')
    assert (read.spans, [where for where, _ in read.refused]) == (ROWS[1:], ["line 2"])
    read = read_file("d.csv", 'video,start,end,label\ncam1.mp4,1,2,"cut in\n' + "cam1.mp4,3,4,brake\n" * 3)
    assert (read.spans, read.refused) == (ROWS[1:] * 3, [("line 2", "has a quote that does not end")])


def test_text_below_a_stray_quote_is_no_row(read_file: ReadFile) -> None:
    read = read_file("d.csv", 'video,start,end,label\ncam1.mp4,1,2,"cut\nthen brake,3,5\nend" in\ncam1.mp4,3,4,brake\n')
    assert (read.spans, [where for where, _ in read.refused]) == (ROWS[1:], ["line 2", "line 3", "line 4"])


def test_a_file_cut_inside_a_quote_is_refused(read_file: ReadFile) -> None:
    with pytest.raises(BadRecord, match="the file is incomplete"):
        read_file("d.csv", 'video,start,end,label\ncam1.mp4,3,4,brake\ncam1.mp4,1,2,"cut i')


@pytest.mark.parametrize(("row", "reason"), [
    ("a.mp4,1,2,x,0.5,more", "has 6 cells, the header has 5"), ("a.mp4", "has 1 cells, the header has 5"),
    (",1,2,x,0.5", "is empty"), ("NaN,1,2,x,0.5", "is empty"),
    ('a.mp4,"1,234",2000,x,0.5', "can be a decimal or a thousand; choose the decimal mark, got '1,234'"),
    ("a.mp4,1_0,20,x,0.5", "expected seconds or a clock time, got '1_0'"),
    ("a.mp4,5,2,x,0.5", "'2' is before '5', the start"),
    ("a.mp4,-5,2,x,0.5", "expected seconds or a clock time, not a time before the start, got '-5'"),
])  # fmt: skip
def test_a_row_that_is_not_certain_is_refused(read_file: ReadFile, row: str, reason: str) -> None:
    read = read_file("d.csv", f"video,start,end,label,confidence\nb.mp4,1,2,x,0.5\n{row}\n")
    assert (len(read.events), [why for _, why in read.refused]) == (1, [reason])


def test_texts_for_none_are_none_in_optional_columns(read_file: ReadFile) -> None:
    header = "video,start,end,label,confidence,severity\n"
    rows = "c.mp4,1,NaN,cut-in,nan,\nc.mp4,3,4,brake,inf,None\nc.mp4,5,,null,<NA>,null\n"
    read = read_file("d.csv", header + rows)
    assert read.spans == [("c.mp4", 1, None, "cut-in"), ("c.mp4", 3, 4, "brake"), ("c.mp4", 5, None, "Event")]
    assert [(event.confidence, event.severity) for _, event in read.events] == [(None, "")] * 3


def test_decimal_commas_are_decimals(read_file: ReadFile) -> None:
    text = "video;start;end;label;confidence\ncam1.mp4;1,5;3,25;cut-in;0,91\ncam1.mp4;1.234,5;1.235,25;x;0,125\n"
    read = read_file("d.csv", text)
    assert read.spans == [("cam1.mp4", 1.5, 3.25, "cut-in"), ("cam1.mp4", 1234.5, 1235.25, "x")]
    assert (read.options["decimal"], read.confidences) == (",", [0.91, 0.125])


def test_a_table_that_is_too_wide_or_long_is_refused_early(read_file: ReadFile) -> None:
    with pytest.raises(BadRecord, match="has more than 2,000 columns"):
        read_file("d.csv", ",".join(f"c{number}" for number in range(40_000)) + "\n1\n", {"video": "c0"})
    read = read_file("d.csv", "video,label\na.mp4," + "x" * 5_000_000 + "\nb.mp4,y\n")
    assert (read.spans, read.refused) == (
        [("b.mp4", None, None, "y")],
        [("line 2", "is longer than 4,000,000 characters")],
    )


def test_a_column_of_numbers_makes_no_thousand_batches(read_file: ReadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.imports.reading.MAX_BATCHES", 2)
    with pytest.raises(BadRecord, match="names more than 2 batches: choose another column for the batch"):
        read_file("d.csv", "video,label,batch\na.mp4,x,1\na.mp4,x,2\na.mp4,x,3\n")


def test_columns_are_recognised_by_their_values(read_file: ReadFile) -> None:
    read = read_file("d.csv", "film,a,b,label\nx/1.mp4,0:01,0:02,cut-in\nx/2.MOV,00:03,00:04.5,brake\n")
    assert read.mapping == {"label": "label", "video": "film", "start": "a", "end": "b"}
