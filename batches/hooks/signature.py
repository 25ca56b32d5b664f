"""Signatures of webhooks, ours and vendors': `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 over t, a dot and the body."""

import hashlib
import hmac
import re
from collections.abc import Iterable

OLDEST = 300  # seconds a signature is good for, before and after its time

_PART = re.compile(r"(t|v1)=([0-9a-fA-F]{1,64})", re.ASCII)


def sign(secrets: Iterable[str], body: bytes, at: int) -> str:
    """The header for a body sent at `at` (Unix seconds): one `v1` for each secret that is valid now."""
    return ",".join([f"t={at}", *(f"v1={_digest(secret, body, str(at))}" for secret in secrets)])


def verify(header: str, secret: str, body: bytes, now: float) -> str:
    """The signature, if the header has it for these very bytes with this secret, not older than OLDEST at `now`; else "".

    The same message gives the same one, however its header is spelled.
    """
    parts = [_PART.fullmatch(part.strip()) for part in header.split(",")[:10]]
    found = [(part[1], part[2]) for part in parts if part]
    times = [value for name, value in found if name == "t"]
    if not secret or len(times) != 1 or not re.fullmatch(r"\d{1,12}", times[0], re.ASCII):
        return ""
    right = _digest(secret, body, times[0])
    # All are compared, each in constant time: nothing tells which one was nearly right.
    good = [hmac.compare_digest(value.lower(), right) for name, value in found if name == "v1"]
    return right if any(good) and abs(now - int(times[0])) <= OLDEST else ""


def _digest(secret: str, body: bytes, at: str) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
