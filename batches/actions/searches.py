"""Searching an account's analysed events with a question."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.models import Connection, Folder, VideoSearch
from batches.models.run import UNFINISHED
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_QUESTION = 1000  # characters


def search_folder(
    *, connection: Connection, folder: Folder, question: str, by: "User | None", idempotency_key: UUID,
    background: bool = True,
) -> VideoSearch:  # fmt: skip
    """Have the vendor search a folder's analysed events. Without `background` the caller does the run itself.

    The same key again returns the same search. Raises ValueError with a message to show, KeyReused.
    """
    question = question.strip()
    if not vendor_of(connection.vendor).has_search:
        raise ValueError(_("{vendor} does not search videos.").format(vendor=connection.get_vendor_display()))
    if not 0 < len(question) <= MAX_QUESTION:
        raise ValueError(_("A question has 1 to {most} characters.").format(most=MAX_QUESTION))
    if folder.connection_id != connection.pk or not folder.name:
        raise ValueError(_("Choose a folder of this connection whose name is known."))
    parameters = {
        "requested_by_id": by.pk if by else None,
        "connection_id": connection.pk,
        "folder_id": folder.pk,
        "question": question,
    }
    try:
        with transaction.atomic():
            if first := first_result(VideoSearch.objects.all(), idempotency_key, **parameters):
                return first
            run = VideoSearch.objects.create(idempotency_key=idempotency_key, **parameters)
            if background:
                enqueue(run)
            return run
    except IntegrityError as error:
        if VideoSearch.objects.filter(connection=connection, state__in=UNFINISHED).exists():
            raise ValueError(_("A search of this account is already running. Wait until it has ended.")) from error
        raise
