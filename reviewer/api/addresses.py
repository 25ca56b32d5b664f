"""Addresses of media in vendors' data. A token with the scope meta or start reads everything but these."""

import re
from typing import Any

from rest_framework.request import Request

from reviewer.api.auth import MEDIA, token_of

# Matches in JSON inside a text field too, where a slash or an ampersand may be escaped.
_ADDRESS = re.compile(
    r'(?:\b[a-z][a-z0-9+.-]{0,20}:)?(?:\\?/){2}(?:\\[/u]|[^\s"<>\\])*|\bdata:\w+/(?:\\[/u]|[^\s"<>\\])*', re.IGNORECASE
)


def sees_media(request: Request) -> bool:
    """Whether the request may read addresses of thumbnails, clips and sources."""
    token = token_of(request)
    return token is None or token.scope in MEDIA


def redact_addresses(request: Request, data: Any) -> Any:
    """JSON data of a vendor as the request may read it: complete, or with addresses removed."""
    return data if sees_media(request) else _without_addresses(data)


def _without_addresses(data: Any) -> Any:
    if isinstance(data, str):
        return _ADDRESS.sub("", data)
    if isinstance(data, list):
        return [_without_addresses(part) for part in data]
    if isinstance(data, dict):
        return {name: _without_addresses(part) for name, part in data.items()}
    return data
