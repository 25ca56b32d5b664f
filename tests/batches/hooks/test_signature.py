"""Signatures: ours are valid, others are refused."""

import pytest

from batches.hooks.signature import MAX_AGE_SECONDS, sign, verify

BODY = b'{"a": 1}'
GOOD = sign(["secret"], BODY, 1000)


def test_signature_equals_openssls() -> None:
    # printf '1000.{"a": 1}' | openssl dgst -sha256 -hmac secret
    assert GOOD == "t=1000,v1=62f441056e641f09b3352901a109dc404a1e347672c76c5b779c73c2d63af336"


@pytest.mark.parametrize("secret", ["secret", "older"])
def test_signature_is_valid_with_either_secret(secret: str) -> None:
    assert verify(sign(["secret", "older"], BODY, 1000), secret, BODY, 1000)


@pytest.mark.parametrize("now", [1000 - MAX_AGE_SECONDS, 1000, 1000 + MAX_AGE_SECONDS])
def test_signature_is_valid_for_five_minutes(now: float) -> None:
    assert verify(GOOD, "secret", BODY, now)


@pytest.mark.parametrize("now", [1000 - MAX_AGE_SECONDS - 1, 1000 + MAX_AGE_SECONDS + 1])
def test_signature_is_refused_outside_five_minutes(now: float) -> None:
    assert not verify(GOOD, "secret", BODY, now)


@pytest.mark.parametrize(
    "header",
    ["", "t=1000", "v1=" + "0" * 64, "t=1000,v1=", "t=1000,v1=" + "0" * 64, GOOD.replace("1000", "1001"),
     GOOD + ",t=1000", GOOD.replace("v1", "v0"), GOOD[:-1], "t=١٠٠٠," + GOOD.split(",")[1], "t=" + "9" * 64 + ",v1=00",
     "," * 10_000],
)  # fmt: skip
def test_signature_is_refused_if_malformed(header: str) -> None:
    assert not verify(header, "secret", BODY, 1000)


def test_signature_is_refused_for_another_body_or_secret() -> None:
    assert not verify(GOOD, "secret", BODY + b" ", 1000)
    assert not verify(GOOD, "other", BODY, 1000)
    assert not verify(sign([""], BODY, 1000), "", BODY, 1000)


def test_signature_ignores_spaces_and_capitals() -> None:
    time, digest = GOOD.split(",")
    assert verify(f" {time} , v1={digest[3:].upper()}", "secret", BODY, 1000)
