"""Creates, rotates and revokes download links."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from batches.actions.idempotency import first_result
from batches.actions.ledger import check_reviewer
from batches.actions.limits import LINKS, spend
from batches.models import Batch, Link, SavedView

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
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"A link is valid for 1 to {MAX_DAYS} days.")
    check_reviewer(by, batch.connection_id)
    fields = {"batch": batch, "created_by": by, "name": name, "file": file, "columns": columns, "query": query,
             "view": view, "vendor_thumbnails": vendor_thumbnails, "clips": clips}  # fmt: skip
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
    check_reviewer(by, link.batch.connection_id)
    token = link.take_token()
    link.rotated_at = timezone.now()
    link.save(update_fields=["digest", "prefix", "rotated_at"])
    return token


def revoke_link(*, link: Link, by: "User") -> None:
    """Revoke a link. Safe to repeat: the record names the first person who revoked it."""
    Link.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_by=by)
