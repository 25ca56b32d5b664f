"""The `token` command: a token printed once, within the person's rights."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from batches.models import Token
from tests.factories import make_connection, make_member, make_user

pytestmark = pytest.mark.django_db


def run(*argv: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was said beside it."""
    out, beside = io.StringIO(), io.StringIO()
    try:
        call_command("token", *argv, stdout=out, stderr=beside)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), beside.getvalue()


def test_only_the_token_is_on_stdout_and_it_opens() -> None:
    user = make_member(make_connection(), "reviewer", "rita")
    code, out, beside = run("rita", "--scope", "review", "--days", "7")
    token = Token.objects.opened_by(out.strip())
    assert (code, out.count("\n")) == (0, 1)
    assert token is not None
    assert (token.user, token.scope) == (user, "review")
    assert abs(token.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)  # type: ignore[operator]
    assert f"Expires {token.expires_at:%Y-%m-%d}. It is shown only once:" in beside


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["nobody", "--scope", "read"], "There is no user 'nobody'."),
        (["vera", "--scope", "review"], "vera has no connection with the rights for a review token."),
        (["sam", "--scope", "read"], "sam has no connection with the rights for a read token."),
        (["vera", "--scope", "read", "--days", "0"], "A token is valid for 1 to 366 days, not 0."),
    ],
)
def test_bad_arguments_exit_with_2_and_a_message(argv: list[str], why: str) -> None:
    make_member(make_connection(), "viewer", "vera")
    make_user("sam")
    assert run(*argv) == (2, "", why)
    assert Token.objects.count() == 0


def test_a_deactivated_person_gets_none() -> None:
    user = make_member(make_connection(), "viewer", "vera")
    user.is_active = False
    user.save()
    assert run("vera", "--scope", "read")[0] == 2
