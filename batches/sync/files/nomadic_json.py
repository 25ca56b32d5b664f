"""Reads results of NomadicML's SDK (`batch_metadata` and `results`) saved as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import (
    NAME_LIMIT,
    TEXT_LIMIT,
    cell,
    clean,
    clean_url,
    identifier,
    kind,
    to_json,
)
from batches.sync.files.base import Entry, FileFormat, JSONObject, read_object, saved_batch
from batches.sync.files.jsonsplit import split
from batches.sync.records import BatchRecord, ItemListing, ItemRecord, Quarantine
from batches.sync.vendors.nomadic_batch import custom_map
from batches.sync.vendors.nomadic_rows import read_events
from batches.sync.vendors.nomadic_states import read_state

CONTAINERS = frozenset({(), ("results",)})


class NomadicJSON(FileFormat):
    name = "nomadic-json"
    vendor = "nomadic"
    label = "NomadicML results (JSON)"
    has_reviews = True

    def entries(self) -> Iterator[Entry]:
        for value in split(self.source, CONTAINERS):
            key = str(value.document)
            if value.path == ("batch_metadata",):
                yield Entry(key, "", value.location, value.body)
            elif value.path == ("results",):
                try:
                    where = value.location
                    item = identifier(read_object(value.body, where), "video_id", where)
                    if item is None:
                        raise BadRecord(f"{where} video_id", "is missing")
                    yield Entry(key, item, value.location, value.body)
                except BadRecord as error:
                    yield Entry(key, "", error.path, value.body, error.reason)

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        where = self.where("batch_metadata")
        body = read_object(bodies[-1], where) if bodies else {}
        mode = _text(body, "batch_type") or _text(read_object(first or b"{}", where), "mode") or "unknown"
        bad: list[Quarantine] = []
        return saved_batch(
            self.batch_id(_text(body, "batch_id")),
            batch_type=mode[:20],
            analysis_type=_text(body, "analysis_type") or None,
            viewer_url=clean_url(_text(body, "batch_viewer_url", TEXT_LIMIT)),
            created_at=_text(body, "created_at")[:64] or None,
            prompt=_text(body, "prompt", TEXT_LIMIT) or None,
            category=_text(body, "category"),
            metadata=custom_map(metadata if isinstance(metadata := body.get("metadata"), dict) else {}, where, bad),
            review_status=_review(body.get("review_status")),
            review_status_updated_at=_text(body, "review_status_updated_at").replace("N/A", "")[:64] or None,
            raw=to_json(body, where) if body else "",
            quarantined=tuple(bad),
        )

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        location, body = entries[-1]
        where = self.where(location)
        result = read_object(body, where)
        elements = result.get("events")
        if not isinstance(elements, list):
            raise BadRecord(f"{where} events", f"expected a list, got {kind(elements)}")
        events, bad = read_events(elements, fractions=False, path=where)
        status = _text(result, "status") or "completed"
        error = _text(result, "error", TEXT_LIMIT)
        return ItemRecord(
            external_id=listing.external_id,
            analysis_id=_text(result, "analysis_id") or None,
            name=_text(result, "video_name"),
            source_uri=clean_url(_text(result, "import_source_uri", TEXT_LIMIT)),
            state=read_state(status),
            status=status,
            raw_status=status,
            error=error,
            summary=_text(result, "summary", TEXT_LIMIT),
            mode=(_text(result, "mode") or batch.batch_type)[:20],
            answered=bool(events) or not error,
            raw=to_json({name: value for name, value in result.items() if name != "events"}, where),
            events=events,
            quarantined=bad,
            digest=digest,
        )


def _text(record: JSONObject, key: str, limit: int = NAME_LIMIT) -> str:
    value = record.get(key)
    return clean(value, limit) if isinstance(value, str) else ""


def _review(value: Any) -> str | None:
    return None if value in (None, "") else clean(cell(value).lower() if value in (True, False) else cell(value), 255)
