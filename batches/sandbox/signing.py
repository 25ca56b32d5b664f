"""Addresses that carry their own permission: an expiry and a signature, as object stores give them."""

import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode


class Signer:
    """Signs media paths for one method and a limited time, with a secret that dies with the process."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def sign(self, path: str, method: str, expires: int) -> str:
        """`path` with its query; `expires` is in seconds since the epoch."""
        query = urlencode({"expires": expires, "method": method, "signature": self._digest(path, method, expires)})
        return f"{quote(path)}?{query}"

    def refuse(self, path: str, method: str, query: dict[str, str], now: float) -> str | None:
        """Why this request may not be served, or None where it may."""
        expires = query.get("expires", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 15):
            return "SignatureDoesNotMatch"
        expected = self._digest(path, method, int(expires))
        if not hmac.compare_digest(expected.encode(), query.get("signature", "").encode()):
            return "SignatureDoesNotMatch"
        return "ExpiredToken" if now >= int(expires) else None

    def _digest(self, path: str, method: str, expires: int) -> str:
        text = f"{method}\n{path}\n{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()
