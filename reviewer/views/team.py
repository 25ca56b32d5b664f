"""The team page of a batch: everybody's share and pace, the assignment of events, and the review status."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.languages import comma_list
from batches.models import Approval, Assignment, AssignmentChange, Batch, ReviewStatus, Role
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.forms.batches import AssignForm, StatusForm
from reviewer.insights.pace import DEFINITION, Pace, paces, team_pace
from reviewer.review.answers import answering_errors, read_form
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals

MAX_CHANGES = 20  # shown of each history


@dataclass(frozen=True, slots=True)
class Share:
    """One person's share of a batch."""

    user: User
    assigned: int
    done: int
    left: int
    pace: Pace | None

    @property
    def name(self) -> str:
        return self.user.get_username()

    @property
    def part(self) -> float:
        return 100 * self.done / self.assigned if self.assigned else 0.0


def shares(batch: Batch) -> tuple[list[Share], int | None]:
    """The people who have events of the batch or decided some, and the sum of their verdicts per hour."""
    assignments = Assignment.objects.filter(batch=batch, user__isnull=False)
    for_review = assignments.filter(Q(event__gone_at__isnull=True) | Q(event__decided_at__isnull=False))
    pending = Count("pk", filter=Q(event__approval=Approval.PENDING))
    rows = for_review.order_by().values_list("user__username").annotate(all=Count("pk"), left=pending)
    assigned = {name: (total, left) for name, total, left in rows}
    own = paces(batch)
    people = []
    for user in User.objects.filter(username__in={*assigned, *own}).select_related("profile").order_by("username"):
        name = user.get_username()
        total, left = assigned.get(name, (0, 0))
        people.append(Share(user, total, total - left, left, own.get(name)))
    return people, team_pace(own)


@require_safe
def batch_team(request: SignedIn, pk: int) -> HttpResponse:
    """The page. If another page requests its `shares-ID`, only the shares."""
    batch = access.batch_for(request.user, pk)
    people, per_hour = shares(batch)
    context: dict[str, Any] = {"batch": batch, "people": people, "team_pace": per_hour, "pace_definition": DEFINITION}
    if request.headers.get("HX-Target") == f"shares-{batch.pk}":
        answer = render(request, "batches/batch_team.html#shares", context)
        patch_vary_headers(answer, ["HX-Target"])
        return answer
    return render_page(request, "batches/batch_team.html", context | _page(request, batch))


def _page(request: SignedIn, batch: Batch) -> dict[str, Any]:
    event_filter = EventFilter.of(batch, request.GET, request.user)
    changes = batch.assignment_changes.select_related("by")[:MAX_CHANGES]
    return {
        "rights": access.rights_in(request.user, batch),
        "filter": event_filter,
        **dict(zip(("fitting", "fitting_more"), event_filter.count_soon(), strict=True)),
        "reviewers": access.reviewers_of(batch),
        "decided": sum(batch.counts.values()) - batch.pending,
        "changes": [(change, _described(request, batch, change)) for change in changes],
        "statuses": [(status.word, status.label) for status in ReviewStatus],
        "steps": batch.review_steps.select_related("by")[:MAX_CHANGES],
        "vendor_review": _vendor_review(batch),
        "key": uuid4(),
    }


def _described(request: SignedIn, batch: Batch, change: AssignmentChange) -> str:
    """The filter of the change as the chips say it; empty if it cannot be read any more."""
    try:
        chips = EventFilter.of(batch, QueryDict(change.query), request.user).chips
    except BadRequest:
        return ""
    return comma_list(chip["label"] for chip in chips)


def _vendor_review(batch: Batch) -> str:
    """The vendor's own review status with its time. A time that cannot be read, such as `N/A`, is left out."""
    try:
        when = parse_datetime(batch.vendor_reviewed_at or "")
    except ValueError:
        when = None
    return " · ".join(filter(None, [batch.vendor_review_status, when.strftime("%Y-%m-%d %H:%M") if when else ""]))


@require_POST
@answers_refusals
def batch_assign(request: SignedIn, pk: int) -> HttpResponse:
    """Assign the events of `query` to `people` (user names) in even parts. `nobody`: unassign them."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    fields = read_form(request, AssignForm(request.POST))
    event_filter = EventFilter.of(batch, QueryDict(fields["query"]), request.user)
    with answering_errors(request):
        people = [] if "nobody" in request.POST else access.reviewers_named(batch, request.POST.getlist("people"))
        change = actions.assign(
            batch_id=batch.pk, events=event_filter.qs, people=people, by=request.user,
            idempotency_key=fields["idempotency_key"], query=event_filter.query,
        )  # fmt: skip
    if change.people:
        text = ngettext("{events} event assigned to {people}.", "{events} events assigned to {people}.", change.events)
    else:
        text = ngettext("{events} event unassigned.", "{events} events unassigned.", change.events)
    messages.success(request, text.format(events=intcomma(change.events), people=comma_list(change.people)))
    address = reverse("batch-team", args=[batch.pk])
    return redirect(f"{address}?{event_filter.query}" if event_filter.query else address)


@require_POST
@answers_refusals
def batch_status(request: SignedIn, pk: int) -> HttpResponse:
    """Set the review status by hand. `page=deck`: the form is at the end of a deck, to which the answer returns."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    status = read_form(request, StatusForm(request.POST))["status"]
    actions.set_review_status(batch_id=batch.pk, status=status, by=request.user)
    messages.success(request, _("Review status: {status}.").format(status=status.label.lower()))
    if request.POST.get("page") == "deck":
        return redirect(f"{reverse('batch-review', args=[batch.pk])}?approval=pending")
    return redirect("batch-team", batch.pk)
