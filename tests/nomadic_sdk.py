"""The vendor's own SDK and our adapter, both fed with the same canned answers."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import responses
from nomadic import NomadicAI
from nomadic.video import AnalysisType

from batches.sync.records import BatchRecord
from batches.sync.vendors.nomadic import Chunk, Nomadic
from tests.nomadic_documents import BATCH_ID

logging.getLogger("nomadicai").setLevel(logging.CRITICAL)

BASE = Nomadic.default_base_url
sdk = NomadicAI("tests-only-key")


@contextmanager
def canned(status: Any, entries: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Answer the status and bulk calls of the batch, for whoever asks."""

    def bulk(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = json.loads(request.body or "{}")["video_ids"]
        answer = {
            "analyses": [entries[video_id] for video_id in dict.fromkeys(asked) if video_id in entries],
            "unresolved_video_ids": [video_id for video_id in asked if video_id not in entries],
        }
        return 200, {}, json.dumps(answer)

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{BASE}/api/batch/{BATCH_ID}/status", body=json.dumps(status))
        mock.add_callback(responses.POST, f"{BASE}/api/batch/{BATCH_ID}/analyses/bulk", bulk)
        yield


def sdk_reads(status: Any, entries: dict[str, dict[str, Any]], **options: Any) -> Any:
    """What the SDK's get_batch_analysis returns."""
    with canned(status, entries):
        return sdk.get_batch_analysis(BATCH_ID, **options)


def we_read(status: Any, entries: dict[str, dict[str, Any]]) -> tuple[BatchRecord, Chunk]:
    """What our adapter makes of the same answers."""
    with canned(status, entries):
        vendor = Nomadic.open(base_url=BASE, api_key="tests-only-key")
        batch = vendor.batch(BATCH_ID)
        return batch, vendor.chunk(batch, batch.listing) if batch.listing else Chunk((), ())


def sdk_events(events: list[Any], *, fractions: bool = False) -> list[dict[str, Any]]:
    """What the SDK makes of an events array. Raises whatever it raises."""
    kind = AnalysisType.ACTION_SEGMENTATION_CLASSIFY if fractions else None
    return sdk.video._parse_batch_api_events({"analysis": {"events": events}}, batch_type="ask", analysis_type=kind)
