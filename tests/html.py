"""A page's HTML in one form, however its template breaks the lines, and its weight."""

import gzip
import re

MOST_BYTES = 14_000  # of a page with a full list, as it is sent


def weight(page: bytes) -> int:
    """Bytes on their way to the browser."""
    return len(gzip.compress(page, mtime=0))


def compact(page: bytes) -> str:
    """The HTML without the whitespace that a browser ignores in a tag, and at both ends of an element's content."""
    html = re.sub(r"\s+", " ", page.decode()).strip()
    html = re.sub(r" +>", ">", html)
    html = re.sub(r"(<[a-z][^>]*>) ", r"\1", html)
    html = re.sub(r" (</)", r"\1", html)
    return re.sub(r"> <", "><", html)
