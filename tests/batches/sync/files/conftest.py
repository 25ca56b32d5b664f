"""Reads a file's text into events, without a database."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from batches.imports.reading import Reading
from batches.imports.spool import Spool
from batches.sync.files.base import Source
from batches.sync.files.encoding import as_utf8
from batches.sync.files.formats import recognise
from batches.sync.files.native.base import NativeFormat
from batches.sync.files.open_format import OpenFormat
from batches.sync.records import EventRecord


@dataclass
class FileRead:
    """What a file became."""

    label: str = ""
    encoding: str = ""
    columns: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    question: str = ""
    batches: list[str] = field(default_factory=list)
    events: list[tuple[str, EventRecord]] = field(default_factory=list)  # the video and its event
    clips: dict[str, str] = field(default_factory=dict)
    abouts: dict[str, str] = field(default_factory=dict)  # what the file says of each video, as JSON text
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def spans(self) -> list[tuple[str, float | None, float | None, str]]:
        return [(video, event.start_s, event.end_s, event.label) for video, event in self.events]

    @property
    def confidences(self) -> list[float | None]:
        return [event.confidence for _, event in self.events]


ReadFile = Callable[..., FileRead]


@pytest.fixture
def read_file(tmp_path: Path) -> ReadFile:
    """`read_file("a.csv", b"…", {"start": "from"}, sep=";")` reads a file as an import does. Raises BadRecord."""

    def read_file(
        name: str, data: bytes | str, mapping: dict[str, str] | None = None, **options: str
    ) -> FileRead:  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        given = {key.replace("unit_", "unit."): value for key, value in options.items()}
        with ExitStack() as stack:
            source = stack.enter_context(as_utf8(Source(path, name, "june", mapping or {}, given)))
            form = recognise(source, "open")
            result = FileRead(form.label, source.encoding, form.columns, dict(mapping or {}), given)
            if isinstance(form, OpenFormat):
                made = form.guess(mapping or {})
                result.mapping, result.options, result.question = made.mapping, made.options, made.question
                if made.question or not ("video" in made.mapping or "video" in made.options):
                    return result
                form = OpenFormat(replace(source, mapping=made.mapping, options=made.options))
            elif isinstance(form, NativeFormat):
                result.question = form.question()
            reading = Reading(form, stack.enter_context(Spool()))
            reading.load(lambda count: None)
            for batch in reading.batches():
                result.batches.append(batch.external_id)
                result.refused += [(bad.path.removeprefix(f"{name} "), bad.reason) for bad in batch.quarantined]
                for _, _, chunk in reading.chunks(batch):
                    for item in chunk.items:
                        result.events += [(item.external_id, event) for event in item.events]
                        result.refused += [(bad.path.removeprefix(f"{name} "), bad.reason) for bad in item.quarantined]
                        result.clips[item.external_id] = item.source_uri
                        result.abouts[item.external_id] = item.raw
        return result

    return read_file
