"""Recognises the format of a file by its first bytes."""

import re

from batches.errors import BadFile
from batches.sync.files.base import FileFormat, Source
from batches.sync.files.native import NATIVE, recognise_native
from batches.sync.files.nomadic_csv import NEEDED, NomadicCSV
from batches.sync.files.nomadic_json import NomadicJSON
from batches.sync.files.open_format import OpenFormat
from batches.sync.files.own_download import OwnDownload
from batches.sync.files.table import Table
from batches.sync.files.text import first_bytes
from batches.sync.files.twelvelabs_jsonl import TwelveLabsJSONL
from batches.sync.files.wickson_json import WicksonJSON

_ALL: tuple[type[FileFormat], ...] = (
    NomadicJSON, NomadicCSV, TwelveLabsJSONL, WicksonJSON, *NATIVE, OwnDownload, OpenFormat
)  # fmt: skip
FORMATS = {file_format.name: file_format for file_format in _ALL}
OTHERS = {"open": "another detector", "nomadic": "NomadicML", "twelvelabs": "TwelveLabs", "wickson": "Wickson"}
SIGNS = (
    (rb'"(batch_summary|job_results)"\s*:', WicksonJSON),
    (rb'"(batch_metadata|results)"\s*:\s*[\[{]', NomadicJSON),
    (rb'"task_id"\s*:', TwelveLabsJSONL),
    (rb'"total_items"\s*:', TwelveLabsJSONL),
)


def recognise(source: Source, vendor: str = "") -> FileFormat:
    """The format of a file in UTF-8. Raises BadRecord if it belongs to another vendor than the connection's `vendor`.

    Any file can come into a connection of other detectors: by its own format if it is known, else by its columns.
    """
    start = first_bytes(source)
    is_json = start.lstrip()[:1] in (b"{", b"[")
    file_format = _by_json(start) if is_json else _by_header(source)
    if file_format.vendor == OpenFormat.vendor or vendor == OpenFormat.vendor:
        native = recognise_native(source) if source.options.get("format") != OpenFormat.name else None
        file_format = native or OpenFormat
    if vendor and file_format.vendor != vendor:
        reason = f"looks like {file_format.label}, but the connection belongs to another vendor"
        raise BadFile(source.name, f"{reason}; choose a connection of {OTHERS.get(file_format.vendor, 'that vendor')}")
    return file_format(source)


def _by_json(start: bytes) -> type[FileFormat]:
    return next((file_format for sign, file_format in SIGNS if re.search(sign, start)), OpenFormat)


def _by_header(source: Source) -> type[FileFormat]:
    return NomadicCSV if set(Table(source).header) >= NEEDED else OpenFormat
