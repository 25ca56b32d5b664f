"""Bring a batch in by its id, and give it a name."""

from typing import TYPE_CHECKING

from batches.actions.runs import request_sync
from batches.models import Batch, Connection
from batches.sync.connect import open_vendor
from batches.sync.http import Limits
from batches.sync.vendors import vendor_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

QUICK = Limits(connect=5, read=10, total=15, waiting=2, tries=2)  # a person is waiting for the page


def add_batch(
    *, connection: Connection, text: str, by: "User | None", background: bool = True, limits: Limits = QUICK
) -> Batch:
    """The batch that `text` (an id or a pasted viewer URL) names, with a sync asked for.

    The vendor is asked once whether it knows a batch that is new to us, so that a wrong id leaves nothing behind.
    Raises ValueError with a sentence when the text names no batch, VendorRefused, VendorUnavailable, BadRecord.
    """
    vendor = vendor_of(connection.vendor)
    external_id = vendor.parse_batch_id(text)
    batch = Batch.objects.filter(connection=connection, external_id=external_id).first()
    if batch is None:
        open_vendor(connection, limits=limits).batch(external_id, listing=False)
        batch, _ = Batch.objects.get_or_create(connection=connection, external_id=external_id)
    if background:
        request_sync(batch_id=batch.pk, by=by)
    return batch


def rename_batch(*, batch_id: int, name: str, by: "User") -> None:
    """Our own name for the batch; empty: the prompt is shown again."""
    Batch.objects.filter(pk=batch_id).update(name=name.strip()[:200])
