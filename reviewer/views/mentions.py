"""Where somebody is mentioned, newest first, and how many of these are unread: the number in every header."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Mention
from batches.models.prepared import prepared
from reviewer.access import SignedIn
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE_MENTIONS = 50
MAX_COUNTED = 100  # shown as 99+
NEWEST = Sort("Newest first", ("id",), descending=True)


@require_http_methods(["GET", "HEAD", "POST"])
def mention_list(request: SignedIn) -> HttpResponse:
    """A POST marks mentions as read: one `mention`, whose event opens, or all up to the number `upto`."""
    own = Mention.objects.of(request.user)
    if request.method == "POST":
        mention_id, upto = _number(request, "mention"), _number(request, "upto")
        mention = get_object_or_404(own.select_related("comment"), pk=mention_id) if mention_id else None
        actions.read_mentions(by=request.user, upto=upto, mention_id=mention.pk if mention else None)
        return redirect("event-detail", mention.comment.event_id) if mention else redirect("mention-list")
    listed = own.select_related("comment__author", "comment__event__batch__connection")
    mentions, more = keyset.page(request.GET, NEWEST, listed.defer("comment__event__batch__raw"), PAGE_MENTIONS)
    context = {
        "mentions": mentions,
        "more": more,
        "unread": own.unread().exists(),
    }
    return render_page(request, "mentions/mention_list.html", context)


def _number(request: SignedIn, name: str) -> int:
    number = read_number(request.POST.get(name, "") or "0")
    if number is None:
        raise BadRequest(f"{name}: a number was expected.")
    return number


def unread_mentions(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `unread_mentions`, counted only by templates that show it."""
    if not (hasattr(request, "user") and request.user.is_authenticated):
        return {}
    return {"unread_mentions": partial(_count, request.user)}


def _count(user: "User") -> int:
    return len(_unread(user.pk, staff=user.is_staff))


@prepared
def _unread(user_id: int, *, staff: bool) -> QuerySet[Mention, int]:
    person = get_user_model()(pk=user_id, is_staff=staff)
    return Mention.objects.of(person).unread().order_by().values_list("pk", flat=True)[:MAX_COUNTED]
