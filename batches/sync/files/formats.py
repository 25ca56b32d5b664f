"""Which format a file is in, found by looking at its beginning."""

import re

from batches.errors import BadRecord
from batches.sync.files.base import FileFormat, Source
from batches.sync.files.nomadic_csv import NEEDED, NomadicCSV
from batches.sync.files.nomadic_json import NomadicJSON
from batches.sync.files.text import delimiter_of, first_bytes, read_header
from batches.sync.files.twelvelabs_jsonl import TwelveLabsJSONL
from batches.sync.files.wickson_json import WicksonJSON
from batches.sync.vendors.open import OpenFormat

FORMATS: dict[str, type[FileFormat]] = {
    one.name: one for one in (NomadicJSON, NomadicCSV, TwelveLabsJSONL, WicksonJSON, OpenFormat)
}
SIGNS = (
    (rb'"(batch_summary|job_results)"\s*:', WicksonJSON),
    (rb'"(batch_metadata|results)"\s*:\s*[\[{]', NomadicJSON),
    (rb'"task_id"\s*:', TwelveLabsJSONL),
    (rb'"total_items"\s*:', TwelveLabsJSONL),
)


def recognise(source: Source, vendor: str = "") -> FileFormat:
    """The file's format. `vendor`: of the connection it is meant for; another vendor's file is refused. Raises BadRecord."""
    start = first_bytes(source)
    found = _by_json(start) if start.lstrip()[:1] in (b"{", b"[") else _by_header(source, start)
    if vendor == OpenFormat.vendor and found is not OpenFormat:
        found = OpenFormat if start.lstrip()[:1] != b"[" and b"batch_metadata" not in start else found
    if found is None:
        raise BadRecord(source.name, "is JSON, but no results that are known here; JSON Lines can be mapped")
    if vendor and found.vendor != vendor:
        raise BadRecord(source.name, f"looks like {found.words}, and the connection is another vendor's")
    return found(source)


def _by_json(start: bytes) -> type[FileFormat] | None:
    for sign, found in SIGNS:
        if re.search(sign, start):
            return found
    lines = start.lstrip().split(b"\n")
    return OpenFormat if lines[0].rstrip().endswith(b"}") else None


def _by_header(source: Source, start: bytes) -> type[FileFormat]:
    header = set(read_header(source, delimiter_of(start)))
    return NomadicCSV if header >= NEEDED else OpenFormat
