"""A page's HTML in one form, however its template breaks the lines."""

import re


def compact(page: bytes) -> str:
    """The HTML without the whitespace that a browser ignores in a tag, and at both ends of an element's content."""
    html = re.sub(r"\s+", " ", page.decode()).strip()
    html = re.sub(r" +>", ">", html)
    html = re.sub(r"(<[a-z][^>]*>) ", r"\1", html)
    html = re.sub(r" (</)", r"\1", html)
    return re.sub(r"> <", "><", html)
