"""Recognises the format of a file by its first bytes."""

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
    file_format.name: file_format for file_format in (NomadicJSON, NomadicCSV, TwelveLabsJSONL, WicksonJSON, OpenFormat)
}
SIGNS = (
    (rb'"(batch_summary|job_results)"\s*:', WicksonJSON),
    (rb'"(batch_metadata|results)"\s*:\s*[\[{]', NomadicJSON),
    (rb'"task_id"\s*:', TwelveLabsJSONL),
    (rb'"total_items"\s*:', TwelveLabsJSONL),
)


def recognise(source: Source, vendor: str = "") -> FileFormat:
    """The format of a file. Raises BadRecord if it is unknown, or belongs to another vendor than the connection's `vendor`."""
    start = first_bytes(source)
    file_format = _by_json(start) if start.lstrip()[:1] in (b"{", b"[") else _by_header(source, start)
    if vendor == OpenFormat.vendor and file_format is not OpenFormat:
        file_format = OpenFormat if start.lstrip()[:1] != b"[" and b"batch_metadata" not in start else file_format
    if file_format is None:
        raise BadRecord(source.name, "is JSON of an unknown format; JSON Lines can be mapped")
    if vendor and file_format.vendor != vendor:
        raise BadRecord(source.name, f"looks like {file_format.label}, but the connection belongs to another vendor")
    return file_format(source)


def _by_json(start: bytes) -> type[FileFormat] | None:
    for sign, file_format in SIGNS:
        if re.search(sign, start):
            return file_format
    lines = start.lstrip().split(b"\n")
    return OpenFormat if lines[0].rstrip().endswith(b"}") else None


def _by_header(source: Source, start: bytes) -> type[FileFormat]:
    header = set(read_header(source, delimiter_of(start)))
    return NomadicCSV if header >= NEEDED else OpenFormat
