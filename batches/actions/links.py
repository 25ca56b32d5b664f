"""Creates, rotates and revokes download links."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.actions.limits import LINKS, spend
from batches.errors import NotAllowed
from batches.models import Batch, Link, Membership, RevokedWhy, Role, SavedView
from batches.models.link import BOARD_FILE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_DAYS = 366


def make_link(
    *,
    batch: Batch,
    by: "User",
    idempotency_key: UUID,
    name: str,
    file: str,
    columns: str,
    query: str = "",
    view: SavedView | None = None,
    days: int = 30,
    vendor_thumbnails: bool = False,
    clips: bool = False,
) -> tuple[Link, str]:
    """Create a link. Returns it with its token, which is not stored and cannot be shown again.

    The same key again (after a lost answer) returns the same link with a new token, unless the link has been used.
    Raises NotAllowed, KeyReused, TooMany, ValueError for more than MAX_DAYS days.
    """
    check_reviewer(by, batch.connection_id)
    fields = {"batch": batch, "name": name, "file": file, "columns": columns, "query": query,
             "view": view, "vendor_thumbnails": vendor_thumbnails, "clips": clips}  # fmt: skip
    return _make(by, idempotency_key, days, fields)


def make_board_link(
    *, by: "User", idempotency_key: UUID, name: str, query: str = "", days: int = 30
) -> tuple[Link, str]:
    """Create a link to the figures of the board, over the batches in which this person may decide. As `make_link`."""
    _check_right(by, None)
    return _make(by, idempotency_key, days, {"batch": None, "name": name, "file": BOARD_FILE, "query": query})


def _make(by: "User", idempotency_key: UUID, days: int, fields: dict[str, Any]) -> tuple[Link, str]:
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(_("A link is valid for 1 to {max_days} days.").format(max_days=MAX_DAYS))
    fields = {**fields, "created_by": by}
    with transaction.atomic():
        if first := first_result(Link.objects.all(), idempotency_key, uses=0, **fields):
            return first, rotate_link(link=first, by=by)
        spend(LINKS, by, Link.objects.live().filter(created_by=by))
        link = Link(idempotency_key=idempotency_key, expires_at=timezone.now() + timedelta(days=days), **fields)
        token = link.take_token()
        link.save()
        return link, token


def rotate_link(*, link: Link, by: "User") -> str:
    """Give the link a new token; the old token stops working with this commit. Raises NotAllowed."""
    _check_right(by, link.batch)
    token = link.take_token()
    link.rotated_at = timezone.now()
    link.save(update_fields=["digest", "prefix", "rotated_at"])
    return token


def _check_right(by: "User", batch: Batch | None) -> None:
    """Raise NotAllowed unless the person may decide in the batch; for the board, in any batch."""
    if batch is not None:
        check_reviewer(by, batch.connection_id)
    elif not reviewer_memberships(by.pk).exists():
        raise NotAllowed(_("Only reviewers of a connection can share the board."))


def reviewer_memberships(user_id: int, connection: int | None = None) -> QuerySet[Membership]:
    """The person's memberships that give the right to make links; `connection`: only of this one."""
    named = {} if connection is None else {"connection": connection}
    return Membership.objects.filter(user=user_id, role__in=Role.REVIEWER.and_above, **named)


def revoke_link(*, link: Link, by: "User") -> None:
    """Revoke a link. Safe to repeat: the record names the first person who revoked it."""
    Link.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_by=by)


def end_links(*, creator: int, by: "User | None" = None, why: str = "", connection: int | None = None) -> int:
    """Revoke all links that this person made, on one connection or anywhere. Returns their number.

    Those of the board are over all connections of the person, so they end with each.

    `by` is who asked for it, or `why` says what it followed from (RevokedWhy).
    """
    links = Link.objects.filter(created_by=creator, revoked_at=None)
    if connection is not None:
        links = links.filter(Q(batch__connection=connection) | Q(batch=None))
    return links.update(revoked_at=timezone.now(), revoked_by=by, revoked_why=why)


def end_links_without_right(instance: Membership, **kwargs: object) -> None:
    """After a role was changed or taken: end the person's links on the connection if they may make none any more."""
    user, connection = instance.user_id, instance.connection_id
    if not reviewer_memberships(user, connection).exists():
        end_links(creator=user, why=RevokedWhy.RIGHT, connection=connection)
