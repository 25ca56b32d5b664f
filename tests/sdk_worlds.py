"""A vendor's answers, what a sync of them leaves here: for tests against the vendor's own SDK."""

from typing import Any

from hypothesis import strategies as st

from batches.actions import request_sync
from batches.models import Batch
from batches.models.run import RunState
from batches.sync.run import sync
from tests import worlds
from tests.factories import make_batch, make_connection
from tests.nomadic_documents import APPROVALS, BATCH_ID
from tests.nomadic_sdk import BASE, canned

World = tuple[dict[str, Any], dict[str, dict[str, Any]]]
FILTERS = st.one_of(st.none(), st.lists(st.sampled_from(APPROVALS), min_size=1, max_size=4, unique=True))


def stored(status: Any, entries: dict[str, dict[str, Any]]) -> Batch:
    """The batch as a sync of these answers leaves it."""
    batch = make_batch(make_connection(base_url=BASE), external_id=BATCH_ID, prompt="")
    with canned(status, entries):
        run = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert run is not None
    assert (run.state, run.message) == (RunState.DONE, "")
    batch.refresh_from_db()
    return batch


def world(videos: int = 3, events: int = 4, **status: Any) -> World:
    data = worlds.batch(videos, events, **status)
    return data["status"], data["bulk"]
