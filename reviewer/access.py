"""Who may see or change what: the permission check is how a view gets its object. Nothing else fetches one.

Out of a person's scope: 404. In scope, but the role is too low: 403. Staff see everything and run the syncs, but decide
only with a reviewer's membership.
"""

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from batches.models import (
    Batch,
    BulkRun,
    Connection,
    Event,
    EventPair,
    Item,
    Membership,
    Role,
    SavedView,
    SyncRun,
    Token,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SignedIn(HttpRequest):
    """What every view gets behind `reviewer.htmx.LoginRequired`."""

    user: "User"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do on one connection, beyond looking."""

    can_decide: bool
    can_edit: bool

    def allow(self, role: Role) -> bool:
        return {Role.VIEWER: True, Role.REVIEWER: self.can_decide, Role.EDITOR: self.can_edit}[role]


def rights_on(user: "User", connection_id: int) -> Rights:
    """One query. The person is known to see the connection already."""
    role = Membership.objects.filter(user=user, connection=connection_id).values_list("role", flat=True).first()
    rank = Role(role).rank if role else -1
    return Rights(can_decide=rank >= Role.REVIEWER.rank, can_edit=rank >= Role.EDITOR.rank or user.is_staff)


def _require(user: "User", connection_id: int, role: Role) -> None:
    if role != Role.VIEWER and not rights_on(user, connection_id).allow(role):
        raise PermissionDenied(f"This needs the role {role.label.lower()} on the batch's connection.")


def batches_of(user: "User") -> QuerySet[Batch]:
    return Batch.objects.visible_to(user).for_list()


def batch_for(user: "User", pk: int, role: Role = Role.VIEWER) -> Batch:
    """The batch, its connection with it. Raises Http404 or PermissionDenied."""
    batch = get_object_or_404(batches_of(user), pk=pk)
    _require(user, batch.connection_id, role)
    return batch


def event_for(user: "User", pk: int, role: Role = Role.VIEWER) -> Event:
    """The event with its batch, item, connection and reviewer. Raises Http404 or PermissionDenied."""
    events = Event.objects.visible_to(user).select_related("batch__connection", "item", "decided_by")
    heavy = ("batch__raw", "batch__connection__api_key", "item__raw")
    event = get_object_or_404(events.defer(*heavy), pk=pk)
    _require(user, event.batch.connection_id, role)
    return event


def item_for(user: "User", pk: int) -> Item:
    """The item. Raises Http404."""
    items = Item.objects.filter(batch__in=Batch.objects.visible_to(user)).select_related("batch")
    return get_object_or_404(items.defer("raw", "batch__raw"), pk=pk)


def sync_for(user: "User", pk: int) -> SyncRun:
    """A sync of a batch this person may see. Raises Http404."""
    runs = SyncRun.objects.filter(batch__in=Batch.objects.visible_to(user))
    return get_object_or_404(runs.select_related("requested_by"), pk=pk)


def token_to_revoke(user: "User", pk: int) -> Token:
    """A person's own token. Raises Http404."""
    return get_object_or_404(Token, user=user, pk=pk)


def address_of(request: HttpRequest) -> str | None:
    """Where the request came from; None for a socket that is no address."""
    text = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def bulk_run_for(user: "User", pk: int) -> BulkRun:
    """A run on many events, with its action and batch, for those who may decide there. Raises Http404, PermissionDenied."""
    runs = BulkRun.objects.filter(batch__in=Batch.objects.visible_to(user))
    run = get_object_or_404(runs.select_related("action__undoes", "batch").defer("batch__raw"), pk=pk)
    _require(user, run.batch.connection_id, Role.REVIEWER)
    return run


def connections_to_edit(user: "User") -> QuerySet[Connection]:
    """Where this person may add batches."""
    connections = Connection.objects.defer("api_key")
    if user.is_staff:
        return connections
    return connections.filter(memberships__user=user, memberships__role=Role.EDITOR)


def connection_for(user: "User", pk: int) -> Connection:
    """A connection this person may add batches to. Raises Http404, PermissionDenied."""
    connection = get_object_or_404(Connection.objects.visible_to(user), pk=pk)
    _require(user, connection.pk, Role.EDITOR)
    return connection


def proposal_for(user: "User", event: Event) -> EventPair | None:
    """What the newest comparison proposes for an event that nobody decided, if its other batch is one the person sees."""
    if event.decided_at:
        return None
    pairs = EventPair.objects.proposals().filter(later=event, earlier__batch__in=Batch.objects.visible_to(user))
    pairs = pairs.select_related("earlier__decided_by", "earlier__batch")
    return pairs.defer("earlier__batch__raw").order_by("-comparison").first()


def views_for(user: "User", batch: Batch) -> QuerySet[SavedView]:
    """The saved views that fit this batch: the person's own, and those shared on its connection."""
    return SavedView.objects.visible_to(user).filter(connection=batch.connection_id).select_related("owner")


def view_to_delete(user: "User", pk: int) -> SavedView:
    """A person's own view; somebody else's shared one needs an editor. Raises Http404, PermissionDenied."""
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    if view.owner_id != user.pk:
        _require(user, view.connection_id, Role.EDITOR)
    return view
