"""What a download of a batch depends on, in a few short readings: the same text, the same download."""

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
# A release that writes a download differently has another digest of the code that writes it.
_WRITER = hashlib.blake2b(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()


def revision(batch: Batch, *asked: Any) -> str:
    """32 hex digits over the batch's state and what was asked of it.

    Steps of the ledger are numbered and counted: one with a lower number may be committed after one with a higher.
    """
    flags = Event.objects.filter(batch=batch, flagged_at__isnull=False)
    state = [
        _WRITER,
        *asked,
        *get_user_model()._default_manager.order_by("pk").values_list("pk", "username"),  # reviewers are named
        *(getattr(batch, name) for name in _BATCH),
        *Action.objects.filter(batch=batch).aggregate(last=Max("pk"), count=Count("pk")).values(),
        *flags.aggregate(last=Max("flagged_at"), count=Count("pk")).values(),
        *(model._default_manager.filter(batch=batch).values_list(*_RUN).first() for model in (SyncRun, ThumbnailRun)),
    ]
    return hashlib.blake2b(repr([_plain(value) for value in state]).encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
