"""Who may see or change what: the permission check is how a view gets its object. Nothing else fetches one.

Out of a person's scope: 404. In scope, but the role is too low: 403. Staff see everything and run the syncs, but decide
only with a reviewer's membership.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from batches.models import Batch, Connection, Event, ExportRun, Link, Membership, Role, SavedView

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


def batches_still_seen(user: "User", pks: list[int]) -> list[Batch]:
    """Those of the batches that this person may see, in the order given."""
    seen = batches_of(user).in_bulk(pks)
    return [seen[pk] for pk in pks if pk in seen]


def batches_for(user: "User", pks: list[int], connection: int | None = None) -> list[Batch]:
    """These batches, or all of a connection. Raises Http404 where one of them is out of the person's scope."""
    if connection is not None:
        account = get_object_or_404(Connection.objects.visible_to(user).defer("api_key"), pk=connection)
        return list(batches_of(user).filter(connection=account).order_by("id"))
    batches = batches_still_seen(user, pks)
    if len(batches) != len(pks):
        raise Http404("One of these batches is not here.")
    return batches


def event_for(user: "User", pk: int, role: Role = Role.VIEWER) -> Event:
    """The event with its batch, item, connection and reviewer. Raises Http404 or PermissionDenied."""
    events = Event.objects.visible_to(user).select_related("batch__connection", "item", "decided_by")
    heavy = ("batch__raw", "batch__connection__api_key", "item__raw")
    event = get_object_or_404(events.defer(*heavy), pk=pk)
    _require(user, event.batch.connection_id, role)
    return event


def connections_to_edit(user: "User") -> QuerySet[Connection]:
    """Where this person may add batches."""
    connections = Connection.objects.defer("api_key")
    if user.is_staff:
        return connections
    return connections.filter(memberships__user=user, memberships__role=Role.EDITOR)


def connections_seen(user: "User") -> QuerySet[Connection]:
    """The connections whose batches this person may see."""
    return Connection.objects.visible_to(user).defer("api_key")


def connection_for(user: "User", pk: int) -> Connection:
    """A connection this person may add batches to. Raises Http404, PermissionDenied."""
    connection = get_object_or_404(Connection.objects.visible_to(user), pk=pk)
    _require(user, connection.pk, Role.EDITOR)
    return connection


def views_for(user: "User", batch: Batch) -> QuerySet[SavedView]:
    """The saved views that fit this batch: the person's own, and those shared on its connection."""
    return SavedView.objects.visible_to(user).filter(connection=batch.connection_id).select_related("owner")


def view_to_delete(user: "User", pk: int) -> SavedView:
    """A person's own view; somebody else's shared one needs an editor. Raises Http404, PermissionDenied."""
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    if view.owner_id != user.pk:
        _require(user, view.connection_id, Role.EDITOR)
    return view


def export_for(user: "User", pk: int) -> ExportRun:
    """A person's own background download of batches that the person may still see. Raises Http404."""
    run = get_object_or_404(ExportRun.objects.filter(requested_by=user), pk=pk)
    if len(batches_still_seen(user, run.batches)) != len(run.batches):
        raise Http404("One of its batches is not here.")
    return run


def link_for(user: "User", pk: int, *, own: bool = False) -> Link:
    """A link this person may end; `own`: one made by this person, who may still make some.

    Raises Http404, PermissionDenied.
    """
    link = get_object_or_404(Link.objects.filter(batch__in=batches_of(user)).select_related("batch"), pk=pk)
    if not Link.objects.manageable_by(user).filter(pk=pk).exists():
        raise PermissionDenied("Only who made a link and the batch's editors end it.")
    if own:
        if link.created_by_id != user.pk:
            raise PermissionDenied("Only who made a link changes its token.")
        _require(user, link.batch.connection_id, Role.REVIEWER)
    return link


def link_of(token: str) -> Link:
    """The live link that this token opens, its batch with it. Raises Http404."""
    links = Link.objects.of_token(token).select_related("batch__connection", "view")
    return get_object_or_404(links.defer("batch__raw", "batch__connection__api_key"))
