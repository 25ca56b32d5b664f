"""The intervals of automatic polling and listing, and when polling stops. No Django here."""

from datetime import timedelta

MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = timedelta(minutes=1), timedelta(hours=6)
MIN_LIST_INTERVAL, MAX_LIST_INTERVAL = timedelta(minutes=5), timedelta(hours=1)
MAX_WAIT = timedelta(days=7)  # even if a vendor asks for a longer wait
MAX_QUIET_POLLS = 130  # without changes: about a month
MAX_TROUBLED_POLLS = 8  # with an unknown status, a refusal or an incomplete sync: about four hours


def poll_after(quiet: int) -> timedelta:
    """The wait until the next poll of a batch, after `quiet` polls without changes."""
    return min(MIN_POLL_INTERVAL * 2.0 ** min(quiet, 20), MAX_POLL_INTERVAL)


def list_after(quiet: int) -> timedelta:
    """The wait until the next listing of an account, after `quiet` listings without a new batch."""
    return min(MIN_LIST_INTERVAL * 2.0 ** min(quiet, 20), MAX_LIST_INTERVAL)
