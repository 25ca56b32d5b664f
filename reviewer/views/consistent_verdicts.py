"""The trial of a consistent verdict: ten random events in the deck; if all agree, the same verdict for the rest."""

from dataclasses import dataclass
from uuid import uuid4

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Approval, Event, Role
from batches.models.random_rank import RandomRank, random_rank
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import OUTCOMES, EventFilter
from reviewer.forms.verdicts import ConsistentVerdictForm
from reviewer.insights.consistent_verdicts import TRIAL_EVENTS
from reviewer.review.answers import answering_errors, read_form, refuse
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals

REST = Q(approval=Approval.PENDING, decided_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Trial:
    """The reviewed events. `why`: the reason not to decide the rest; empty if the rest may get the same verdict."""

    events: list[Event]
    verdict: str
    why: str

    @property
    def waiting(self) -> int:
        return sum(event.decided_at is None for event in self.events)


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def batch_consistent_verdict(request: SignedIn, pk: int) -> HttpResponse:
    """Without `ids`: redirects to the deck with ten events. With `ids`: their verdicts, and the form for the rest."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER if request.method == "POST" else Role.VIEWER)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    if any(len(event_filter.values[name]) != 1 for name in ("category", "severity", "band")):
        return refuse(
            request, 422, _("Give exactly one category, one severity and one confidence band."), title=_("Not decided")
        )
    kind = event_filter.without(*OUTCOMES)
    rest = kind.filter(REST)
    if not event_filter.values["ids"]:
        return _to_the_deck(event_filter, rest)
    trial = _trial(event_filter, rest)
    if request.method == "POST":
        return _apply(request, event_filter, trial)
    newest = batch.syncs.order_by("-id").values_list("id", "events_updated").first() or (0, 0)
    context = {
        "batch": batch,
        "rights": access.rights_in(request.user, batch),
        "filter": event_filter,
        "trial": trial,
        "rest": rest.count(),
        "made_at": timezone.now().isoformat(),
        "newest": newest,
        "key": uuid4(),
    }
    return render_page(request, "batches/consistent_verdict_trial.html", context)


def _to_the_deck(event_filter: EventFilter, rest: QuerySet[Event]) -> HttpResponse:
    """The first ten by random rank, so that nobody selects them."""
    ids = list(
        rest.alias(random_rank=RandomRank("id"))
        .order_by("random_rank", "id")
        .values_list("pk", flat=True)[:TRIAL_EVENTS]
    )
    page, changes = ("batch-review", {"ids": ids, "sort": "sample"}) if ids else ("batch-insights", {})
    query = event_filter.query_with(**{**dict.fromkeys(OUTCOMES), **changes})
    return HttpResponse(status=302, headers={"Location": f"{reverse(page, args=[event_filter.batch.pk])}?{query}"})


def _trial(event_filter: EventFilter, rest: QuerySet[Event]) -> Trial:
    events = list(
        event_filter.without(*(name for name in OUTCOMES if name != "ids")).select_related("item", "decided_by")
    )
    verdicts = {event.approval for event in events if event.decided_at is not None}
    verdict = verdicts.pop() if len(verdicts) == 1 else ""
    waiting = sum(event.decided_at is None for event in events)
    last = max((random_rank(event.pk) for event in events), default=0)
    why = ""
    if len(events) < TRIAL_EVENTS:
        why = _("These are {count}; a trial needs {needed}.").format(count=len(events), needed=TRIAL_EVENTS)
    elif verdicts:
        why = _("The verdicts differ, so the rest must be reviewed one by one.")
    elif waiting:
        why = _("{count} of them are not decided yet.").format(count=waiting)
    elif verdict == Approval.PENDING:
        why = _("The events are pending: there is no verdict to apply.")
    elif rest.alias(random_rank=RandomRank("id")).filter(random_rank__lt=last).exists():
        why = _("The events are not a random sample. Start the trial again.")
    return Trial(events, verdict, why)


def _apply(request: SignedIn, event_filter: EventFilter, trial: Trial) -> HttpResponse:
    fields = read_form(request, ConsistentVerdictForm(request.POST), title=_("Not decided"))
    if trial.why:
        return refuse(request, 412, trial.why, title=_("Not decided"))
    word = Approval(trial.verdict).label.lower()
    if fields["verdict"] != trial.verdict:
        why = _("The trial says {verdict} now. Check it again.").format(verdict=word)
        return refuse(request, 412, why, title=_("Not decided"))
    page = actions.Page(made_at=fields["made_at"], count=fields["count"], sync=(fields["sync"], fields["updated"]))
    query = event_filter.query_with(**{**dict.fromkeys(OUTCOMES), "approval": [str(Approval.PENDING)], "sort": None})
    rest = EventFilter.of(event_filter.batch, QueryDict(query), request.user).qs.filter(REST)
    size = len(trial.events)
    with answering_errors(request, title=_("Not decided")):
        outcome = actions.decide_matching(
            events=rest, batch_id=event_filter.batch.pk, query=query, page=page, approval=trial.verdict,
            by=request.user,
            idempotency_key=fields["idempotency_key"],
            note=f"Consistent verdicts: {size} of {size} trial events were {trial.verdict}.",
        )  # fmt: skip
    if outcome.run and outcome.run.unfinished:
        text = _("The rest is being decided: {verdict}. One undo takes it back.")
    else:
        text = _("The rest is decided: {verdict}. One undo takes it back.")
    messages.success(request, text.format(verdict=word))
    shown = event_filter.query_with(**{**dict.fromkeys(OUTCOMES), "sort": None})
    address = reverse("batch-grid", args=[event_filter.batch.pk])
    return HttpResponse(status=303, headers={"Location": f"{address}?{shown}"})
