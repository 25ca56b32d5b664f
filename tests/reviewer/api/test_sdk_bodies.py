"""Our answers in the vendor's format give the SDK the very events that the vendor's own answers give it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from batches.models import Batch
from reviewer.api import sdk_bodies
from reviewer.api.serializers import BatchSerializer
from tests.batches.export.test_sdk_bytes import stored
from tests.nomadic_documents import batches
from tests.nomadic_sdk import sdk_reads

pytestmark = pytest.mark.django_db

World = tuple[dict[str, Any], dict[str, dict[str, Any]]]


def answered(batch: Batch) -> World:
    """Status and entries as we send them."""
    batch = BatchSerializer.rows(Batch.objects.all()).get(pk=batch.pk)
    status = json.loads(sdk_bodies.status_body(batch, listing=True))
    bulk = json.loads(sdk_bodies.bulk_body(batch, [pointer["video_id"] for pointer in status["videos"]]))
    return status, {entry["video_id"]: entry for entry in bulk["analyses"]}


@given(data=batches(tame=True))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_the_sdk_cannot_tell_us_from_the_vendor(data: World) -> None:
    ours = answered(stored(*data))
    assert json.dumps(sdk_reads(*ours)) == json.dumps(sdk_reads(*data))
