"""The first administrator of a new installation."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext

from batches.errors import NotAllowed, TooMany
from batches.models import SetupCode, Tally
from batches.models.setup_code import digest_of_code, new_code
from batches.models.tally import tally_key

WRONG_CODES, PERIOD = 20, timedelta(hours=1)  # of all addresses together


def nobody_exists() -> bool:
    return not User.objects.exists()


def issue_setup_code() -> str:
    """A new setup code; empty once somebody exists."""
    if not nobody_exists():
        return ""
    code = new_code()
    SetupCode.objects.create(digest=digest_of_code(code))
    return code


def make_first_administrator(*, code: str, username: str, email: str, password: str) -> User:
    """Make the account and end all codes. Raises NotAllowed for a wrong code, TooMany."""
    tally = Tally.objects.current(tally_key("setup code"))
    if tally and tally.count >= WRONG_CODES:
        raise TooMany(gettext("Too many wrong setup codes. Try again later."), tally.seconds_left)
    with transaction.atomic():
        used, _ = SetupCode.objects.live().filter(digest=digest_of_code(code)).delete()
        if used and nobody_exists():
            SetupCode.objects.all().delete()
            return User.objects.create_superuser(username, email, password)
    Tally.objects.add(tally_key("setup code"), PERIOD)
    why = gettext("This setup code is wrong, or older than a week. The server prints a new one when it starts.")
    raise NotAllowed(why)
