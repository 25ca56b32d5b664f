"""Text that tries to become code, and what of a page a browser would run."""

from html.parser import HTMLParser
from typing import Any

from django.db import models

MARK = "window.hit"
TEXT = (
    f'<img src=x onerror="{MARK}=1"></script><script>{MARK}=1</script>" onmouseover="{MARK}=1" hx-get="/hit'
    " {{7*7}} \u202etxt.exe"
)
ADDRESS = f"javascript:{MARK}=1"
ADDRESSES = (ADDRESS, f"data:text/html,<script>{MARK}=1</script>", "vbscript:hit", f" jav\nascript:{MARK}=1")

LEADING = ("href", "src", "action", "formaction", "poster", "hx-get", "hx-post")


def poison(rows: "models.QuerySet[Any]", *kept: str, text: str = TEXT) -> None:
    """Hostile text in every column of these rows that takes any text; `kept` are those that others point at."""
    fields = {}
    for field in rows.model._meta.concrete_fields:
        if field.choices or field.unique or field.name in kept:
            continue
        if isinstance(field, models.JSONField):
            fields[field.name] = {text: text} if field.get_default() in ({}, None) else [text]
        elif isinstance(field, models.URLField) or field.name.endswith(("_url", "_uri")):
            fields[field.name] = ADDRESS
        elif type(field) in (models.TextField, models.CharField):
            fields[field.name] = text[: field.max_length]
    rows.update(**fields)


class _Runs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            text = "".join((value or "").split()).lower()
            leads = name in LEADING and text.startswith(("javascript:", "data:text", "vbscript:"))
            runs = name.startswith(("on", "hx-on")) or (name.startswith("hx-") and text.startswith(("js:", "/hit")))
            if leads or runs or (tag == "img" and value == "x"):
                self.runs.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and data.strip().startswith(MARK):
            self.runs.append(data)


def code_in(page: bytes) -> list[str]:
    """The elements of a page that would run or lead to hostile code."""
    parser = _Runs()
    parser.feed(page.decode())
    parser.close()
    return parser.runs
