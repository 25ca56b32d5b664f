"""A vendor's rate limit, kept before it is reached."""

import pytest

from batches.errors import VendorUnavailable
from batches.sync.quota import Quota, reset_after

DATE = "Mon, 01 Jun 2026 08:00:00 GMT"  # 1780300800


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


def test_quota_limit_ends_with_the_hour() -> None:
    clock = Clock()
    quota = Quota(limit=3, window=3600, reserve=1, now=clock)
    quota.take()
    clock.time += 600
    quota.take()
    with pytest.raises(VendorUnavailable) as stop:
        quota.take()
    assert stop.value.retry_after == 3000
    clock.time += 3000
    quota.take()


def test_quota_takes_over_the_vendors_count() -> None:
    quota = Quota(limit=1000, reserve=50, now=Clock())
    quota.update_from_headers({"X-RateLimit-Remaining": "50", "X-RateLimit-Reset": "1000090"})
    with pytest.raises(VendorUnavailable) as stop:
        quota.take()
    assert stop.value.retry_after == 90


def test_quota_ignores_the_count_of_an_older_answer() -> None:
    quota = Quota(now=Clock())
    quota.update_from_headers({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1000090"})
    quota.update_from_headers({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "1000090"})
    quota.take()
    with pytest.raises(VendorUnavailable):
        quota.take()


def test_quota_new_window_has_a_new_count() -> None:
    quota = Quota(now=Clock())
    quota.update_from_headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000090"})
    quota.update_from_headers({"X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "1003690"})
    quota.take()


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-RateLimit-Remaining": "0"}, {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "1000090"},
     {"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "1000090"},
     {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"},
     {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "999999"}],
)  # fmt: skip
def test_quota_has_no_limit_without_usable_headers(headers: dict[str, str]) -> None:
    quota = Quota(now=Clock())
    quota.update_from_headers(headers)
    for _ in range(5):
        quota.take()


@pytest.mark.parametrize(
    ("headers", "answer", "seconds"),
    [
        ({"X-RateLimit-Reset": "1000090"}, None, 90),
        ({"X-RateLimit-Reset": "1780300860", "Date": DATE}, None, 60),  # our clock is years behind: theirs counts
        ({}, {"details": {"reset_time": 1000030}}, 30),
        ({}, {"details": {"reset_time": True}}, None),
        ({}, {"details": "later"}, None),
        ({}, ["later"], None),
        ({"X-RateLimit-Reset": "nan"}, None, None),
        ({"X-RateLimit-Reset": "1e300"}, None, None),
        ({"X-RateLimit-Reset": "999999"}, None, None),
    ],
)
def test_reset_after_reads_headers_or_the_error(headers: dict[str, str], answer: object, seconds: float | None) -> None:
    assert reset_after(headers, answer, 1_000_000) == seconds
