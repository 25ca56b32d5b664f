"""When to ask again, and when to stop. No Django here."""

from datetime import timedelta

FIRST_POLL, LONGEST_LOOK = timedelta(minutes=1), timedelta(hours=6)
FIRST_LIST, LONGEST_LIST = timedelta(minutes=5), timedelta(hours=1)
LONGEST_WAIT = timedelta(days=7)  # a vendor that asks for more is asked again after this
QUIET_POLLS = 130  # without anything new: about a month
TROUBLED_POLLS = 8  # with a status word nobody knows, a refusal or an incomplete sync: about four hours


def poll_after(quiet: int) -> timedelta:
    """Until the next look at a batch in which so many looks in a row found nothing new."""
    return min(FIRST_POLL * 2.0 ** min(quiet, 20), LONGEST_LOOK)


def list_after(quiet: int) -> timedelta:
    """Until the next list of an account's batches, after so many in a row with nothing new."""
    return min(FIRST_LIST * 2.0 ** min(quiet, 20), LONGEST_LIST)
