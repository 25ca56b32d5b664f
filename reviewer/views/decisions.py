"""Verdicts: decide one or many, undo, redo, flag, comment; for scripts (JSON) and without (a form that comes back)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from batches import actions
from batches.errors import Conflict, KeyReused, NotAllowed
from batches.models import Batch, CommentKind, Decision, Event, Opinion, Role
from batches.models.decision import SAMPLED
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import BulkForm, CarryForm, CommentForm, DecisionForm, FlagForm, UndoForm
from reviewer.review.bulk_runs import describe_run
from reviewer.review.card import card
from reviewer.review.opinions import seconds
from reviewer.web.htmx import render_page, wants_json


@require_POST
def event_decide(request: SignedIn, pk: int) -> HttpResponse:
    event = access.event_for(request.user, pk, Role.REVIEWER)
    form = DecisionForm(request.POST)
    if refusal := _refusal(request, form, event):
        return refusal
    source = SAMPLED if form.cleaned_data.pop("order") == "sample" else "page"
    said = {"source": source, "address": access.address_of(request), **form.cleaned_data}
    answer = _carry_out(
        request,
        lambda: actions.decide(event_id=event.pk, by=request.user, **said),
        event.batch,
        event,
    )
    if answer.status_code < 400:
        actions.give_back(event_id=event.pk, by=request.user)
    return answer


@require_POST
def batch_bulk(request: SignedIn, pk: int) -> HttpResponse:
    """One verdict on many events of the batch: those of the page that are named, or all that a filter names."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = BulkForm(request.POST)
    if refusal := _refusal(request, form, None):
        return refusal
    data = form.cleaned_data
    said = {name: data[name] for name in ("approval", "key", "reason", "note")}
    said |= {"batch_id": batch.pk, "by": request.user, "address": access.address_of(request)}
    if seen := data["events"]:
        return _carry_out(request, lambda: actions.decide_many(seen=seen, amends=data["amends"], **said), batch, None)
    chosen = EventFilter.of(batch, QueryDict(data["query"]), request.user)
    return _carry_out(
        request,
        lambda: actions.decide_matching(events=chosen.qs, query=chosen.query, page=form.page, **said),
        batch,
        None,
    )


@require_POST
def batch_carry(request: SignedIn, pk: int) -> HttpResponse:
    """Take over the verdicts that an earlier batch proposes for what a filter names, `compare` and `proposed` in it."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = CarryForm(request.POST)
    if refusal := _refusal(request, form, None):
        return refusal
    data = form.cleaned_data
    chosen = EventFilter.of(batch, QueryDict(data["query"]), request.user)
    comparison = chosen.comparison
    if comparison is None or comparison.later_id != batch.pk or not chosen.values["proposed"]:
        return _refuse(request, 422, "query: give compare with an earlier batch, and proposed.", None)
    said = {"page": form.page, "by": request.user, "key": data["key"], "address": access.address_of(request)}
    return _carry_out(
        request,
        lambda: actions.carry_over(comparison=comparison, events=chosen.qs, query=chosen.query, **said),
        batch,
        None,
    )


@require_POST
def batch_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Take back `action`, or this person's last one in the batch."""
    return _reverse(request, pk, actions.undo)


@require_POST
def batch_redo(request: SignedIn, pk: int) -> HttpResponse:
    """Do again what the undo `action`, or this person's last undo in the batch, took back."""
    return _reverse(request, pk, actions.redo)


def _reverse(request: SignedIn, pk: int, verb: Callable[..., actions.Outcome]) -> HttpResponse:
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = UndoForm(request.POST)
    if refusal := _refusal(request, form, None):
        return refusal
    return _carry_out(
        request,
        lambda: verb(
            batch_id=batch.pk,
            by=request.user,
            key=form.cleaned_data["key"],
            action_id=form.cleaned_data["action"],
            target_key=form.cleaned_data["target"],
            address=access.address_of(request),
        ),
        batch,
        None,
    )


@require_POST
def event_flag(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for a second look (`on=1`), or no longer (`on=0`)."""
    event = access.event_for(request.user, pk, Role.REVIEWER)
    form = FlagForm(request.POST)
    if refusal := _refusal(request, form, event):
        return refusal
    actions.flag(event_id=event.pk, on=form.cleaned_data["on"], by=request.user)
    if not wants_json(request):
        return _back(request, event.batch)
    described = describe(access.event_for(request.user, pk))
    return JsonResponse({"saved": True, "event": described, "events": [], "steps": [], "counts": event.batch.counts})


@require_POST
def event_comment(request: SignedIn, pk: int) -> HttpResponse:
    """Say something about the event, resolve or reopen its talk, or withdraw (`target`) what one said oneself."""
    event = access.event_for(request.user, pk, Role.REVIEWER)
    form = CommentForm(request.POST)
    if refusal := _refusal(request, form, event):
        return refusal
    said = form.cleaned_data
    try:
        now = actions.comment(event_id=event.pk, by=request.user, **said | {"kind": said["kind"] or CommentKind.SAY})
    except (ValueError, KeyReused) as error:
        return _refuse(request, 422, str(error), event)
    if not wants_json(request):
        return _back(request, event.batch)
    talk = {"comments": now.comments, "unresolved": now.unresolved}
    return JsonResponse(
        {"saved": True, "event": describe(event), "events": [], "steps": [], "counts": event.batch.counts, "talk": talk}
    )


def _carry_out(
    request: SignedIn, verb: Callable[[], actions.Outcome], batch: Batch, event: Event | None
) -> HttpResponse:
    try:
        outcome = verb()
    except KeyReused as error:
        return _refuse(request, 422, str(error), event)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except ValueError as error:
        return _refuse(request, 422, str(error), event)
    except Event.DoesNotExist as error:
        raise Http404("Not all of these events are in this batch.") from error
    except Conflict as error:
        return _refuse(request, 412, str(error), getattr(error, "event", None) or event)
    if not wants_json(request):
        return _back(request, batch)
    steps: dict[int, Opinion | Decision] = {one.event_id: one for one in outcome.opinions}
    steps |= {one.event_id: one for one in outcome.decisions}  # a decision comes after the opinion that made it
    events = list(Event.objects.filter(pk__in=steps).select_related("decided_by", "consensus"))
    described = [describe(one) | _second(request, batch, one) for one in events]
    answer = {
        "saved": True,
        "replayed": outcome.replayed,
        "action": outcome.action.pk,
        "event": described[0] if described else None,
        "events": described,
        "steps": [{"event": pk, "version": one.version, "fingerprint": one.fingerprint} for pk, one in steps.items()],
        "counts": Batch.objects.only("pending", "approved", "rejected", "invalid").get(pk=batch.pk).counts,
    }
    if outcome.run or outcome.skipped:
        skipped = Event.objects.filter(pk__in=outcome.skipped).select_related("decided_by")
        answer["skipped"] = [describe(one) for one in skipped]
        answer["run"] = describe_run(outcome.run) if outcome.run else None
    return JsonResponse(answer, headers={"Idempotent-Replayed": "true"} if outcome.replayed else {})


def _second(request: SignedIn, batch: Batch, event: Event) -> dict[str, Any]:
    """How far the opinions on an event are, where there are any: as much as this person may know."""
    if not getattr(event, "consensus", None):
        return {}
    rights = access.rights_on(request.user, batch.connection_id)
    return {"second": seconds(request.user, rights, batch, [event])[event.pk].as_json}


def describe(event: Event) -> dict[str, Any]:
    """An event as scripts get it after a verdict."""
    return {
        "id": event.pk,
        "version": event.version,
        "fingerprint": event.fingerprint,
        "approval": event.approval,
        "reason": event.reason,
        "note": event.note,
        "flagged": event.flagged,
        "label": event.label or event.category,
        "decided_by": event.decided_by.get_username() if event.decided_by else None,
        "verdict_by": event.verdict_by,
        "decided_at": event.decided_at.isoformat() if event.decided_at else None,
    }


def _refusal(request: SignedIn, form: Form, event: Event | None) -> HttpResponse | None:
    """The answer to a form that is not valid, or that somebody else sent from this browser."""
    if not form.is_valid():
        return _refuse(request, 422, sentence(form), event)
    if form.cleaned_data.pop("author", None) not in (None, request.user.pk):
        return _somebody_else(request)
    return None


def _refuse(request: SignedIn, status: int, why: str, event: Event | None) -> HttpResponse:
    """Nothing was written: the reason, and the event as it is now."""
    current = access.event_for(request.user, event.pk) if event else None
    if wants_json(request):
        answer = {"error": why} | ({"event": describe(current)} if current and status == 412 else {})
        return JsonResponse(answer, status=status)
    if current is None:
        return render_page(request, "error.html", {"title": "Not done", "why": why}, status=status)
    context = {**card(request, current), "refused": why}
    return render_page(request, "events/event_detail.html", context, status=status)


def _somebody_else(request: SignedIn) -> HttpResponse:
    """A verdict is only ever written in the name of who made it: it waits until that person is signed in again."""
    why = f"This was decided by somebody else; signed in is {request.user.get_username()}."
    return JsonResponse({"error": why, "signed_in": request.user.get_username()}, status=401)


def _back(request: SignedIn, batch: Batch) -> HttpResponse:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    messages.success(request, "Saved.")
    return HttpResponse(status=303, headers={"Location": wanted if safe else reverse("batch-grid", args=[batch.pk])})
