"""A habit put to the test: ten random events of the kind in the deck, and if all agree, the same verdict for the rest."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict, KeyReused, NotAllowed
from batches.models import Approval, Event, Role
from batches.models.lot import Lot, lot
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import HabitForm
from reviewer.insights.consistent_verdicts import TRIAL
from reviewer.insights.counts import OUTCOMES
from reviewer.web.htmx import render_page

REST = Q(approval=Approval.PENDING, decided_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Trial:
    """The events that were looked at, and what it allows. `why` not; empty: the rest may be decided alike."""

    events: list[Event]
    verdict: str
    why: str

    @property
    def waiting(self) -> int:
        return sum(event.decided_at is None for event in self.events)


@require_http_methods(["GET", "HEAD", "POST"])
def batch_habit(request: SignedIn, pk: int) -> HttpResponse:
    """Without `ids`: to the deck with ten of them. With `ids`: what was said of these, and the rest."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER if request.method == "POST" else Role.VIEWER)
    chosen = EventFilter.of(batch, request.GET, request.user)
    if any(len(chosen.values[name]) != 1 for name in ("category", "severity", "band")):
        return _refused(request, 422, "A habit is about one category, one severity and one confidence band.")
    kind = chosen.without(*OUTCOMES)
    rest = kind.filter(REST)
    if not chosen.values["ids"]:
        return _to_the_deck(chosen, rest)
    trial = _trial(chosen, rest)
    if request.method == "POST":
        return _apply(request, chosen, rest, trial)
    newest = batch.syncs.order_by("-id").values_list("id", "events_updated").first() or (0, 0)
    context = {
        "batch": batch,
        "rights": access.rights_on(request.user, batch.connection_id),
        "filter": chosen,
        "trial": trial,
        "rest": rest.count(),
        "made_at": timezone.now().isoformat(),
        "newest": newest,
        "key": uuid4(),
    }
    return render_page(request, "batches/batch_habit.html", context)


def _to_the_deck(chosen: EventFilter, rest: QuerySet[Event]) -> HttpResponse:
    """The first ten by lot: the choice is nobody's."""
    ids = list(rest.alias(lot=Lot("id")).order_by("lot", "id").values_list("pk", flat=True)[:TRIAL])
    page, changes = ("batch-review", {"ids": ids, "sort": "sample"}) if ids else ("batch-insights", {})
    query = chosen.query_with(**{**dict.fromkeys(OUTCOMES), **changes})
    return HttpResponse(status=302, headers={"Location": f"{reverse(page, args=[chosen.batch.pk])}?{query}"})


def _trial(chosen: EventFilter, rest: QuerySet[Event]) -> Trial:
    events = list(chosen.without(*(name for name in OUTCOMES if name != "ids")).select_related("item", "decided_by"))
    said = {event.approval for event in events if event.decided_at is not None}
    verdict = said.pop() if len(said) == 1 else ""
    waiting = sum(event.decided_at is None for event in events)
    last = max((lot(event.pk) for event in events), default=0)
    why = ""
    if len(events) < TRIAL:
        why = f"These are {len(events)}; it takes {TRIAL} to say anything about the rest."
    elif said:
        why = "They are not all alike, so the rest is for a person to decide."
    elif waiting:
        why = f"{waiting} of them are not decided yet."
    elif verdict == Approval.PENDING:
        why = "They are pending, which is no verdict."
    elif rest.alias(lot=Lot("id")).filter(lot__lt=last).exists():
        why = "These were not drawn at random: others of the kind come first."
    return Trial(events, verdict, why)


def _apply(request: SignedIn, chosen: EventFilter, rest: QuerySet[Event], trial: Trial) -> HttpResponse:
    form = HabitForm(request.POST)
    if not form.is_valid():
        return _refused(request, 422, sentence(form))
    if trial.why:
        return _refused(request, 412, trial.why)
    said: dict[str, Any] = form.cleaned_data
    if said["verdict"] != trial.verdict:
        return _refused(request, 412, f"The trial says {trial.verdict} by now. Look again.")
    page = actions.Page(made_at=said["made_at"], count=said["count"], sync=(said["sync"], said["updated"]))
    query = chosen.query_with(**{**dict.fromkeys(OUTCOMES), "approval": [str(Approval.PENDING)], "sort": None})
    try:
        outcome = actions.decide_matching(
            events=rest, batch_id=chosen.batch.pk, query=query, page=page, approval=trial.verdict, by=request.user,
            key=said["key"], note=f"By habit: {len(trial.events)} of {len(trial.events)} looked at were {trial.verdict}.",
        )  # fmt: skip
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Conflict as error:
        return _refused(request, 412, str(error))
    except KeyReused as error:
        return _refused(request, 422, str(error))
    how = "The rest is being decided" if outcome.run and outcome.run.unfinished else "The rest is decided"
    messages.success(request, f"{how}: {trial.verdict}. One undo takes it back.")
    shown = chosen.query_with(**{**dict.fromkeys(OUTCOMES), "sort": None})
    address = reverse("batch-grid", args=[chosen.batch.pk])
    return HttpResponse(status=303, headers={"Location": f"{address}?{shown}"})


def _refused(request: SignedIn, status: int, why: str) -> HttpResponse:
    return render_page(request, "error.html", {"title": "Not decided", "why": why}, status=status)
