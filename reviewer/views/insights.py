"""Insights: charts of the verdicts, precision and certificates of the categories, and consistent verdicts."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.models import Role
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.confidence_bands import BAND_NAMES, band_label
from reviewer.filters.events import OUTCOMES, EventFilter
from reviewer.filters.facets import are_too_many
from reviewer.forms.verdicts import CertifyForm, CertifyRecallForm
from reviewer.insights import counts, precision
from reviewer.insights.charts import Scale
from reviewer.insights.confusion import confusions
from reviewer.insights.consistent_verdicts import consistent_verdicts
from reviewer.insights.pace import DEFINITION
from reviewer.insights.recall import recall_context
from reviewer.review.answers import answering_errors, read_form
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals

MAX_CONSISTENT_VERDICTS = 8


@require_safe
def batch_insights(request: SignedIn, pk: int) -> HttpResponse:
    """The page, which loads its figures afterwards; `figures=1` gives both at once, for browsers without scripts.

    Where too many events would have to be read for them, it says so, and `whole=1` reads them.
    """
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    rights = access.rights_in(request.user, batch)
    context: dict[str, Any] = {"batch": batch, "filter": event_filter, "rights": rights}
    if request.headers.get("HX-Target") == "figures" or request.GET.get("figures"):
        whole = "whole" in request.GET or not _are_too_many(event_filter)
        context |= figures(event_filter) if whole else _uncounted(event_filter)
    return render_page(request, "batches/batch_insights.html", context, partials=["figures"])


def _are_too_many(event_filter: EventFilter) -> bool:
    """Whether too many events would have to be read for the figures, which are also of all outcomes."""
    return any(are_too_many(event_filter, event_filter.split(*off)[1]) for off in ((), OUTCOMES))


def _uncounted(event_filter: EventFilter) -> dict[str, Any]:
    total, more = event_filter.count_soon()
    return {"ready": True, "uncounted": True, "total": total, "exceeded": more}


def figures(event_filter: EventFilter) -> dict[str, Any]:
    """Template context of the charts and the tables behind them."""
    everything = counts.grouped(event_filter, *OUTCOMES)
    outcomes = set(event_filter.active) & set(OUTCOMES)
    groups = counts.grouped(event_filter) if outcomes else everything
    judged = counts.without_added(groups, event_filter)
    by_kind = counts.without_added(everything, event_filter, *OUTCOMES) if outcomes else judged
    work = counts.work_of(event_filter)
    time, scale = counts.by_time(event_filter, work) if work else ([], Scale.of([]))
    certainty = [
        (band_label(band), tally, whisker, event_filter.query_with(band=[BAND_NAMES[band]], sort=None))
        for band, (tally, whisker) in precision.by_band(judged).items()
    ]
    return {
        "ready": True,
        "total": sum(group.size for group in groups),
        "decided": sum(row.size for row in work),
        "categories": counts.by_category(event_filter, groups),
        "category_count": len({group.category for group in groups}),
        "measured_count": len({group.category for group in by_kind if group.size}),
        "severities": counts.by_severity(event_filter, groups),
        "bands": counts.by_band(event_filter, groups),
        "certainty": certainty,
        "time": time,
        "scale": scale,
        "reviewers": counts.reviewers(event_filter, work),
        "pace_definition": DEFINITION,
        "reasons": counts.by_reason(event_filter, work),
        "lines": precision.lines(event_filter, event_filter.batch),
        "consistent_verdicts": consistent_verdicts(by_kind)[:MAX_CONSISTENT_VERDICTS],
        "confusions": confusions(event_filter),
        **recall_context(event_filter),
        "outcomes": outcomes,
    }


@require_POST
@answers_refusals
def batch_certify(request: SignedIn, pk: int) -> HttpResponse:
    """Certify the precision of the batch, or of a category, from its random sample."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, CertifyForm(request.POST), title=_("Not certified"))
    category = fields["category"] if fields["scope"] == "category" else None
    with answering_errors(request, title=_("Not certified")):
        signed = actions.certify(
            batch_id=batch.pk, category=category, approved=fields["approved"], rejected=fields["rejected"],
            by=request.user, idempotency_key=fields["idempotency_key"],
        )  # fmt: skip
    messages.success(request, _("Certified: {certificate}.").format(certificate=signed))
    return HttpResponse(status=303, headers={"Location": reverse("batch-insights", args=[batch.pk])})


@require_POST
@answers_refusals
def batch_certify_recall(request: SignedIn, pk: int) -> HttpResponse:
    """Certify the recall of the batch, or of a category, from the videos that people watched whole."""
    batch = access.batch_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, CertifyRecallForm(request.POST), title=_("Not certified"))
    category = fields["category"] if fields["scope"] == "category" else None
    with answering_errors(request, title=_("Not certified")):
        signed = actions.certify_recall(
            batch_id=batch.pk, category=category, hits=fields["hits"], missed=fields["missed"], by=request.user,
            idempotency_key=fields["idempotency_key"],
        )  # fmt: skip
    messages.success(request, _("Certified: {certificate}.").format(certificate=signed))
    return HttpResponse(status=303, headers={"Location": reverse("batch-insights", args=[batch.pk])})
