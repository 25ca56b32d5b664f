from typing import Any

import pytest

from batches.errors import BadRecord
from batches.sync.vendors.nomadic_times import read_exact_mark, read_mark


@pytest.mark.parametrize(
    ("mark", "clock", "seconds"),
    [
        ("t=12.3", "00:12", 12.3), ("12.5", "00:12", 12.5), ("t=59.999", "00:59", 59.999), ("t=60.0", "01:00", 60.0),
        ("t=1e2", "01:40", 100.0), (" t=5", "00:00", None), ("t=15,16", "00:00", None), ("t=abc", "00:00", None),
        ("", "00:00", None), (None, "00:00", None), (False, "00:00", None), (0, "00:00", 0.0), (0.0, "00:00", 0.0),
        ([], "00:00", None), ("t=3600", "01:00:00", 3600.0), ("t=3599.99", "59:59", 3599.99),
        ("t=3661.9", "01:01:01", 3661.9), ("t=360000", "100:00:00", 360_000.0), ("t=-3", "59:57", -3.0),
        ("t=-0.5", "59:59", -0.5), ("t= 5 ", "00:05", 5.0), ("t=1_0", "00:10", 10.0), ("t=٣", "00:03", 3.0),
        ("t=t=3", "00:00", None), ("t=15.00", "00:15", 15.0),
    ],
)  # fmt: skip
def test_read_mark_cuts_fractions(mark: Any, clock: str, seconds: float | None) -> None:
    assert read_mark(mark, "time") == (clock, seconds)


@pytest.mark.parametrize("mark", ["t=nan", "t=inf", "-inf", "t=1e400", 12.3, 12, True, ["t=1"], {"t": 1}])
def test_read_mark_names_a_mark_that_crashes_the_sdk(mark: Any) -> None:
    with pytest.raises(BadRecord, match=r"^end_time: expected "):
        read_mark(mark, "end_time")


@pytest.mark.parametrize(
    ("mark", "clock"),
    [
        ("t=1.250", "00:01.25"), ("t=61.0625", "01:01.0625"), ("t=3661.5", "01:01:01.5"), ("t=1e1", "00:10"),
        ("t=0.1", "00:00.1"), ("t=nan", "00:00"), ("t=inf", "00:00"), ("t=-3", "00:00"), ("", "00:00"), (None, "00:00"),
        ("t=abc", "00:00"),
    ],
)  # fmt: skip
def test_read_exact_mark_keeps_the_fraction(mark: Any, clock: str) -> None:
    assert read_exact_mark(mark, "time")[0] == clock


@pytest.mark.parametrize("mark", ["t=1e4400", "t=1e999999999", 5])
def test_read_exact_mark_rejects_what_crashes_the_sdk(mark: Any) -> None:
    with pytest.raises(BadRecord, match=r"^time: expected "):
        read_exact_mark(mark, "time")
