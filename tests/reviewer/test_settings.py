"""Without its secrets nothing starts."""

import os
import subprocess
import sys

import pytest

GOOD = {
    "SECRET_KEY": "only-for-this-test-" * 3, "CREDENTIALS_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "DATABASE_URL": "sqlite:///:memory:",
}  # fmt: skip


@pytest.mark.case("T08")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({"CREDENTIALS_KEY": ""}, "CREDENTIALS_KEY is not set."),
    ],
)
def test_a_missing_or_short_secret_is_named_and_nothing_starts(wrong: dict[str, str], sentence: str) -> None:
    env = os.environ | GOOD | wrong
    argv = [sys.executable, "-c", "import reviewer.settings"]
    result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert sentence in result.stderr
