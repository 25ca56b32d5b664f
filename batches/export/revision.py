"""A revision of a batch: a digest of everything that its downloads depend on, for ETags."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Max

from batches.models import Action, Batch, Event, SyncRun, ThumbnailRun

_RUN = ("pk", "state", "position", "heartbeat_at", "finished_at")
_BATCH = (
    "name", "batch_type", "analysis_type", "viewer_url", "prompt", "category", "vendor_created_at", "vendor_metadata",
    "pending", "approved", "rejected", "invalid", "synced_at",
)  # fmt: skip
# A digest of this code, so that a release that writes downloads differently has other revisions.
_WRITER = hashlib.blake2b(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()


def revision(batch: Batch, *parameters: Any) -> str:
    """32 hex digits over the batch's state and the request's parameters.

    The ledger counts by newest id and number of steps, because a lower id may be committed after a higher one.
    """
    flags = Event.objects.filter(batch=batch, flagged_at__isnull=False)
    state = [
        _WRITER,
        *parameters,
        *get_user_model()._default_manager.order_by("pk").values_list("pk", "username"),  # downloads name reviewers
        *(getattr(batch, name) for name in _BATCH),
        *Action.objects.filter(batch=batch).aggregate(last=Max("pk"), count=Count("pk")).values(),
        *flags.aggregate(last=Max("flagged_at"), count=Count("pk")).values(),
        *(model._default_manager.filter(batch=batch).values_list(*_RUN).first() for model in (SyncRun, ThumbnailRun)),
    ]
    return hashlib.blake2b(repr([_plain(value) for value in state]).encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
