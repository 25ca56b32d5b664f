"""Structured ODD: the columns of a connection, and requests of tables, which are made in the background."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.models import AccountVideo, Connection, Item, OddColumns, OddRun, OddTable, RunState
from batches.sync.fields import NAME_LIMIT
from batches.sync.odd_columns import DEFAULT_COLUMNS, Column
from batches.sync.odd_schema import check_columns, used_columns
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue_next

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_ODD_VIDEOS = 200  # of one request: each may take minutes, one after the other


def odd_columns_of(connection: Connection) -> list[Column]:
    """The columns as the connection's people have edited them, else the default schema."""
    stored = OddColumns.objects.filter(connection=connection).first()
    return [Column.of(column) for column in stored.columns] if stored else list(DEFAULT_COLUMNS)


def save_odd_columns(*, connection: Connection, columns: Sequence[Column]) -> None:
    """Keep the columns of a connection. Raises ValueError with a message to show."""
    _check(connection)
    checked = check_columns(columns)
    used_columns(checked)
    stored = {"columns": [column.stored() for column in checked]}
    OddColumns.objects.update_or_create(connection=connection, defaults=stored)


def reset_odd_columns(*, connection: Connection) -> None:
    """Go back to the default schema."""
    OddColumns.objects.filter(connection=connection).delete()


def request_odd(
    *,
    connection: Connection,
    videos: Sequence[str],
    columns: Sequence[Column],
    by: "User | None",
    idempotency_key: UUID,
    background: bool = True,
) -> OddTable:
    """Have the vendor describe each of these videos as a table. Without `background` the caller does the runs itself.

    The same key again returns the same request. Raises ValueError with a message to show, KeyReused.
    """
    _check(connection)
    ids = list(dict.fromkeys(video.strip() for video in videos if video.strip()))
    if not ids:
        raise ValueError(_("Select at least one video."))
    if len(ids) > MAX_ODD_VIDEOS:
        raise ValueError(
            _("At most {most} videos at once, not {count}.").format(
                most=MAX_ODD_VIDEOS, count=number_format(len(ids), force_grouping=True)
            )
        )
    if long := next((video for video in ids if len(video) > NAME_LIMIT), None):
        raise ValueError(_("This is not a video ID: {text}…").format(text=long[:80]))
    parameters = {
        "requested_by_id": by.pk if by else None, "connection_id": connection.pk, "videos": ids,
        "columns": [column.sent() for column in used_columns(check_columns(columns))],
    }  # fmt: skip
    with transaction.atomic():
        if first := first_result(OddTable.objects.all(), idempotency_key, **parameters):
            return first
        table = OddTable.objects.create(idempotency_key=idempotency_key, **parameters)
        names = video_names(connection, ids)
        OddRun.objects.bulk_create(
            OddRun(table=table, connection=connection, requested_by=by, video_id=video, video_name=names.get(video, ""))
            for video in ids
        )
        if background:
            enqueue_next(OddRun, connection.pk)
        return table


def retry_odd(*, table: OddTable) -> int:
    """Request again what was refused and what was lost. Returns how many videos."""
    ended = (RunState.FAILED, RunState.INCOMPLETE)
    with transaction.atomic():
        again = table.runs.filter(state__in=ended).update(
            state=RunState.QUEUED, finished_at=None, sent_at=None, message="", attempts=0, enqueued_at=None
        )
        enqueue_next(OddRun, table.connection_id)
    return again


def video_names(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Video id → its name, from the account's list or a batch."""
    items = Item.objects.filter(batch__connection=connection, external_id__in=ids).exclude(name="")
    listed = AccountVideo.objects.filter(connection=connection, external_id__in=ids).exclude(name="")
    return dict(items.values_list("external_id", "name")) | dict(listed.values_list("external_id", "name"))


def _check(connection: Connection) -> None:
    if not vendor_of(connection.vendor).has_odd:
        raise ValueError(_("{vendor} makes no structured ODD.").format(vendor=connection.get_vendor_display()))
