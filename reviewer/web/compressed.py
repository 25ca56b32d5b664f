"""Compresses pages and JSON. Files that stream go out as they are: they are read while they are made.

Compression beside text that a request chose can betray a secret by the length of the response (BREACH). No page repeats
a secret: the CSRF token is masked anew in each response, and tokens, links and webhook secrets are shown in one
response only. As in Django's own middleware, random bytes in the header of the file hide the exact length all the same.
That middleware itself compresses streams too, and at level 6: four times the CPU for an eighth less.
"""

import gzip
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

MIN_BYTES = 1000
LEVEL = 1
MAX_PADDING = 100
COMPRESSED = {"text/html", "application/json"}


class CompressionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not (isinstance(response, HttpResponse) and _is_worth_it(response)):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = _with_padding(gzip.compress(response.content, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _is_worth_it(response: HttpResponse) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    plain = not response.has_header("Content-Encoding") and not response.has_header("ETag")
    return kind in COMPRESSED and plain and len(response.content) >= MIN_BYTES


def _with_padding(file: bytes) -> bytes:
    """The gzip file with a file name of random length, which readers skip (RFC 1952)."""
    name = secrets.token_hex(MAX_PADDING // 2)[: 1 + secrets.randbelow(MAX_PADDING)]
    return file[:3] + bytes([gzip.FNAME]) + file[4:10] + name.encode() + b"\0" + file[10:]
