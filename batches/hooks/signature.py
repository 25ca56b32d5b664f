"""Signatures of webhooks, ours and vendors': `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 of t, a dot and the body."""

import hashlib
import hmac
import re
from collections.abc import Iterable

MAX_AGE_SECONDS = 300  # of a signature, before and after its time

_PART = re.compile(r"(t|v1)=([0-9a-fA-F]{1,64})", re.ASCII)


def sign(secrets: Iterable[str], body: bytes, at: int) -> str:
    """The header for a body sent at `at` (Unix seconds), with one `v1` for each valid secret."""
    return ",".join([f"t={at}", *(f"v1={_digest(secret, body, str(at))}" for secret in secrets)])


def verify(header: str, secret: str, body: bytes, now: float) -> str:
    """The signature, if the header holds a valid one for this body and secret that is recent enough; else "".

    The same message gives the same signature, whatever the spelling of its header.
    """
    parts = [_PART.fullmatch(part.strip()) for part in header.split(",")[:10]]
    pairs = [(part[1], part[2]) for part in parts if part]
    times = [value for name, value in pairs if name == "t"]
    if not secret or len(times) != 1 or not re.fullmatch(r"\d{1,12}", times[0], re.ASCII):
        return ""
    expected = _digest(secret, body, times[0])
    # Compares all signatures, each in constant time, so that timing reveals nothing.
    matches = [hmac.compare_digest(value.lower(), expected) for name, value in pairs if name == "v1"]
    return expected if any(matches) and abs(now - int(times[0])) <= MAX_AGE_SECONDS else ""


def _digest(secret: str, body: bytes, at: str) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
