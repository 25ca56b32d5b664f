"""The sync page of one batch: progress, results, unreadable records; and the requests for syncs and thumbnails."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from batches import actions
from batches.errors import Conflict, SyncError
from batches.models import Batch, Event, Item, Poll, Role
from batches.models.batch import State
from batches.sync.records import FINAL_STATES
from batches.sync.vendors import vendor_of
from batches.watch.vendor_webhook import reason_not_to_call
from reviewer import access
from reviewer.access import SignedIn
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.review.answers import back
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

MAX_RUNS, MAX_RECORDS = 20, 100
ORDER = Sort("The vendor's order", ("position", "id"))
UNREADABLE = Q(state=State.UNKNOWN) & ~Q(raw_status="", error="")  # an unknown status, or an unreadable record
TROUBLED = Q(state__in=(State.FAILED, State.CANCELED, State.PARTIAL)) | UNREADABLE | Q(answered=True) & ~Q(error="")


@require_http_methods(["GET", "HEAD", "POST"])
def batch_sync(request: SignedIn, pk: int) -> HttpResponse:
    if request.method == "POST":
        batch = access.batch_for(request.user, pk, Role.EDITOR)
        try:
            actions.request_sync(batch_id=batch.pk, by=request.user)
        except Conflict as refusal:
            messages.error(request, str(refusal))
        return HttpResponse(status=303, headers={"Location": request.path})
    batch = access.batch_for(request.user, pk)
    runs = list(batch.syncs.select_related("requested_by").order_by("-id")[:MAX_RUNS])
    live, newest = bool(runs and runs[0].unfinished), str(runs[0].pk if runs else "")
    context = {
        "batch": batch,
        "rights": access.rights_in(request.user, batch),
        "run": runs[0] if runs else None,
        "runs": runs,
        "live": live,
        # The panel of an unfinished batch names the run that it shows: its lists change with the next one only.
        "shown": "" if live else f"&shown={newest}",
        "out_of_band": not live
        and request.headers.get("HX-Target") == "sync-panel"
        and request.GET.get("shown") != newest,
        **_poll(batch),
        "quarantined": batch.quarantine.all()[:MAX_RECORDS],
        "quarantine_total": batch.quarantine.count(),
        **_items(request, batch),
        **_effects(batch),
        "makes_thumbnails": vendor_of(batch.connection.vendor).has_thumbnails,
        "thumbnails": batch.thumbnail_runs.filter(item=None).order_by("-id").first(),
    }
    return render_page(request, "batches/batch_sync.html", context, partials=["sync-panel", "sync-state"])


def _effects(batch: Batch) -> dict[str, str]:
    """What canceling or deleting the batch does at its vendor, where it can be done now."""
    vendor = vendor_of(batch.connection.vendor)
    if batch.state not in FINAL_STATES:
        return {"cancel_effect": vendor.cancel_effect and _(vendor.cancel_effect)}
    return {} if batch.vendor_deleted_at else {"delete_effect": vendor.delete_effect and _(vendor.delete_effect)}


def _poll(batch: Batch) -> dict[str, object]:
    """When the batch is polled next, or why it is not polled; of one deleted at its vendor there is nothing to say."""
    if batch.vendor_deleted_at:
        return {"poll": None, "is_polled": False}
    poll = Poll.objects.filter(batch=batch).annotate(on=F("batch__connection__schedule__watching")).first()
    schedule_on, stopped = poll is None or poll.on is not False, reason_not_to_call(batch.connection)
    # The next sweep makes the poll of a batch that has just been started.
    is_wanted = poll.ended_at is None if poll else batch.state not in FINAL_STATES and batch.gone_at is None
    is_polled = is_wanted and schedule_on and not stopped and not batch.archived_at
    return {"poll": poll, "schedule_on": schedule_on, "stopped": stopped, "is_polled": is_polled}


def _items(request: SignedIn, batch: Batch) -> dict[str, Any]:
    """The items in the state `items`; without it, those with problems and those that the vendor no longer lists."""
    state_filter = request.GET.get("items", "")
    if state_filter and state_filter not in State.values:
        raise BadRequest(_("items: expected one of {names}.").format(names=", ".join(State.values)))
    items = Item.objects.filter(batch=batch)
    counts = dict(items.order_by().values_list("state").annotate(count=Count("pk")))
    wanted = items.filter(Q(state=state_filter) if state_filter else TROUBLED | Q(gone_at__isnull=False))
    records, more = keyset.page(request.GET, ORDER, wanted.defer("raw", "summary"), MAX_RECORDS)
    return {
        "state_filter": state_filter,
        "states": [(state, State(state).label, counts[state]) for state in State.values if state in counts],
        "items": records,
        "more": more,
    }


@require_POST
def batch_thumbnails(request: SignedIn, pk: int) -> HttpResponse:
    """Ask the vendor to make missing thumbnails. This costs the vendor work, so only editors can request it.

    With `event`, only those of its video, and back to the event.
    """
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    if (number := read_number(request.POST.get("event", ""))) is not None:
        return _item_thumbnails(request, access.event_for(request.user, number, Role.EDITOR))
    actions.request_thumbnails(batch_id=batch.pk, by=request.user)
    return redirect("batch-sync", batch.pk)


def _item_thumbnails(request: SignedIn, event: Event) -> HttpResponse:
    connection = event.batch.connection
    if actions.request_item_thumbnails(item=event.item, by=request.user):
        text = _("Thumbnails requested from {vendor}. Those it creates are shown once this page is reloaded.")
        messages.success(request, text.format(vendor=connection.get_vendor_display()))
    else:
        refusal = _("Not requested: it was done within the last day, or the connection's daily limit is reached.")
        messages.error(request, reason_not_to_call(connection) or refusal)
    return redirect("event-detail", event.pk)


@require_POST
def batch_cancel(request: SignedIn, pk: int) -> HttpResponse:
    """Cancel a running batch at the vendor."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    try:
        actions.cancel_batch(batch=batch, by=request.user)
    except (ValueError, SyncError) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("{vendor} cancels the batch.").format(vendor=batch.connection.get_vendor_display()))
    return redirect("batch-sync", batch.pk)


@require_POST
def batch_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a final batch at the vendor."""
    batch = access.batch_for(request.user, pk, Role.MANAGER)
    confirmation = request.POST.get("confirmation", "").replace("\0", "")
    try:
        actions.delete_batch(batch=batch, confirmation=confirmation, by=request.user)
    except (ValueError, SyncError) as refusal:
        messages.error(request, str(refusal))
    else:
        done = _("{vendor} has deleted the batch. Everything here is kept.")
        messages.success(request, done.format(vendor=batch.connection.get_vendor_display()))
    return redirect("batch-sync", batch.pk)


@require_POST
def batch_rename(request: SignedIn, pk: int) -> HttpResponse:
    """Our own name for the batch, where `seen` is still its name; empty shows the prompt again."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    name, seen = request.POST.get("name", "").replace("\0", ""), request.POST.get("seen")
    try:
        actions.rename_batch(batch_id=batch.pk, name=name, by=request.user, seen=seen)
    except ValueError as error:
        batch.refresh_from_db()
        context = {"batch": batch, "rights": access.rights_in(request.user, batch), "error": error, "typed": name}
        return render(
            request, "batches/batch_rename.html", context | {"back": request.POST.get("next", "")}, status=422
        )
    return back(request, batch)
