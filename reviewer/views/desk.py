"""The desk: the first page after sign-in, with the work that waits for a person over all batches."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from batches.models import SavedView
from reviewer import access
from reviewer.access import SignedIn
from reviewer.insights.pace import DEFINITION, minutes_for, own_pace
from reviewer.review.desk import desk_sections, newest_mentions

MAX_QUEUES = 12


@require_safe
def desk(request: SignedIn) -> HttpResponse:
    sections, speed = desk_sections(request.user), own_pace(request.user)
    rows = [
        (section, minutes_for(section.count, pace), [(line, minutes_for(line.count, pace)) for line in section.lines])
        for section in sections
        for pace in [None if section.is_watching else speed]  # a pace is one of verdicts
    ]
    context = {
        "sections": rows,
        "queues": SavedView.objects.queues_of(request.user)[:MAX_QUEUES],
        "mentions": newest_mentions(request.user),
        "per_hour": speed,
        "pace_definition": DEFINITION,
        "may_connect": access.may_connect(request.user),
        "has_batches": bool(sections) or access.batches_of(request.user).exists(),
        "connections": access.connections_to_edit(request.user),  # read only where there is no batch
    }
    return render(request, "desk/desk.html", context)
