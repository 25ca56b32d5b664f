"""Keeps within a vendor's rate limit, so that the vendor does not have to refuse requests."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from batches.errors import VendorUnavailable

MAX_WAIT_SECONDS = 7 * 86_400.0  # a longer wait is a mistake of the vendor
MIN_WAIT_SECONDS = 1.0


class Quota:
    """The number of requests a key has left: counted here and corrected by the headers of the vendor's answers.

    `limit` requests are allowed in `window` seconds. Without a `limit` only the answers' headers count.
    `reserve` requests are left to other users of the same key. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        limit: int | None = None,
        window: float = 3600.0,
        reserve: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.limit, self.window, self.reserve, self.now = limit, window, reserve, now
        self._left = limit
        self._fresh_at: float | None = None  # when the window ends, epoch seconds of our clock
        self._lock = Lock()

    def take(self) -> None:
        """Count one request. Raises VendorUnavailable with the seconds to wait if none is left."""
        with self._lock:
            now = self.now()
            if self._fresh_at is not None and now >= self._fresh_at:
                self._left, self._fresh_at = self.limit, None
            if self._left is None:
                return
            if self._fresh_at is None:
                self._fresh_at = now + self.window
            if self._left <= self.reserve:
                wait = max(MIN_WAIT_SECONDS, self._fresh_at - now)
                raise VendorUnavailable("The vendor's rate limit is reached.", retry_after=wait, reached=False)
            self._left -= 1

    def update_from_headers(self, headers: Mapping[str, str]) -> None:
        """Take over the vendor's own count from X-RateLimit-Remaining and X-RateLimit-Reset."""
        remaining, wait = headers.get("X-RateLimit-Remaining", "").strip(), reset_after(headers, None, self.now())
        if not (remaining.isascii() and remaining.isdigit() and len(remaining) < 10) or wait is None:
            return
        with self._lock:
            fresh_at = self.now() + wait
            same_window = self._fresh_at is not None and fresh_at < self._fresh_at + MIN_WAIT_SECONDS
            # Answers may arrive out of order: within a window the smaller count is the later one.
            count = int(remaining)
            self._left = min(self._left, count) if same_window and self._left is not None else count
            self._fresh_at = fresh_at


def reset_after(headers: Mapping[str, str], answer: Any, now: float) -> float | None:
    """Seconds until the window ends, by X-RateLimit-Reset or an error's `details.reset_time` (Unix seconds).

    Measured against the answer's own Date header, if any, because clocks differ. None without a usable time.
    """
    moment = _epoch(headers.get("X-RateLimit-Reset"))
    if moment is None and isinstance(answer, dict) and isinstance(answer.get("details"), dict):
        moment = _epoch(answer["details"].get("reset_time"))
    if moment is None:
        return None
    wait = moment - server_time(headers, now)
    return wait if 0 < wait <= MAX_WAIT_SECONDS else None


def server_time(headers: Mapping[str, str], now: float) -> float:
    """Epoch seconds by the server's clock, from its Date header; `now` (our clock) without one."""
    try:
        return parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError, TypeError):
        return now


def _epoch(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
