"""Results of other detectors in the open format (docs/imports.md).

They only come in as files: there is no API to call.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from batches.errors import VendorRefused
from batches.sync.records import BatchRecord, Chunk, ItemListing
from batches.sync.vendors.base import NOTHING_KNOWN, Vendor, single_word

NO_API = "This connection has no API. Upload its results as files."


class Open(Vendor):
    name: ClassVar[str] = "open"
    default_base_url: ClassVar[str] = ""
    chunk_size: ClassVar[int] = 100
    answers: ClassVar[bool] = False
    has_clips = plays_addresses = True
    parse_batch_id = staticmethod(single_word)

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        raise VendorRefused(NO_API)

    def verify(self) -> dict[str, str]:
        raise VendorRefused(NO_API)

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        raise VendorRefused(NO_API)

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], stored_digests: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        raise VendorRefused(NO_API)
