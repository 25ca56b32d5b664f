"""The check before an import: the file's format, what it would add, and refused records with reasons.

Writes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.utils import timezone

from batches.errors import BadFile
from batches.imports.preview import preview
from batches.imports.reading import Reading
from batches.imports.spool import Spool
from batches.models import ColumnMapping, ImportRun
from batches.models.imports import ImportPhase
from batches.sync.files.base import Source
from batches.sync.files.encoding import ENCODINGS
from batches.sync.files.formats import recognise
from batches.sync.files.names import FIELDS
from batches.sync.files.native.base import NativeFormat
from batches.sync.files.open_format import OpenFormat

NO_VIDEO = "Choose the column that names the video."
MAX_EARLIER = 50  # earlier imports that are searched for the same columns


def check(source: Source, run: ImportRun, spool: Spool, beat: Callable[..., None]) -> dict[str, Any]:
    """The preview as JSON data (`summary`), and the `mapping` and `options` in use. Writes nothing.

    Raises BadRecord if the file cannot be read.
    """
    file_format = recognise(source, run.connection.vendor)
    summary: dict[str, Any] = {
        "format": file_format.name, "label": file_format.label, "encoding": ENCODINGS[source.encoding]
    }  # fmt: skip
    mapping, options = dict(run.mapping), dict(run.options)
    if isinstance(file_format, OpenFormat):
        if earlier := saved_mapping(run, file_format.columns) or last_import(run, file_format.columns):
            mapping = dict.fromkeys(FIELDS, "") | earlier.mapping | mapping
            file_format = OpenFormat(replace(source, options=earlier.options | options))
        made = file_format.guess(mapping)
        mapping, options = made.mapping, made.options
        summary |= {"columns": list(file_format.columns), "why": made.why, **file_format.form()}
        summary["named"] = name_of(run, file_format.columns, mapping, options)
        summary["picked"] = summary["named"] or run.summary.get("picked", "")  # also while it is changed
        has_video = "video" in mapping or options.get("video")
        if made.question or not has_video:
            if not file_format.columns:  # there is nothing to choose from
                raise BadFile(source.name, "has no rows that can be read; expected CSV or JSON")
            question = made.question or NO_VIDEO
            return {"summary": summary | {"missing": question}, "mapping": mapping, "options": options}
    elif isinstance(file_format, NativeFormat):
        mapping = {}  # it has one of its own
        summary |= {"native": True, "options": dict(file_format.options), "documented": file_format.documented}
        if question := file_format.question():
            return {"summary": summary | {"missing": question}, "mapping": mapping, "options": options}
    source = replace(source, mapping=mapping, options=options)
    reading = Reading(type(file_format)(source), spool)
    reading.load(beat)
    beat(total=reading.count, position=0, started_at=timezone.now())  # the pace is that of this pass
    return {"summary": summary | preview(reading, run, mapping, options, beat), "mapping": mapping, "options": options}


def saved_mapping(run: ImportRun, columns: tuple[str, ...]) -> ColumnMapping | None:
    """The connection's mapping, saved under a name, for exactly these columns; of several the one changed last."""
    return next(_saved_mappings(run, columns), None)


def name_of(run: ImportRun, columns: tuple[str, ...], mapping: dict[str, str], options: dict[str, str]) -> str:
    """The name of the saved mapping that says exactly this; "" without one."""
    for saved in _saved_mappings(run, columns):
        if saved.options == options and {name: column for name, column in saved.mapping.items() if column} == mapping:
            return saved.name
    return ""


def _saved_mappings(run: ImportRun, columns: tuple[str, ...]) -> Iterator[ColumnMapping]:
    saved = ColumnMapping.objects.filter(connection=run.connection).order_by("-changed_at", "-id")
    return (mapping for mapping in saved if mapping.columns == sorted(columns))


def last_import(run: ImportRun, columns: tuple[str, ...]) -> ImportRun | None:
    """The connection's last import of a file with exactly these columns."""
    earlier = ImportRun.objects.filter(connection=run.connection, phase=ImportPhase.IMPORT).exclude(mapping={})
    fitting = (
        past for past in earlier.order_by("-id")[:MAX_EARLIER] if set(past.summary.get("columns", ())) == set(columns)
    )
    return next(fitting, None)
