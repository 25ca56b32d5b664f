"""A finished file over HTTP: whole, a part of it (Range, If-Range), or nothing because it is there already."""

import re
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


type Read = Callable[[int, int], Iterator[bytes]]  # the bytes from the first number to before the second


def file_response(
    request: HttpRequest, read: Read, size: int, *, etag: str, content_type: str, part: int = 0
) -> HttpResponseBase:
    """200, 206, 304 or 416. `etag` is strong: the file never changes under it.

    Several ranges at once, and an `If-Range` of another file, are answered with the whole. With `part`, a range is
    answered with so many bytes at most, as one piece; the client asks for more when it needs more.
    """
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{etag}"'}
    if etag_matches(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers=headers)
    start, end, status = 0, size, 200
    range_match = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if range_match and any(range_match.groups()) and request.headers.get("If-Range", f'"{etag}"') == f'"{etag}"':
        span = _span(range_match[1], range_match[2], size)
        if span is None:
            return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
        (start, end), status = span, 206
        end = min(end, start + part) if part else end
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    body = iter(()) if request.method == "HEAD" else read(start, end)
    if part and status == 206:
        return HttpResponse(b"".join(body), status=status, content_type=content_type, headers=headers)
    return StreamingHttpResponse(body, status=status, content_type=content_type, headers=headers)


def etag_matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names this entity; weakly, as that header compares."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or f'"{etag}"' in tags


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """The first byte and the byte after the last; None if the range is empty."""
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None
