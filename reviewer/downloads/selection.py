"""The address of a download → its content: rows, format, columns, and the events of each batch."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.urls import register_converter
from django.utils.translation import gettext as _

from batches.export.columns import Columns, parse_columns
from batches.export.download import DEFAULT_FPS, Download, Format, Part, Rows
from batches.models import Approval, Batch
from reviewer.filters.events import EventFilter
from reviewer.filters.events_as_of import filter_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_FPS = 1000
FILE = re.compile(rf"({'|'.join(Rows.values)})\.({'|'.join(map(re.escape, Format.values))})")


class FileConverter:
    """The last part of a download's address: `events.csv`, `items.parquet`, `decisions.jsonl`."""

    regex = FILE.pattern.replace("(", "(?:")

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FileConverter, "file")


@dataclass(frozen=True, slots=True)
class Selection:
    """One download, ready to be counted and written."""

    download: Download
    parts: list[Part]
    filters: list[EventFilter]

    @property
    def rows(self) -> int | None:
        """The number of rows, if the counters of the batches give it."""
        if self.download.rows != Rows.EVENTS or self.download.columns.sdk:
            return None
        totals = [event_filter.total_of_counters for event_filter in self.filters]
        return None if None in totals else sum(filter(None, totals))

    def large(self) -> int | None:
        """The number of events if it is above the limit of a streamed download, else None. Counts only if it must."""
        limit = settings.EXPORT_DIRECT_ROWS
        if self.rows is not None:
            return self.rows if self.rows > limit else None
        if sum(part.batch.event_count for part in self.parts) <= limit:
            return None
        count = self.download.count(self.parts)
        return count if count > limit else None

    @property
    def stem(self) -> str:
        """Of the file's name, for people: batch, state, what is a row."""
        title = self.parts[0].batch.title[:80] if len(self.parts) == 1 else f"{len(self.parts)} batches"
        rows = [] if self.download.rows == Rows.EVENTS else [self.download.rows.value]
        return "-".join([title, *self.filters[0].active.get("approval", []), *rows])


def select(
    batches: Sequence[Batch],
    query: QueryDict,
    file: str,
    *,
    user: "User | None",
    permalinks: bool = False,
    several: bool = False,
    raw: bool = False,
) -> Selection:
    """Read a download's address. Raises BadRequest with a sentence that names what is wrong."""
    match = FILE.fullmatch(file)
    if not match:
        raise BadRequest(
            _(
                "{file}: not a download; use events, items, decisions or dataset with .csv, .json, .jsonl or "
                ".parquet; or dataset with .coco.json, .cvat.xml or .labelstudio.json."
            ).format(file=file)
        )
    if not batches:
        raise BadRequest(_("There is no batch to download."))
    rows = Rows(match[1])
    filters, past = [], None
    for batch in batches:
        event_filter, past = filter_of(batch, query, user)
        filters.append(event_filter)
    approvals = filters[0].active.get("approval", [])
    if rows == Rows.DATASET and approvals and Approval.APPROVED not in approvals:
        raise BadRequest(
            _("Training data only has approved events: remove the filter by approval, or choose approved.")
        )
    parts = [
        Part(batch, event_filter.qs, filtered=bool(event_filter.active), by_approval="approval" in event_filter.active)
        for batch, event_filter in zip(batches, filters, strict=True)
    ]
    try:
        download = Download(
            columns=_columns(query, rows), public_url=settings.PUBLIC_URL, format=Format(match[2]), rows=rows,
            past=past, permalinks=permalinks, several=several, raw=raw, bom=_bom(query),
            fps=_fps(query),
        )  # fmt: skip
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return Selection(download, parts, filters)


def _bom(query: QueryDict) -> bool:
    """`bom=1`: the file begins with a byte order mark. Raises BadRequest for another value than 0 and 1."""
    value = query.get("bom") or "0"
    if value not in ("0", "1"):
        raise BadRequest(_("bom: 1 for a byte order mark, 0 for none."))
    return value == "1"


def _fps(query: QueryDict) -> float:
    """`fps=25`: how many frames a second has, where a format counts them. Raises BadRequest."""
    try:
        fps = float(query.get("fps") or DEFAULT_FPS)
    except ValueError:
        fps = 0
    if not 0 < fps <= MAX_FPS:
        raise BadRequest(_("fps: frames per second, above 0 and at most {max_fps}.").format(max_fps=MAX_FPS))
    return fps


def _columns(query: QueryDict, rows: Rows) -> Columns:
    try:
        return parse_columns(",".join(query.getlist("columns")), rows.columns)
    except ValueError as error:
        raise BadRequest(f"columns: {error}") from error


def filter_text(event_filter: EventFilter, query: QueryDict) -> str:
    """The filter as a query string to keep: cleaned, with `as_of` as it was written, `bom` and `fps`."""
    past = urlencode({"as_of": str(query["as_of"]).strip()}) if query.get("as_of") else ""
    fps = f"fps={_fps(query):g}" if query.get("fps") else ""
    return "&".join(filter(None, [event_filter.query, past, "bom=1" if _bom(query) else "", fps]))


def attachment(stem: str, fallback: str, extension: str) -> str:
    """The header that names a file: in ASCII for everybody, and in full for those who read RFC 5987."""
    printable = "".join(sign if sign.isprintable() else "/" for sign in stem)
    full = re.sub(r'[/\\:*?"<>|]+', "-", printable).strip(" .-")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", full).strip(".-") or fallback
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(full or plain, safe='')}.{extension}"
