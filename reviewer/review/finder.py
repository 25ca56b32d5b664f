"""What a person can go to by name: pages, batches, queues, videos, people, and one event by its number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models import Event, Item, Membership, SavedView
from reviewer import access
from reviewer.filters.batches import SEARCHED
from reviewer.web.numbers import read_number

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.functional import _StrOrPromise as StrOrPromise

MAX_HITS = 6  # of one kind
# Name of the address → how people call the page, and an icon.
PAGES = {
    "desk": (_("My work"), "deck"),
    "batch-list": (_("Batches"), "film"),
    "board": (_("Board: precision over batches and weeks"), "chart"),
    "event-list": (_("Events of all batches"), "table"),
    "event-review": (_("Review all batches"), "deck"),
    "notification-list": (_("Notifications"), "bell"),
    "export-list": (_("Downloads"), "download"),
    "link-list": (_("Links"), "out"),
    "connection-list": (_("Connections"), "out"),
    "token-list": (_("Tokens"), "key"),
    "password-change": (_("Change password"), "check"),
    "api-docs": (_("API documentation"), "note"),
}
EDITOR_PAGES = {
    "batch-start": (_("Start a batch"), "play"),
    "import-list": (_("Import a file"), "note"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One place to go to."""

    label: str
    detail: str
    address: str
    icon: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    title: str
    hits: list[Hit]


def find(user: "User", text: str) -> list[HitGroup]:
    """The places whose names contain the text, by kind; without a text the pages and the newest batches.

    At most one short query a kind.
    """
    kinds: dict[StrOrPromise, Callable[[User, str], Iterator[Hit]]] = {
        _("Batches"): _batches,
        _("Pages and actions"): _pages,
    }
    if text:
        kinds = {
            _("Events"): _event,
            **kinds,
            _("Queues and views"): _views,
            _("Videos"): _videos,
            _("People"): _people,
            _("Search"): _search,  # last: Enter opens what has the name
        }
    groups = [HitGroup(str(title), list(hits_of(user, text))) for title, hits_of in kinds.items()]
    return [group for group in groups if group.hits]


def _containing(rows: QuerySet[Any], text: str, *fields: str) -> QuerySet[Any]:
    conditions = (Q(**{f"{field}__icontains": text}) for field in fields)
    return rows.filter(Q.create(list(conditions), connector=Q.OR)) if text else rows


def _event(user: "User", text: str) -> Iterator[Hit]:
    number = read_number(text.removeprefix("#"))
    event = Event.objects.visible_to(user).filter(pk=number).select_related("batch").first() if number else None
    if event:
        batch = event.batch.title
        if event.batch.archived_at:
            batch = gettext("{batch}, archived").format(batch=batch)
        yield Hit(str(event), f"#{event.pk}, {batch}", reverse("event-detail", args=[event.pk]), "deck")


def _search(user: "User", text: str) -> Iterator[Hit]:
    query = urlencode({"q": text})
    label = gettext("Search events for “{text}”").replace("{text}", text)
    yield Hit(label, gettext("in every batch"), f"{reverse('event-list')}?{query}", "search")


def _batches(user: "User", text: str) -> Iterator[Hit]:
    for batch in _containing(access.batches_listed(user), text, *SEARCHED)[:MAX_HITS]:
        yield Hit(batch.title, batch.connection.name, reverse("batch-grid", args=[batch.pk]), "film")


def _pages(user: "User", text: str) -> Iterator[Hit]:
    pages = PAGES | (EDITOR_PAGES if access.may_edit_any(user) else {})
    for name, (label, icon) in pages.items():
        if text.lower() in label.lower():
            yield Hit(str(label), "", reverse(name), icon)
    documentation = gettext("Documentation")
    if settings.WHITENOISE_ROOT and text.lower() in documentation.lower():
        yield Hit(documentation, "", "/docs/", "note")


def _views(user: "User", text: str) -> Iterator[Hit]:
    views = _containing(SavedView.objects.visible_to(user).select_related("connection"), text, "name")
    for view in views.defer("connection__api_key")[:MAX_HITS]:
        scope = urlencode({"connection": view.connection_id}) if view.connection_id else ""
        query = "&".join(filter(None, [scope, view.query]))
        detail = view.connection.name if view.connection else gettext("several batches")
        yield Hit(view.name, detail, f"{reverse('event-list')}?{query}", "filter")


def _videos(user: "User", text: str) -> Iterator[Hit]:
    items = Item.objects.filter(batch__in=access.batches_listed(user).values("pk")).select_related("batch")
    matches = _containing(items, text, "name", "external_id").order_by("-id")
    for item in matches.defer("raw", "batch__raw")[:MAX_HITS]:
        yield Hit(str(item), item.batch.title, f"{reverse('batch-grid', args=[item.batch_id])}?item={item.pk}", "film")


def _people(user: "User", text: str) -> Iterator[Hit]:
    """Members of connections that the person sees: the events they decided."""
    members = Membership.objects.filter(connection__in=access.connections_seen(user).values("pk"))
    people = get_user_model().objects.filter(is_active=True, pk__in=members.values("user"))
    for person in _containing(people, text, "username", "first_name", "last_name").order_by("username")[:MAX_HITS]:
        query = urlencode({"reviewer": person.get_username()})
        name = person.get_full_name() or person.get_username()
        yield Hit(name, gettext("events they decided"), f"{reverse('event-list')}?{query}", "user")
