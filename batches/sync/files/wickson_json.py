"""Reads saved results answers of Wickson: one page, several in a row, or a list of pages."""

from collections.abc import Iterator, Sequence

from batches.errors import BadRecord
from batches.sync.fields import identifier
from batches.sync.files.base import Entry, FileFormat, read_object
from batches.sync.files.jsonsplit import split
from batches.sync.records import BatchRecord, ItemListing, ItemRecord
from batches.sync.vendors.wickson_batch import read_batch
from batches.sync.vendors.wickson_items import read_item

CONTAINERS = frozenset({(), ("data",), ("data", "job_results")})


class WicksonJSON(FileFormat):
    name = "wickson-json"
    vendor = "wickson"
    label = "Wickson results (JSON)"

    def entries(self) -> Iterator[Entry]:
        for value in split(self.source, CONTAINERS):
            key = str(value.document)
            if value.path == ("data", "batch_summary") or value.path == ("data", "statistics"):
                yield Entry(key, "", value.location, b'{"%s": %s}' % (value.path[1].encode(), value.body))
            elif value.path == ("data", "job_results"):
                where = value.location
                try:
                    job = identifier(read_object(value.body, where), "job_id", where)
                    if job is None:
                        raise BadRecord(f"{where} job_id", "is missing")
                    yield Entry(key, job, value.location, value.body)
                except BadRecord as error:
                    yield Entry(key, "", error.path, value.body, error.reason)

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        data: dict[str, object] = {}
        for body in bodies:
            data |= read_object(body, self.source.name)
        summary = data.get("batch_summary")
        batch_id = summary.get("batch_id") if isinstance(summary, dict) else None
        return read_batch({"data": data}, self.batch_id(batch_id if isinstance(batch_id, str) else ""))

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        location, body = entries[-1]
        job = read_object(body, self.where(location))
        status = job.get("status")
        listed = ItemListing(
            listing.external_id, listing.position, raw_status=status if isinstance(status, str) else None
        )
        return read_item(job, batch, listed, digest)
