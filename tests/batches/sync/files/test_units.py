"""Times and confidences in the units of any detector are read correctly or refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.files.units import read_number, read_share, read_time
from tests.batches.sync.files.conftest import ReadFile


@pytest.mark.parametrize(("value", "unit", "seconds"), [
    ("12.5", "s", 12.5), (12, "s", 12), ("38.038s", "ms", 38.038), ("0s", "s", 0), ("1500 ms", "s", 1.5),
    ("2µs", "s", 2e-6),
    ("61000", "ms", 61), (61_000_000, "us", 61), (5e9, "ns", 5), ("930", "frames:30", 31),
    (1001, "frames:29.97", 1001 / 29.97),
    ("00:00:01,500", "s", 1.5), ("1:02:03.5", "ms", 3723.5), ("0:00:02.4690000", "s", 2.469), ("t=72.9", "s", 72.9),
    ("PT1.5S", "s", 1.5), ("PT1M2S", "frames:25", 62), ("P1DT1H", "s", 90_000), ("00:00:01:12", "frames:24", 1.5),
    ("00:01:00;02", "frames:29.97", 1800 / 29.97), ({"seconds": 14, "nanos": 833_664_000}, "s", 14.833664),
    ({"seconds": "3"}, "s", 3), ("1,5", "s", 1.5), ("6,25e-2", "s", 0.0625),
    ("", "s", None), (None, "s", None), ("NaN", "s", None),
])  # fmt: skip
def test_a_time_in_any_unit_is_seconds(value: Any, unit: str, seconds: float | None) -> None:
    assert read_time(value, unit) == (seconds if seconds is None else pytest.approx(seconds, abs=1e-9))


@pytest.mark.parametrize(("value", "unit", "reason"), [
    ("1700000000.12", "s", "choose another unit"), ("930", "frames", "choose the frame rate"),
    ("soon", "s", "expected seconds"),
    ("00:00:01:30", "frames:25", "not a time code at this frame rate"),
    ("00:00:01:12", "s", "choose the frame rate"),
    ("1:75", "s", "expected"),
    ("2026-03-29T01:59:58Z", "s", "start of the recording"), (True, "s", "expected seconds"),
    ([1], "s", "expected seconds"),
    ("P", "s", "expected seconds"), ("1_0", "s", "expected seconds"), ("1,234", "s", "choose the decimal mark"),
    (10**400, "s", "too many digits"),
])  # fmt: skip
def test_an_ambiguous_or_invalid_time_is_refused(value: Any, unit: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_time(value, unit)


def test_times_of_day_count_from_the_start_of_the_recording() -> None:
    zero = 1_700_000_000.0
    assert read_time("1700000012.5", "epoch", zero) == 12.5
    assert read_time(1_700_000_012_500, "epoch-ms", zero) == 12.5
    assert read_time("2023-11-14T22:13:30Z", "s", zero) == 10
    assert read_time("2023-11-14T23:13:30+01:00", "s", zero) == 10


@pytest.mark.parametrize(("value", "scale", "share"), [
    ("0.91", "1", 0.91), ("91%", "1", 0.91), ("1.0000001", "1", 1), (-1e-9, "1", 0), ("92.28", "100", 0.9228),
    ("1", "100", 0.01),
    ("0,91", "1", 0.91), ("high", "words", None), ("", "1", None), (float("nan"), "1", None), ("100.0001", "100", 1),
])  # fmt: skip
def test_a_confidence_of_any_scale_is_a_share(value: Any, scale: str, share: float | None) -> None:
    assert read_share(value, scale) == (share if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    ("value", "scale"), [("91", "1"), ("high", "1"), (101, "100"), (True, "1"), ([0.5], "1"), ("-0.5", "1")]
)
def test_a_confidence_outside_its_scale_is_refused(value: Any, scale: str) -> None:
    with pytest.raises(ValueError, match="expected 0 to"):
        read_share(value, scale)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_is_read_as_it_was_written(number: float) -> None:
    assert read_number(repr(number)) == number
    with_comma = f"{number:.6f}".replace(".", ",")
    assert read_number(with_comma, ",") == float(f"{number:.6f}")


@given(st.text("0123456789.,eE+-_ xs%", max_size=12), st.sampled_from(["", ",", "."]))
def test_a_text_is_a_number_or_refused(text: str, decimal: str) -> None:
    try:
        number = read_number(text, decimal)
    except ValueError:
        return
    digits = [letter for letter in text.lower().split("e")[0] if letter.isdigit()]
    shown = [letter for letter in f"{abs(number):f}" if letter.isdigit()]
    assert (
        "e" in text.lower()
        or "".join(digits).strip("0")[:9] == "".join(shown).strip("0")[: min(9, len("".join(digits).strip("0")))]
    )


@pytest.mark.parametrize(("rows", "options"), [
    ("Video,StartTimestampMillis,EndTimestampMillis,Label,Confidence\nc.mp4,500,1500,Car,95.5\nc.mp4,61000,62000,Bus,50.53\n",
     {"unit.start": "ms", "unit.end": "ms", "scale": "100"}),
    ("video,start (ms),duration,label\nc.mp4,500,1000,Car\n", {"unit.start": "ms", "unit.duration": "ms"}),
    ("video,start_frame,end_frame,label\nc.mp4,500,1000,Car\n", {"unit.start": "frames", "unit.end": "frames"}),
    ("video,start,end,label\nc.mp4,1700000000.5,1700000001,Car\n", {"unit.start": "epoch", "unit.end": "epoch"}),
    ("video,start,label,confidence\nc.mp4,1,Car,high\n", {"scale": "words"}),
])  # fmt: skip
def test_units_are_guessed_from_names_and_values(read_file: ReadFile, rows: str, options: dict[str, str]) -> None:
    assert read_file("d.csv", rows).options == options


def test_the_confidence_is_the_column_with_numbers(read_file: ReadFile) -> None:
    read = read_file("d.csv", "video,start,confidence,score\nc.mp4,1,high,92.28\n")
    assert (read.mapping["confidence"], read.confidences) == ("score", [0.9228])


@pytest.mark.parametrize(("rows", "question"), [
    ("video,label,confidence\na.mp4,x,92.28\na.mp4,x,1\na.mp4,x,0.9\n", "Choose the scale of the confidence"),
    ("video,frame,label\na.mp4,930,x\n", "Choose the frame rate"),
    ("video,start,label\na.mp4,2026-03-29T01:59:58Z,x\n", "Choose the start of the recording"),
])  # fmt: skip
def test_ambiguous_units_raise_a_question(read_file: ReadFile, rows: str, question: str) -> None:
    read = read_file("d.csv", rows)
    assert read.question.startswith(question)
    assert read.events == []


def test_answers_to_the_questions_are_used(read_file: ReadFile) -> None:
    rows = "video,label,confidence\na.mp4,x,92.28\na.mp4,x,1\na.mp4,x,0.9\n"
    assert read_file("d.csv", rows, scale="100").confidences == pytest.approx([0.9228, 0.01, 0.009])
    assert read_file("d.csv", "video,frame,label\na.mp4,930,x\n", unit_start="frames:30").spans == [
        ("a.mp4", 31, None, "x")
    ]
    read = read_file("d.csv", "video,start,label\na.mp4,2026-03-29T01:59:58Z,x\n", zero="2026-03-29T01:59:00Z")
    assert read.spans == [("a.mp4", 58, None, "x")]


def test_frames_of_a_track_become_one_event(read_file: ReadFile) -> None:
    rows = "video,frame,label,confidence,track\n" + "".join(
        f"a.mp4,{frame},car,0.{50 + frame % 40},7\na.mp4,{frame},bus,0.5,8\n"
        for frame in [*range(90), *range(300, 330)]
    )
    read = read_file("d.csv", rows, unit_start="frames:30")
    assert [(start, round(end or 0, 3), label) for _, start, end, label in read.spans] == [
        (0, 2.967, "car"), (0, 2.967, "bus"), (10, 10.967, "car"), (10, 10.967, "bus")
    ]  # fmt: skip
    assert read.confidences == [0.89, 0.5, 0.89, 0.5]
    assert len(read_file("d.csv", rows, unit_start="frames:30", gap="8").events) == 2
    assert len(read_file("d.csv", rows, unit_start="frames:30", gap="").events) == 240
