"""Adds batches by their ids, and renames a batch."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batches.actions.runs import request_sync
from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.models import Batch, Connection
from batches.sync.connect import calling, record_failure
from batches.sync.http import Limits
from batches.sync.vendors import vendor_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE_LIMITS = Limits(connect=5, read=10, total=15, waiting=2, tries=2)  # a person is waiting for the page


def add_batch(
    *, connection: Connection, text: str, by: "User | None", background: bool = True, limits: Limits = PAGE_LIMITS
) -> Batch:
    """Add the batch that `text` (an id or a pasted viewer URL) names, and request its sync.

    The vendor is asked first whether it has a batch that is new to us, so that a wrong id adds nothing. Raises ValueError
    with a message to show if the text names no batch, VendorRefused, VendorUnavailable, BadRecord.
    """
    external_id = vendor_of(connection.vendor).parse_batch_id(text)
    batch = Batch.objects.filter(connection=connection, external_id=external_id).first()
    if batch is None:
        with calling(connection, limits=limits) as vendor:
            vendor.batch(external_id, listing=False)
        batch, _ = Batch.objects.get_or_create(connection=connection, external_id=external_id)
    if background:
        request_sync(batch_id=batch.pk, by=by)
    return batch


MAX_LIST_IDS = 100  # in one list
CONCURRENT_CALLS = 8


@dataclass(frozen=True, slots=True)
class Added:
    """The result for a list of ids: `new` batches, `known` ones, and the texts without a batch, with reasons."""

    new: tuple[Batch, ...]
    known: tuple[Batch, ...]
    wrong: tuple[tuple[str, str], ...]


def split_ids(text: str) -> list[str]:
    """The ids and addresses of a pasted list, each once, separated by lines or commas."""
    return list(dict.fromkeys(filter(None, (part.strip() for part in re.split(r"[\r\n,;\t]+", text)))))


def add_batches(*, connection: Connection, texts: list[str], by: "User | None", limits: Limits = PAGE_LIMITS) -> Added:
    """Add all batches of a list, each like `add_batch`. A wrong id does not stop the others.

    Once the vendor does not answer or refuses the key, no more calls are made. Raises ValueError for more than
    MAX_LIST_IDS, VendorRefused if the connection must not be called.
    """
    if len(texts) > MAX_LIST_IDS:
        raise ValueError(f"At most {MAX_LIST_IDS} batches at once, not {len(texts):,}.")
    ids: dict[str, str] = {}
    wrong: list[tuple[str, str]] = []
    for text in texts:
        try:
            ids.setdefault(vendor_of(connection.vendor).parse_batch_id(text), text)
        except ValueError as error:
            wrong.append((text, str(error)))
    known = {batch.external_id: batch for batch in Batch.objects.filter(connection=connection, external_id__in=ids)}
    unknown_ids = [external_id for external_id in ids if external_id not in known]
    answers = _ask_for_each(connection, unknown_ids, limits) if unknown_ids else {}
    wrong += [(ids[external_id], why) for external_id, why in answers.items() if why]
    existing_ids = [external_id for external_id in unknown_ids if not answers[external_id]]
    new = [Batch.objects.get_or_create(connection=connection, external_id=one)[0] for one in existing_ids]
    for batch in [*new, *known.values()]:
        request_sync(batch_id=batch.pk, by=by)
    return Added(tuple(new), tuple(known.values()), tuple(wrong))


def _ask_for_each(connection: Connection, ids: list[str], limits: Limits) -> dict[str, str]:
    """Id → why the vendor has no such batch; "" if it has one."""
    stopped: list[SyncError] = []

    def ask(external_id: str) -> str:
        if stopped:
            return "Not asked: the vendor did not answer about the others."
        try:
            vendor.batch(external_id, listing=False)
        except SyncError as error:
            if isinstance(error, VendorUnavailable) or (isinstance(error, VendorRefused) and error.status == 401):
                stopped.append(error)
            return str(error)
        return ""

    with calling(connection, limits=limits) as vendor, ThreadPoolExecutor(CONCURRENT_CALLS, "ask") as pool:
        # The first call runs alone, so that a refused key costs one call.
        answers = [ask(ids[0]), *pool.map(ask, ids[1:])]
    for error in stopped:
        record_failure(connection, error)
    return dict(zip(ids, answers, strict=True))


def rename_batch(*, batch_id: int, name: str, by: "User") -> None:
    """Set our own name of the batch. Empty: the prompt is shown again."""
    Batch.objects.filter(pk=batch_id).update(name=name.strip()[:200])
