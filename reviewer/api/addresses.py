"""Addresses of media in what vendors said: a token for metadata reads everything but these."""

import re
from typing import Any

from rest_framework.request import Request

from reviewer.api.auth import MEDIA, token_of

# Also in JSON that is the text of a field, where a slash or an ampersand may be escaped.
_ADDRESS = re.compile(
    r'(?:\b[a-z][a-z0-9+.-]{0,20}:)?(?:\\?/){2}(?:\\[/u]|[^\s"<>\\])*|\bdata:\w+/(?:\\[/u]|[^\s"<>\\])*', re.IGNORECASE
)


def sees_media(request: Request) -> bool:
    """Whether addresses of thumbnails, clips and sources are for whoever asks."""
    token = token_of(request)
    return token is None or token.scope in MEDIA


def shown(request: Request, said: Any) -> Any:
    """JSON data of a vendor as whoever asks may read it: whole, or with nothing where an address stood."""
    return said if sees_media(request) else _without_addresses(said)


def _without_addresses(said: Any) -> Any:
    if isinstance(said, str):
        return _ADDRESS.sub("", said)
    if isinstance(said, list):
        return [_without_addresses(one) for one in said]
    if isinstance(said, dict):
        return {name: _without_addresses(one) for name, one in said.items()}
    return said
