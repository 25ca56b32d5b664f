"""What a person was notified of, newest first, and how many of these are unread: the number in every header."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.models import Notification, NotificationKind
from batches.models.prepared import prepared
from batches.notify.texts import detail, sentence, with_subjects
from reviewer.access import SignedIn
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE_NOTIFICATIONS = 50
MAX_COUNTED = 100  # shown as 99+
NEWEST = Sort("Newest first", ("id",), descending=True)
LIST = "notifications"  # the id of the element with the list


@require_http_methods(["GET", "HEAD", "POST"])
def notification_list(request: SignedIn) -> HttpResponse:
    """A POST marks as read: one `notification`, whose page opens unless `stay` is set, or all up to `upto` of the
    `kind` in the address.
    """
    kind = request.GET.get("kind", "")
    if kind not in ("", *NotificationKind.values):
        raise BadRequest(_("kind: one of {names}.").format(names=", ".join(NotificationKind.values)))
    if request.method == "POST":
        return _read(request, kind)
    own = Notification.objects.of(request.user)
    own = own.filter(kind=kind) if kind else own
    rows, more = keyset.page(request.GET, NEWEST, with_subjects(own), PAGE_NOTIFICATIONS)
    context = {
        "rows": [(row, sentence(row), detail(row)) for row in rows],
        "more": more,
        "kind": kind,
        "kinds": NotificationKind.choices,
        "has_unread": own.unread().exists(),
    }
    return render_page(request, "notifications/notification_list.html", context, partials=[LIST])


def _read(request: SignedIn, kind: str) -> HttpResponse:
    notification_id, upto = _number(request, "notification"), _number(request, "upto")
    own = Notification.objects.with_replaced_of(request.user)  # an open page may show one that was replaced since
    notification = get_object_or_404(own, pk=notification_id) if notification_id else None
    actions.read_notifications(
        by=request.user, upto=upto, notification_id=notification.pk if notification else None, kind=kind
    )
    if notification and "stay" not in request.POST:
        return redirect(notification.path)
    return redirect(f"{reverse('notification-list')}{f'?kind={kind}' if kind else ''}")


def _number(request: SignedIn, name: str) -> int:
    number = read_number(request.POST.get(name, "") or "0")
    if number is None:
        raise BadRequest(_("{name}: a number was expected.").format(name=name))
    return number


@require_safe
def notification_count(request: SignedIn) -> JsonResponse:
    """`unread`, and the id of the `newest` of these: an open page asks once a minute."""
    keys = _unread(request.user.pk, staff=request.user.is_staff)
    return JsonResponse({"unread": len(keys), "newest": max(keys, default=0)})


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `unread_notifications`, counted only by templates that show it."""
    if not (hasattr(request, "user") and request.user.is_authenticated):
        return {}
    return {"unread_notifications": partial(_count, request.user)}


def _count(user: "User") -> int:
    return len(_unread(user.pk, staff=user.is_staff))


@prepared
def _unread(user_id: int, *, staff: bool) -> QuerySet[Notification, int]:
    person = get_user_model()(pk=user_id, is_staff=staff)
    newest = Notification.objects.of(person).unread().order_by("-id")
    return newest.values_list("pk", flat=True)[:MAX_COUNTED]
