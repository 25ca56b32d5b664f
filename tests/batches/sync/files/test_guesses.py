"""Files that could come in wrong without a word: they come in right, ask, or are refused."""

from typing import Any

import pytest

from tests.batches.sync.files.conftest import ReadFile

HEAD = "video,start,end,label"
FRAMES = "".join(f"a.mp4,{number / 30:.3f},car\n" for number in range(40))
GUESSED = [
    # A file without a header loses no row, and a word that we know in a row makes it no header.
    ("a.csv", "a.mp4,1,2,x\na.mp4,3,4,text\n", [("a.mp4", None, None, "Event")] * 2),
    ("a.csv", "a.mp4,n/a,2,x\na.mp4,3,4,text\n", [("a.mp4", None, None, "Event")] * 2),
    ("a.csv", "Film;start;Fin;label\na.mp4;1;2;x\na.mp4;3;4;text\n",
     [("a.mp4", 1, None, "x"), ("a.mp4", 3, None, "text")]),
    ("a.csv", "Film;De;Fin;Quoi\na.mp4;1;2;x\na.mp4;3;4;text\n", [("a.mp4", None, None, "Event")] * 2),
    ("a.csv", "Datei;Beginn (Sek);Dauer (Sek);Klasse;Konfidenz\na.mp4;1,5;2;x;0,7\n", [("a.mp4", 1.5, 3.5, "x")]),
    ("a.csv", "Film;Aufnahme;Beginn (Stunden);Titel\na.mp4;2026-11-30;1,5;x\n", [("a.mp4", 5400, None, "x")]),
    ("a.csv", "Dateiname;Von;Bis;Bezeichnung\na.mp4;0:01;0:02;x\n", [("a.mp4", 1, 2, "x")]),
    ("a.csv", "video,start (min),end (min),label\na.mp4,1.5,2,x\n", [("a.mp4", 90, 120, "x")]),
    ("a.csv", "video,start_h,label\na.mp4,1.5,x\n", [("a.mp4", 5400, None, "x")]),
    ("a.csv", "video,time_min,time_max,label\na.mp4,1.5,2,x\n", [("a.mp4", 1.5, None, "x")]),
    ("a.csv", f"{HEAD}\na.mp4,1.5 min,120s,x\n", [("a.mp4", 90, 120, "x")]),
    ("a.csv", "video,time,class,length,width,height\na.mp4,3,car,4.5,1.8,1.5\n", [("a.mp4", 3, None, "car")]),
    ("a.csv", f"video,time,label\n{FRAMES}", [("a.mp4", 0, 1.3, "car")]),
    ("a.csv", "video,start,duration,label\na.mp4,0,2,x\na.mp4,2,2,y\na.mp4,4,2,z\n",
     [("a.mp4", 0, 2, "x"), ("a.mp4", 2, 4, "y"), ("a.mp4", 4, 6, "z")]),
    ("a.json", '{"description": "My set", "video": "a.mp4", "found": [{"start": 1, "end": 2, "class": "car"}]}',
     [("a.mp4", 1, 2, "car")]),
    ("a.jsonl", '{"video": "a.mp4", "segment": [1.5, 3], "label": "x"}\n', [("a.mp4", 1.5, 3, "x")]),
    ("a.json", '{"VideoMetadata": {"FrameRate": 30}, "Labels": [{"Timestamp": 500, "Label": {"Name": "Car"}}]}',
     [("a", 0.5, None, "Car")]),
]  # fmt: skip
ASKED = [
    (f"{HEAD},confidence\na.mp4,1,2,x,7\na.mp4,3,4,y,9\n", "Choose the scale of the confidence"),
    ("video,start,duration,label\na.mp4,3,60,x\na.mp4,30,60,y\na.mp4,45,60,z\n", "Choose what the column duration"),
    ("video,timestamp_ns,label\na.mp4,1700000000123456789,x\n", "Choose the start of the recording"),
]


@pytest.mark.parametrize(("file", "text", "spans"), GUESSED)
def test_a_file_becomes_what_it_means(read_file: ReadFile, file: str, text: str, spans: list[tuple[Any, ...]]) -> None:
    assert read_file(file, text).spans == [
        tuple(pytest.approx(value) if isinstance(value, float) else value for value in span) for span in spans
    ]


@pytest.mark.parametrize(("text", "question"), ASKED)
def test_what_a_file_leaves_open_is_asked(read_file: ReadFile, text: str, question: str) -> None:
    assert question in read_file("a.csv", text).question


def test_nanoseconds_since_1970_have_the_start_of_the_recording(read_file: ReadFile) -> None:
    read = read_file(
        "a.csv", "video,timestamp_ns,label\na.mp4,1700000000123456789,x\n", zero="2023-11-14T22:13:10Z"
    )  # fmt: skip
    assert read.spans == [("a.mp4", pytest.approx(10.1234567, abs=1e-6), None, "x")]


@pytest.mark.parametrize(("time", "zero"), [
    ("2026-03-29T03:59:58+02:00", "2026-03-29T01:59:00"), ("2026-03-29T01:59:58", "2026-03-29T01:59:00Z"),
    ("1700000012", "2023-11-14T22:13:10"),
])  # fmt: skip
def test_times_with_and_without_a_time_zone_are_not_compared(read_file: ReadFile, time: str, zero: str) -> None:
    read = read_file("a.csv", f"video,start,label\na.mp4,{time},x\n", zero=zero)
    assert (read.events, "time zone" in read.refused[0][1]) == ([], True)


def test_a_row_that_was_cut_with_its_file_is_refused(read_file: ReadFile) -> None:
    cut, whole = f"{HEAD}\na.mp4,1,2,x\nb.mp4,2", f"{HEAD}\na.mp4,1,2\nb.mp4,2"
    assert [len(read_file("a.csv", text).events) for text in (cut, f"{cut}\n", whole)] == [1, 2, 2]
    assert "the file may be cut" in read_file("a.csv", cut).refused[0][1]


def test_a_box_of_gemini_begins_at_the_top(read_file: ReadFile) -> None:
    read = read_file("a.jsonl", '{"video": "a.mp4", "start": 1, "label": "car", "box_2d": [100, 200, 300, 600]}\n')
    assert read.events[0][1].box == "[0.2, 0.1, 0.4, 0.2]"


def test_confidences_of_ten_are_shares(read_file: ReadFile) -> None:
    read = read_file("a.csv", f"{HEAD},confidence\na.mp4,1,2,x,7\na.mp4,3,4,y,11\n", scale="10")
    assert (read.confidences, len(read.refused)) == ([0.7], 1)
