"""Access control: views get their objects only from these functions, which check the person's rights.

An object that the person may not see gives 404. An object that needs a higher role gives 403. Staff see everything and
run the syncs, but need a reviewer's membership to decide.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet, StringAgg, Subquery, Value
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.comments import people_of
from batches.models import (
    AccountVideo,
    AdditionRun,
    Batch,
    BatchStart,
    BulkRun,
    CloudImport,
    Connection,
    Consensus,
    Delivery,
    Event,
    EventPair,
    EventPayload,
    ExportRun,
    ImportRun,
    Item,
    Link,
    Membership,
    OddRun,
    OddTable,
    OpenPage,
    PictureHash,
    Rights,
    Role,
    SavedView,
    SyncRun,
    Token,
    VideoSearch,
    VideoUpload,
    Webhook,
)
from batches.models.batch import BATCH_NOT_REMOVED, BatchQuerySet
from batches.models.open_page import PRESENT
from batches.models.prepared import prepared
from batches.sync.footage_files import item_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SignedIn(HttpRequest):
    """The request of a view behind `reviewer.web.htmx.LoginRequiredMiddleware`: its user is signed in."""

    user: "User"


def rights_on(user: "User", connection_id: int) -> Rights:
    """The person's rights on a connection that they can see. One query."""
    return Membership.rights_of(user, connection_id)


def _require(user: "User", connection_id: int, role: Role) -> None:
    if role != Role.VIEWER:
        _check_role(rights_on(user, connection_id), role)


def _check_role(rights: Rights, role: Role) -> None:
    if role != Role.VIEWER and not rights.allow(role):
        raise PermissionDenied(_("This needs the role {role} on the batch's connection.").format(role=role.word))


def batches_of(user: "User") -> BatchQuerySet:
    return Batch.objects.visible_to(user).for_list()


def batches_listed(user: "User") -> BatchQuerySet:
    """Those that lists and queues over several batches show: all but the archived."""
    return batches_of(user).not_archived()


def batches_to_decide(user: "User") -> BatchQuerySet:
    """The batches in which this person may decide, without the archived."""
    return batches_listed(user).filter(connection__in=_connections_as(user, Role.REVIEWER))


def batches_to_settle(user: "User") -> BatchQuerySet:
    """The batches in which this person may decide where the opinions of reviewers differ."""
    return batches_listed(user).filter(connection__in=_connections_as(user, Role.EDITOR))


def batches_of_deck(user: "User") -> tuple[BatchQuerySet, Rights]:
    """The batches that a deck over several serves, and the rights that hold in all of them.

    Those in which the person may decide; without any, those that they may look at.
    """
    if Membership.objects.filter(user=user, role__in=Role.REVIEWER.and_above).exists():
        return batches_to_decide(user), Rights(Role.REVIEWER)
    return batches_listed(user), Rights(Role.VIEWER)


def _connections_as(user: "User", role: Role) -> QuerySet[Membership, int]:
    members = Membership.objects.filter(user=user, role__in=role.and_above)
    return members.values_list("connection", flat=True)


@prepared
def _batch(pk: int, user_id: int, *, staff: bool) -> QuerySet[Batch]:
    viewer = get_user_model()(pk=user_id, is_staff=staff)
    batches = batches_of(viewer).filter(pk=pk).order_by()
    begun = Consensus.objects.filter(batch=OuterRef("pk"))
    return batches.annotate(viewer_role=Membership.role_of(user_id, "connection"), has_consensus=Exists(begun))


def batch_for(user: "User", pk: int, role: Role = Role.VIEWER) -> Batch:
    """The batch with its connection. Raises Http404 or PermissionDenied."""
    batch = _only(_batch(pk, user.pk, staff=user.is_staff), _("No batch matches the given query."))
    _keep_rights(batch, user, batch)
    _check_role(rights_in(user, batch), role)
    return batch


def _only[Row](rows: Sequence[Row], missing: str) -> Row:
    """The row. Raises Http404 if there is none."""
    if not rows:
        raise Http404(missing)
    return rows[0]


def _keep_rights(batch: Batch, user: "User", row: Any) -> None:
    """Keep the rights of the role that was read with a row of this batch."""
    rights = Rights.of(row.viewer_role, user) if user.is_active else Rights()
    batch.__dict__["rights_read"] = user.pk, rights


def rights_in(user: "User", batch: Batch) -> Rights:
    """The person's rights on the batch's connection, as they were read with the batch or the event; else one query."""
    user_id, rights = batch.__dict__.get("rights_read", (None, None))
    return rights if rights is not None and user_id == user.pk else rights_on(user, batch.connection_id)


def batches_still_seen(user: "User", pks: list[int]) -> list[Batch]:
    """Those of the batches that this person may see, in the order given."""
    seen = batches_of(user).in_bulk(pks)
    return [seen[pk] for pk in pks if pk in seen]


def batches_for(user: "User", pks: list[int], connection: int | None = None) -> list[Batch]:
    """These batches, or all of a connection. Raises Http404 if the person cannot see one of them."""
    if connection is not None:
        account = get_object_or_404(Connection.objects.visible_to(user).defer("api_key"), pk=connection)
        return list(batches_of(user).filter(connection=account).order_by("id"))
    batches = batches_still_seen(user, pks)
    if len(batches) != len(pks):
        raise Http404(_("One of these batches does not exist."))
    return batches


def batches_to_edit(user: "User", ids: Collection[int]) -> list[Batch]:
    """All of these batches. Raises Http404 if the person cannot see one, PermissionDenied if they cannot edit one."""
    batches = list(batches_of(user).filter(pk__in=ids).prefetch_related("metadata_entries").order_by("-id"))
    if len(batches) < len(set(ids)):
        raise Http404(_("One of these batches does not exist."))
    for connection_id in {batch.connection_id for batch in batches}:
        _require(user, connection_id, Role.EDITOR)
    return batches


def event_for(user: "User", pk: int, role: Role = Role.VIEWER, *, for_card: bool = False) -> Event:
    """The event with its batch, item, connection and reviewer. Raises Http404 or PermissionDenied.

    `for_card`: with the names of the people to mention, as `card` needs it.
    """
    event = _only(_event(pk, user.pk, staff=user.is_staff, for_card=for_card), _("No event matches the given query."))
    event.item.batch = event.batch
    _keep_rights(event.batch, user, event)
    _check_role(rights_in(user, event.batch), role)
    return event


@prepared
def _event(pk: int, user_id: int, *, staff: bool, for_card: bool) -> QuerySet[Event]:
    """With what the card of the event would otherwise ask for: its document, its pile, and whether there is a pair."""
    everybody = people_of(OuterRef(OuterRef("batch__connection"))).order_by().annotate(group=Value(1)).values("group")
    people = everybody.annotate(names=StringAgg("username", Value(" "))).values("names")
    events = Event.objects.visible_to(get_user_model()(pk=user_id, is_staff=staff)).filter(pk=pk).order_by()
    events = events.select_related("batch__connection", "item", "decided_by__profile", "conversation", "consensus")
    return events.defer("batch__raw", "batch__connection__api_key", "item__raw").annotate(
        viewer_role=Membership.role_of(user_id, "batch__connection"),
        pile=Subquery(PictureHash.objects.filter(event=OuterRef("pk")).values("pile")),
        has_pair=Exists(EventPair.objects.filter(later=OuterRef("pk"))),
        sdk_text=Subquery(EventPayload.objects.filter(event=OuterRef("pk")).values("sdk")),
        **({"people": Subquery(people)} if for_card else {}),
    )


def item_for(user: "User", pk: int, role: Role = Role.VIEWER) -> Item:
    """The item with its batch and connection. Raises Http404 or PermissionDenied."""
    items = Item.objects.filter(batch__in=Batch.objects.visible_to(user)).select_related("batch__connection")
    item = get_object_or_404(items.defer("raw", "batch__raw", "batch__connection__api_key"), pk=pk)
    _require(user, item.batch.connection_id, role)
    return item


def item_of_footage(token: str) -> Item:
    """The item of the signed address of a file. Raises Http404 if it has ended or nobody signed it."""
    items = Item.objects.filter(BATCH_NOT_REMOVED).select_related("batch__connection")
    items = items.defer("raw", "batch__raw", "batch__connection__api_key")
    return get_object_or_404(items, pk=item_of(token))


def sync_for(user: "User", pk: int) -> SyncRun:
    """A sync of a batch this person may see. Raises Http404."""
    runs = SyncRun.objects.filter(batch__in=Batch.objects.visible_to(user))
    return get_object_or_404(runs.select_related("requested_by"), pk=pk)


def token_to_revoke(user: "User", pk: int) -> Token:
    """A person's own token. Raises Http404."""
    return get_object_or_404(Token, user=user, pk=pk)


def bulk_run_for(user: "User", pk: int) -> BulkRun:
    """A bulk run with its action and batch, for people who may decide in the batch.

    Raises Http404, PermissionDenied.
    """
    runs = BulkRun.objects.filter(batch__in=Batch.objects.visible_to(user))
    run = get_object_or_404(runs.select_related("action__undoes", "batch").defer("batch__raw"), pk=pk)
    _require(user, run.batch.connection_id, Role.REVIEWER)
    return run


def people_in(batches: Sequence[Batch]) -> list[list[str]]:
    """For each batch, the names of the people who have one of its pages open now. One query."""
    open_pages = OpenPage.objects.filter(
        batch__in=[batch.pk for batch in batches], seen_at__gt=timezone.now() - PRESENT
    )
    names: dict[int, list[str]] = defaultdict(list)
    for batch_id, name in open_pages.order_by("user__username").values_list("batch", "user__username").distinct():
        names[batch_id].append(name)
    return [names[batch.pk] for batch in batches]


def connections_to_edit(user: "User") -> QuerySet[Connection]:
    """The connections to which this person may add batches."""
    return Connection.objects.editable_by(user).defer("api_key")


def may_edit_any(user: "User") -> bool:
    """Whether the person may edit any connection at all."""
    return connections_to_edit(user).exists()


def connections_seen(user: "User") -> QuerySet[Connection]:
    """The connections whose batches this person may see."""
    return Connection.objects.visible_to(user).defer("api_key")


def connection_for(user: "User", pk: int) -> Connection:
    """A connection this person may add batches to. Raises Http404, PermissionDenied."""
    connection = get_object_or_404(Connection.objects.visible_to(user), pk=pk)
    _require(user, connection.pk, Role.EDITOR)
    return connection


def connection_to_manage(user: "User", pk: int) -> Connection:
    """A connection whose people and settings this person manages. Raises Http404, PermissionDenied."""
    connection = get_object_or_404(Connection.objects.visible_to(user).defer("api_key"), pk=pk)
    _require(user, connection.pk, Role.MANAGER)
    return connection


def may_manage_people(user: "User") -> bool:
    """Whether the person may manage all people and teams."""
    return user.is_active and user.is_superuser


def person_to_manage(user: "User", pk: int) -> "User":
    """Anybody, for administrators. Raises PermissionDenied, Http404."""
    if not may_manage_people(user):
        raise PermissionDenied(_("Only administrators can manage people."))
    return get_object_or_404(get_user_model(), pk=pk)


def may_connect(user: "User") -> bool:
    """Whether the person may make connections to vendors."""
    return user.is_staff and user.has_perm("batches.add_connection")


def managers_of(connection_id: int) -> QuerySet["User"]:
    """Those of whom `Rights.can_manage` is true on the connection."""
    members = Membership.objects.filter(connection=connection_id, role__in=Role.MANAGER.and_above)
    people = get_user_model().objects.filter(Q(is_superuser=True) | Q(pk__in=members.values("user")), is_active=True)
    return people.order_by("username")


def reviewers_of(batch: Batch) -> QuerySet["User"]:
    """The people to whom events can be assigned: the reviewers and editors of the batch's connection."""
    memberships = Membership.objects.filter(connection=batch.connection_id, role__in=Role.REVIEWER.and_above)
    people = get_user_model().objects.select_related("profile").order_by("username")
    return people.filter(pk__in=memberships.values("user"), is_active=True)


def reviewers_named(batch: Batch, names: list[str]) -> list["User"]:
    """The reviewers with these names. Raises ValueError if there is no name, or one is not a reviewer's."""
    by_name = {user.get_username(): user for user in reviewers_of(batch)}
    if not names:
        raise ValueError(_("Choose at least one person."))
    if unknown := [name for name in names if name not in by_name]:
        raise ValueError(_("{unknown} cannot review on this connection.").format(unknown=repr(unknown[0])))
    return [by_name[name] for name in names]


def imports_of(user: "User") -> QuerySet[ImportRun]:
    """The imports of the connections that this person edits."""
    runs = ImportRun.objects.filter(connection__in=connections_to_edit(user))
    return runs.select_related("connection", "requested_by")


def start_for(user: "User", pk: int) -> BatchStart:
    """A start of a batch, for editors of its connection. Raises Http404, PermissionDenied."""
    starts = BatchStart.objects.filter(connection__in=Connection.objects.visible_to(user))
    run = get_object_or_404(starts.select_related("connection", "batch", "parent", "requested_by"), pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def cloud_import_for(user: "User", pk: int) -> CloudImport:
    """An import from cloud storage, for editors of its connection. Raises Http404, PermissionDenied."""
    runs = CloudImport.objects.filter(connection__in=Connection.objects.visible_to(user)).defer("keys")
    run = get_object_or_404(runs.select_related("connection", "folder", "requested_by"), pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def upload_for(user: "User", pk: int) -> VideoUpload:
    """The upload of a video, for editors of its connection. Raises Http404, PermissionDenied."""
    runs = VideoUpload.objects.filter(connection__in=Connection.objects.visible_to(user)).defer("query", "sidecar")
    run = get_object_or_404(runs.select_related("connection", "folder", "requested_by"), pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def search_for(user: "User", pk: int) -> VideoSearch:
    """A search, for everybody who sees its connection. Raises Http404."""
    searches = VideoSearch.objects.visible_to(user).select_related("connection", "folder", "requested_by")
    return get_object_or_404(searches.defer("connection__api_key"), pk=pk)


def odd_for(user: "User", pk: int) -> OddTable:
    """A structured ODD, for editors of its connection. Raises Http404, PermissionDenied."""
    tables = OddTable.objects.filter(connection__in=Connection.objects.visible_to(user))
    table = get_object_or_404(tables.select_related("connection", "requested_by"), pk=pk)
    _require(user, table.connection_id, Role.EDITOR)
    return table


def odd_run_for(user: "User", pk: int) -> OddRun:
    """The structured ODD of one video, for editors of its connection. Raises Http404, PermissionDenied."""
    runs = OddRun.objects.filter(connection__in=Connection.objects.visible_to(user))
    run = get_object_or_404(runs, pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def video_for(user: "User", pk: int) -> AccountVideo:
    """A video that its account still has, for editors of its connection. Raises Http404, PermissionDenied."""
    videos = AccountVideo.objects.listed().filter(connection__in=Connection.objects.visible_to(user))
    video = get_object_or_404(videos.select_related("connection", "folder"), pk=pk)
    _require(user, video.connection_id, Role.EDITOR)
    return video


def import_for(user: "User", pk: int) -> ImportRun:
    """One import, for editors of its connection. Raises Http404, PermissionDenied."""
    runs = ImportRun.objects.filter(connection__in=Connection.objects.visible_to(user))
    run = get_object_or_404(runs.select_related("connection", "requested_by"), pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def additions_of(user: "User") -> QuerySet[AdditionRun]:
    """The runs that add lists of batches to the connections that this person edits, newest first."""
    runs = AdditionRun.objects.filter(connection__in=connections_to_edit(user))
    return runs.select_related("connection", "requested_by").defer("connection__api_key")


def addition_for(user: "User", pk: int) -> AdditionRun:
    """One run that adds batches, for editors of its connection. Raises Http404, PermissionDenied."""
    runs = AdditionRun.objects.filter(connection__in=Connection.objects.visible_to(user))
    run = get_object_or_404(runs.select_related("connection", "requested_by").defer("connection__api_key"), pk=pk)
    _require(user, run.connection_id, Role.EDITOR)
    return run


def webhook_for(user: "User", pk: int) -> Webhook:
    """A webhook with its connection, for editors of the connection. Raises Http404, PermissionDenied."""
    hooks = Webhook.objects.visible_to(user).select_related("connection", "created_by")
    hook = get_object_or_404(hooks.defer("connection__api_key"), pk=pk)
    _require(user, hook.connection_id, Role.EDITOR)
    return hook


def delivery_for(user: "User", pk: int) -> Delivery:
    """A delivery of a webhook, for editors of its connection. Raises Http404, PermissionDenied."""
    delivery = get_object_or_404(Delivery.objects.visible_to(user).select_related("webhook"), pk=pk)
    _require(user, delivery.webhook.connection_id, Role.EDITOR)
    return delivery


def proposal_for(user: "User", event: Event) -> EventPair | None:
    """The pair with the verdict that the newest comparison proposes for an undecided event.

    None if there is no proposal, or the person cannot see the other batch.
    """
    if event.decided_at or not event.__dict__.get("has_pair", True):
        return None
    pairs = EventPair.objects.proposals().filter(later=event, earlier__batch__in=Batch.objects.visible_to(user))
    pairs = pairs.select_related("earlier__decided_by", "earlier__batch")
    return pairs.defer("earlier__batch__raw").order_by("-comparison").first()


def pair_beside(user: "User", event: Event, other: int) -> EventPair | None:
    """The pair of this event in the comparison with batch `other`, with both sides.

    None if there is no such pair, or the person cannot see the other batch.
    """
    seen = Batch.objects.visible_to(user)
    as_earlier, as_later = Q(comparison__earlier=event.batch_id), Q(comparison__later=event.batch_id)
    pairs = EventPair.objects.filter(Q(earlier=event) | Q(later=event))
    others = seen.filter(pk=other)
    pairs = pairs.filter(as_earlier & Q(comparison__later__in=others) | as_later & Q(comparison__earlier__in=others))
    pairs = pairs.select_related("earlier", "later", "comparison__earlier", "comparison__later")
    return pairs.defer("comparison__earlier__raw", "comparison__later__raw").first()


def saved_views_for(user: "User", batch: Batch) -> QuerySet[SavedView]:
    """The saved views that fit this batch: the person's own, and those shared on its connection."""
    return SavedView.objects.visible_to(user).filter(connection=batch.connection_id).select_related("owner")


def view_to_delete(user: "User", pk: int) -> SavedView:
    """A saved view of this person, or a shared one on a connection they edit. Raises Http404, PermissionDenied."""
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    if view.owner_id != user.pk and view.connection_id is not None:
        _require(user, view.connection_id, Role.EDITOR)
    return view


def export_for(user: "User", pk: int) -> ExportRun:
    """A person's own background download of batches that the person may still see. Raises Http404."""
    run = get_object_or_404(ExportRun.objects.filter(requested_by=user), pk=pk)
    if len(batches_still_seen(user, run.batches)) != len(run.batches):
        raise Http404(_("You no longer have access to one of its batches."))
    return run


def link_for(user: "User", pk: int, *, own: bool = False) -> Link:
    """A link that this person may revoke. `own`: the person made it and may still make links.

    Raises Http404, PermissionDenied.
    """
    seen = Link.objects.filter(Q(batch=None) | Q(batch__in=batches_of(user)))
    link = get_object_or_404(seen.select_related("batch"), pk=pk)
    if not Link.objects.manageable_by(user).filter(pk=pk).exists():
        raise PermissionDenied(_("Only the link's creator and the batch's editors can revoke it."))
    if own:
        if link.created_by_id != user.pk:
            raise PermissionDenied(_("Only the link's creator can replace its URL."))
        if link.batch:
            _require(user, link.batch.connection_id, Role.REVIEWER)
    return link


def may_share_board(user: "User") -> bool:
    """Whether the person may make links to the board: a reviewer of some connection."""
    return _connections_as(user, Role.REVIEWER).exists()


def batches_to_share(user: "User") -> BatchQuerySet:
    """The batches whose figures a link of this person to the board shows. Raises PermissionDenied, Http404."""
    if not may_share_board(user):
        if not connections_seen(user).exists():
            raise Http404(_("No connection is shared with you."))
        raise PermissionDenied(_("Only reviewers of a connection can share the board."))
    return batches_to_decide(user)


def link_of(token: str) -> Link:
    """The live link of this token, with its batch. Raises Http404."""
    links = Link.objects.of_token(token).select_related("batch__connection", "view")
    return get_object_or_404(links.defer("batch__raw", "batch__connection__api_key"))
