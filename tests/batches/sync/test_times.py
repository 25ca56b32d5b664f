"""Times in the formats that vendors use."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from batches.sync.times import clock_text, read_moment, read_seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("00:12", 12.0), ("01:00:00", 3600.0), ("59:59", 3599.0), ("100:00:00", 360_000.0), ("00:12.5", 12.5),
        ("75:00", 4500.0), ("00:61", None), ("01:60:00", None), (12.3, 12.3), (4, 4.0), ("12.3", 12.3), ("t=4", 4.0),
        ("", None), ("abc", None), (None, None), (True, None), ([], None), (float("nan"), None), ("inf", None),
        (10**400, None), ("-1:00", None),
    ],
)  # fmt: skip
def test_read_seconds_reads_every_format(value: Any, seconds: float | None) -> None:
    assert read_seconds(value) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (12.9, "00:12"), (3599.9, "59:59"), (3600, "1:00:00"), (36_061, "10:01:01")]
)
def test_clock_text_shows_hours_minutes_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-20T09:00:00Z", datetime(2026, 5, 20, 9, tzinfo=UTC)),
        ("2026-05-20T09:00:00.125Z", datetime(2026, 5, 20, 9, 0, 0, 125_000, tzinfo=UTC)),
        ("2026-05-20T11:00:00+02:00", datetime(2026, 5, 20, 11, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-05-20T09:00:00", datetime(2026, 5, 20, 9, tzinfo=UTC)),
    ],
)
def test_read_moment_reads_fractions_and_offsets(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["", "N/A", "yesterday", "2026-13-01T00:00:00Z"])
def test_read_moment_rejects_other_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_moment(text)
