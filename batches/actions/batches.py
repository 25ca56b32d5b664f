"""Adds batches by their ids, and renames a batch."""

import re
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.runs import request_sync
from batches.errors import VendorUnavailable
from batches.models import AdditionRun, Batch, Connection
from batches.models.addition import AddEntry, AddState
from batches.models.run import RunState
from batches.sync.connect import calling, open_vendor
from batches.sync.http import Limits
from batches.sync.records import FINAL_STATES
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE_LIMITS = Limits(connect=5, read=10, total=15, waiting=2, tries=2)  # a person is waiting for the page


def add_batch(
    *, connection: Connection, text: str, by: "User | None", background: bool = True, limits: Limits = PAGE_LIMITS
) -> Batch:
    """Add the batch that `text` (an id or a pasted viewer URL) names, and request its sync.

    One that was deleted at the vendor is brought back without a sync.

    The vendor is asked first whether it has a batch that is new to us, so that a wrong id adds nothing. Raises
    ValueError with a message to show if the text names no batch, VendorRefused, VendorUnavailable, BadRecord.
    """
    external_id = vendor_of(connection.vendor).parse_batch_id(text)
    is_stored = Batch.objects.filter(connection=connection, external_id=external_id).exists()
    if not is_stored:
        with calling(connection, limits=limits) as vendor:
            vendor.batch(external_id, listing=False)
    batch = Batch.objects.added(connection, external_id)
    if background and not batch.vendor_deleted_at:
        request_sync(batch_id=batch.pk, by=by)
    return batch


MAX_LIST_IDS = 100  # in one list


def split_ids(text: str) -> list[str]:
    """The ids and addresses of a pasted list, each once, separated by lines or commas."""
    return list(dict.fromkeys(filter(None, (part.strip() for part in re.split(r"[\r\n,;\t]+", text)))))


def request_addition(
    *, connection: Connection, texts: list[str], by: "User | None", idempotency_key: UUID
) -> AdditionRun:
    """The run that adds all batches of a list in the background, each like `add_batch`. A wrong id refuses only itself.

    The same key again returns the same run. Raises ValueError for an empty or too long list, VendorRefused if the
    connection must not be called, KeyReused.
    """
    if not 0 < len(texts) <= MAX_LIST_IDS:
        raise ValueError(
            _("1 to {most} batches at a time, not {count}.").format(
                most=MAX_LIST_IDS, count=number_format(len(texts), force_grouping=True)
            )
        )
    request = {"connection_id": connection.pk, "requested_by_id": by.pk if by else None, "texts": texts}
    with transaction.atomic():
        if first := first_result(AdditionRun.objects.all(), idempotency_key, **request):
            return first
        with suppress(VendorUnavailable):  # in a pause that the vendor asked for, the run waits
            open_vendor(connection).http.close()
        entries = _entries(connection, texts)
        run = AdditionRun.objects.create(
            idempotency_key=idempotency_key, total=len(entries), entries=entries, **request
        )
        enqueue(run)
        return run


def _entries(connection: Connection, texts: list[str]) -> list[dict[str, Any]]:
    entries: dict[str, AddEntry] = {}
    for text in texts:
        try:
            external_id = vendor_of(connection.vendor).parse_batch_id(text)
        except ValueError as error:
            entries[f"refused {text}"] = AddEntry(text, state=AddState.REFUSED, reason=str(error))
        else:
            entries.setdefault(external_id, AddEntry(text, external_id))
    return [asdict(entry) for entry in entries.values()]


def cancel_batch(*, batch: Batch, by: "User", limits: Limits = PAGE_LIMITS) -> None:
    """Cancel a running batch at its vendor, and request a sync that shows what is left of it.

    Raises ValueError with a message to show, SyncError.
    """
    if not vendor_of(batch.connection.vendor).cancel_effect:
        raise ValueError(
            _("{vendor} offers no way to cancel a batch.").format(vendor=batch.connection.get_vendor_display())
        )
    if batch.state in FINAL_STATES:
        raise ValueError(_("The vendor is no longer processing this batch. Nothing was canceled."))
    with calling(batch.connection, limits=limits) as vendor:
        try:
            vendor.cancel(batch.external_id)
        except VendorUnavailable as error:
            if not error.reached:
                raise
            raise VendorUnavailable(
                _("{error} The batch may have been canceled: sync it to see.").format(error=error)
            ) from error
    request_sync(batch_id=batch.pk, by=by)


def delete_batch(*, batch: Batch, confirmation: str, by: "User", limits: Limits = PAGE_LIMITS) -> None:
    """Delete a final batch at its vendor, permanently. What was synced here is kept.

    `confirmation`: what people have to type. Raises ValueError with a message to show, also if the last sync did not
    bring everything, and SyncError.
    """
    if not vendor_of(batch.connection.vendor).delete_effect:
        raise ValueError(
            _("{vendor} offers no way to delete a batch.").format(vendor=batch.connection.get_vendor_display())
        )
    if batch.state not in FINAL_STATES:
        raise ValueError(_("The vendor is still processing this batch. Nothing was deleted."))
    last = batch.syncs.order_by("id").last()
    if last is None or last.state != RunState.DONE:
        raise ValueError(_("Nothing was deleted: sync the batch completely first, afterwards nothing can be fetched."))
    if not batch.is_confirmed_by(confirmation):
        raise ValueError(_("Nothing was deleted: the text is not “{name}”.").format(name=batch.confirmation))
    with calling(batch.connection, limits=limits) as vendor:
        vendor.delete_batch(batch.external_id)
    kept = Batch.objects.filter(pk=batch.pk, vendor_deleted_at=None)
    kept.update(vendor_deleted_at=timezone.now(), vendor_deleted_by=by)


MAX_NAME = 200  # characters


def rename_batch(*, batch_id: int, name: str, by: "User", seen: str | None = None) -> None:
    """Set our own name of the batch. Empty: the vendor's name or the prompt is shown again.

    `seen`: the name that this person saw. Raises ValueError with a message to show if it is another one by now, or if
    the name is too long.
    """
    name = " ".join(name.split())
    if len(name) > MAX_NAME:
        raise ValueError(
            _("A name has at most {most} characters, not {count}.").format(
                most=MAX_NAME, count=number_format(len(name), force_grouping=True)
            )
        )
    batches = Batch.objects.filter(pk=batch_id)
    same = batches if seen is None else batches.filter(name__in={seen, name})
    if not same.update(name=name):
        now = batches.values_list("name", flat=True).get()
        if now:
            text = _("Somebody renamed this batch to “{name}” meanwhile. Nothing was saved: save again to replace it.")
            raise ValueError(text.format(name=now))
        raise ValueError(
            _("Somebody removed the name of this batch meanwhile. Nothing was saved: save again to replace it.")
        )
