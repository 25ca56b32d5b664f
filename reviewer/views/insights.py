"""Insights: what people decided, in pictures; how good each category is, and signing it; habits that decide the rest."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.errors import Conflict, KeyReused, NotAllowed, NotCertifiable
from batches.models import Role
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.confidence_bands import BAND_NAMES, band_words
from reviewer.filters.events import EventFilter
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import CertifyForm
from reviewer.insights import counts, precision
from reviewer.insights.charts import Scale
from reviewer.insights.consistent_verdicts import habits
from reviewer.web.htmx import render_page

HABITS = 8


@require_safe
def batch_insights(request: SignedIn, pk: int) -> HttpResponse:
    """The page at once, its figures after it; `whole=1` for both in one, where there is no script."""
    batch = access.batch_for(request.user, pk)
    chosen = EventFilter.of(batch, request.GET, request.user)
    context: dict[str, Any] = {"batch": batch, "filter": chosen}
    if request.headers.get("HX-Target") == "figures" or request.GET.get("whole"):
        context |= {"rights": access.rights_on(request.user, batch.connection_id), **figures(chosen)}
    return render_page(request, "batches/batch_insights.html", context, partials=["figures"])


def figures(chosen: EventFilter) -> dict[str, Any]:
    """Template context of the charts and the tables behind them."""
    everything = counts.grouped(chosen.without(*counts.OUTCOMES))
    outcomes = set(chosen.active) & set(counts.OUTCOMES)
    groups = counts.grouped(chosen.qs) if outcomes else everything
    work = counts.work_of(chosen.qs)
    time, scale = counts.by_time(chosen, work) if work else ([], Scale.of([]))
    certainty = [
        (band_words(band), tally, whisker, chosen.query_with(band=[BAND_NAMES[band]], sort=None))
        for band, (tally, whisker) in precision.by_band(groups).items()
    ]
    return {
        "ready": True,
        "total": sum(group.size for group in groups),
        "decided": sum(one.size for one in work),
        "categories": counts.by_category(chosen, groups),
        "category_count": len({group.category for group in groups}),
        "severities": counts.by_severity(chosen, groups),
        "bands": counts.by_band(chosen, groups),
        "certainty": certainty,
        "time": time,
        "scale": scale,
        "reviewers": counts.reviewers(chosen, work),
        "reasons": counts.by_reason(chosen, work),
        "lines": precision.lines(chosen, chosen.batch),
        "habits": habits(everything)[:HABITS],
        "outcomes": outcomes,
    }


@require_POST
def batch_certify(request: SignedIn, pk: int) -> HttpResponse:
    """Sign what the sample of the batch, or of a category, says."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    form = CertifyForm(request.POST)
    if not form.is_valid():
        return _refused(request, 422, sentence(form))
    said = form.cleaned_data
    category = said["category"] if said["scope"] == "category" else None
    try:
        signed = actions.certify(
            batch_id=batch.pk, category=category, approved=said["approved"], rejected=said["rejected"],
            by=request.user, key=said["key"],
        )  # fmt: skip
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Conflict as error:
        return _refused(request, 412, str(error))
    except (NotCertifiable, KeyReused) as error:
        return _refused(request, 422, str(error))
    messages.success(request, f"Certified: {signed}.")
    return HttpResponse(status=303, headers={"Location": reverse("batch-insights", args=[batch.pk])})


def _refused(request: SignedIn, status: int, why: str) -> HttpResponse:
    return render_page(request, "error.html", {"title": "Not certified", "why": why}, status=status)
