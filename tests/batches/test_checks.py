"""Start-up checks: a mistake in the settings is named before the first request."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from batches.checks import credentials_keys


@pytest.mark.parametrize("keys", [["too-short"], [Fernet.generate_key().decode(), "x" * 44], []])
def test_a_malformed_credentials_key_is_named_at_the_start(settings: Any, keys: list[str]) -> None:
    settings.CREDENTIALS_KEYS = keys
    assert [message.id for message in credentials_keys()] == ["batches.E002"]


def test_good_credentials_keys_pass(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()] * 2
    assert credentials_keys() == []
