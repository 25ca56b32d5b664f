"""Verdicts: decide one or many, undo, redo, flag, comment; for scripts (JSON) and without (a form that comes back)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.errors import NotAllowed
from batches.models import Batch, CommentKind, Event, Role
from batches.models.decision import SAMPLED
from batches.vocabulary import categories_in_use, labels_in_use
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.forms.verdicts import (
    BulkForm,
    CommentForm,
    CopyVerdictsForm,
    CorrectionForm,
    DecisionForm,
    FlagForm,
    MissedForm,
    UndoForm,
)
from reviewer.review.answers import (
    answer_event,
    answer_outcome,
    answering_errors,
    read_form,
    refuse,
)
from reviewer.web.client import client_ip
from reviewer.web.refusals import answers_refusals


@require_POST
@answers_refusals
def event_decide(request: SignedIn, pk: int) -> HttpResponse:
    """The action itself reads the event and checks the role, in its one statement; only a refusal asks for them
    again.
    """
    event, form = Event(pk=pk), DecisionForm(request.POST)
    if not form.is_valid():
        access.event_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, form, event)
    source = SAMPLED if fields.pop("order") == "sample" else "page"
    with answering_errors(request, event):
        try:
            outcome = actions.decide(
                event_id=pk, by=request.user, source=source, ip_address=client_ip(request), **fields
            )
        except NotAllowed:
            access.event_for(request.user, pk, Role.REVIEWER)  # a person who does not see the event gets a 404
            raise
    return answer_outcome(request, outcome.action.batch, outcome)


@require_POST
@answers_refusals
def event_correct(request: SignedIn, pk: int) -> HttpResponse:
    """Give fields of the event other values, without a verdict."""
    event = access.event_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, CorrectionForm(request.POST), event)
    with answering_errors(request, event):
        outcome = actions.correct(event_id=pk, by=request.user, ip_address=client_ip(request), **fields)
    return answer_outcome(request, event.batch, outcome)


@require_POST
@answers_refusals
def item_missed(request: SignedIn, pk: int) -> HttpResponse:
    """Add an event that the vendor missed in this item."""
    item = access.item_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, MissedForm(request.POST))
    with answering_errors(request):
        outcome = actions.add_missed(item_id=pk, by=request.user, ip_address=client_ip(request), **fields)
    return answer_outcome(request, item.batch, outcome)


@require_safe
def batch_values(request: SignedIn, pk: int) -> JsonResponse:
    """The labels and categories that a correction can choose from."""
    batch = access.batch_for(request.user, pk)
    return JsonResponse({"label": labels_in_use(batch), "category": categories_in_use(batch)})


@require_POST
@answers_refusals
def batch_bulk(request: SignedIn, pk: int) -> HttpResponse:
    """One verdict on many events of the batch: those of the page that are named, or all that a filter names."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = BulkForm(request.POST)
    fields = read_form(request, form)
    verdict: dict[str, Any] = {
        name: fields[name] for name in ("approval", "idempotency_key", "reason", "note", "values")
    }
    verdict |= {"batch_id": batch.pk, "by": request.user, "ip_address": client_ip(request)}
    if seen := fields["events"]:
        with answering_errors(request):
            outcome = actions.decide_many(seen=seen, amends=fields["amends"], **verdict)
    else:
        matching = EventFilter.of(batch, QueryDict(fields["query"]), request.user)
        with answering_errors(request):
            outcome = actions.decide_matching(events=matching.qs, query=matching.query, page=form.page, **verdict)
    return answer_outcome(request, batch, outcome)


@require_POST
@answers_refusals
def batch_copy_verdicts(request: SignedIn, pk: int) -> HttpResponse:
    """Take over the verdicts that an earlier batch proposes for what a filter names, `compare` and `proposed` in it."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = CopyVerdictsForm(request.POST)
    fields = read_form(request, form)
    matching = EventFilter.of(batch, QueryDict(fields["query"]), request.user)
    comparison = matching.comparison
    if comparison is None or comparison.later_id != batch.pk or not matching.values["proposed"]:
        return refuse(request, 422, _("query: give compare with an earlier batch, and proposed."))
    with answering_errors(request):
        outcome = actions.copy_verdicts(
            comparison=comparison, events=matching.qs, query=matching.query, page=form.page, by=request.user,
            idempotency_key=fields["idempotency_key"], ip_address=client_ip(request),
        )  # fmt: skip
    return answer_outcome(request, batch, outcome)


@require_POST
@answers_refusals
def batch_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Take back `action`, or this person's last one in the batch."""
    return _reverse_in_batch(request, pk, actions.undo)


@require_POST
@answers_refusals
def batch_redo(request: SignedIn, pk: int) -> HttpResponse:
    """Do again what the undo `action`, or this person's last undo in the batch, took back."""
    return _reverse_in_batch(request, pk, actions.redo)


def _reverse_in_batch(request: SignedIn, pk: int, reverse: Callable[..., actions.Outcome]) -> HttpResponse:
    """The action itself checks the role; only a refusal asks for the batch."""
    if not UndoForm(request.POST).is_valid():
        access.batch_for(request.user, pk, Role.REVIEWER)
    fields = _undo_fields(request)
    with answering_errors(request):
        try:
            outcome = reverse(batch_id=pk, **fields)
        except (NotAllowed, Batch.DoesNotExist):
            access.batch_for(request.user, pk, Role.REVIEWER)  # a person who does not see the batch gets a 404
            raise
    return answer_outcome(request, outcome.action.batch, outcome)


@require_POST
@answers_refusals
def event_undo(request: SignedIn) -> HttpResponse:
    """Take back this person's last action, in whichever batch it was: for a deck over several batches."""
    with answering_errors(request):
        outcome = actions.undo(batch_id=None, **_undo_fields(request))
    return answer_outcome(request, outcome.action.batch, outcome)


@require_POST
@answers_refusals
def event_redo(request: SignedIn) -> HttpResponse:
    """Do again what this person's last undo took back, in whichever batch it was."""
    with answering_errors(request):
        outcome = actions.redo(batch_id=None, **_undo_fields(request))
    return answer_outcome(request, outcome.action.batch, outcome)


def _undo_fields(request: SignedIn) -> dict[str, Any]:
    fields = read_form(request, UndoForm(request.POST))
    return {
        "by": request.user,
        "idempotency_key": fields["idempotency_key"],
        "action_id": fields["action"],
        "target_key": fields["target"],
        "ip_address": client_ip(request),
    }


@require_POST
@answers_refusals
def event_flag(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for a second look (`on=1`), or no longer (`on=0`)."""
    event = access.event_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, FlagForm(request.POST), event)
    actions.flag(event_id=event.pk, on=fields["on"], by=request.user)
    return answer_event(request, access.event_for(request.user, pk))


@require_POST
@answers_refusals
def event_comment(request: SignedIn, pk: int) -> HttpResponse:
    """Say something about the event, resolve or reopen its talk, or withdraw (`target`) what one said oneself."""
    event = access.event_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, CommentForm(request.POST), event)
    fields["kind"] = fields["kind"] or CommentKind.SAY
    with answering_errors(request, event):
        talk = actions.comment(event_id=event.pk, by=request.user, **fields)
    return answer_event(request, event, talk={"comments": talk.comments, "unresolved": talk.unresolved})
