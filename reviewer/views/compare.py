"""The comparison of two batches, video by video, and the verdicts that can be copied to the later one."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from batches import actions
from batches.bulk.steps import reversible, unreversed_decisions
from batches.models import Approval, Batch, BulkRun, Comparison, EventPair, Item, Role
from batches.models.comparison import KnownBy, Match
from batches.sync.records import FINAL_STATES
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.batches import MatchByNameForm, VideoLinkForm
from reviewer.forms.fields import sentence
from reviewer.insights.comparison_strips import HEIGHT, strips_of
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number

VIDEOS, UNPAIRED, OTHERS = 8, 100, 50
ORDER = Sort("Video order", ("position", "id"))
PROPOSED = [approval for approval in Approval.values if approval != Approval.PENDING]


@require_http_methods(["GET", "HEAD", "POST"])
def batch_compare(request: SignedIn, pk: int) -> HttpResponse:
    """The comparison with the batch `with`; a POST requests it. `differ=1`: only videos with differences."""
    if request.method == "POST":
        batch = access.batch_for(request.user, pk, Role.REVIEWER)
        other = _other(request, request.POST)
        if other is None:
            return render_page(
                request,
                "error.html",
                {"title": _("Not done"), "why": _("with: give the number of the other batch.")},
                status=422,
            )
        actions.request_comparison(batch=batch, other=other, by=request.user)
        return _to(batch, other)
    batch = access.batch_for(request.user, pk)
    other = _other(request, request.GET)
    context: dict[str, Any] = {"batch": batch, "other": other}
    context["rights"] = access.rights_in(request.user, batch)
    comparison = Comparison.objects.between(batch, other) if other else None
    if comparison is None:
        return render_page(request, "batches/batch_compare.html", context | _choices(request, batch))
    run = comparison.runs.order_by("-id").first()
    target = request.headers.get("HX-Target")
    context |= {"earlier": comparison.earlier, "later": comparison.later}
    context |= {"comparison": comparison, "run": run, "query": f"with={other.pk if other else ''}"}
    if target == "proposals":
        context |= _proposals(request, comparison)
    elif target != "compare-run":
        context |= _results(request, comparison)
    partials = ["compare-run", "proposals", "more"]
    response = render_page(request, "batches/batch_compare.html", context, partials=partials)
    if target == "compare-run" and not (run and run.unfinished):
        response["HX-Refresh"] = "true"  # the whole page has changed
    return response


@require_POST
def batch_link(request: SignedIn, pk: int) -> HttpResponse:
    """An editor links two videos that are the same."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    form = VideoLinkForm(request.POST)
    if not form.is_valid():
        return render_page(request, "error.html", {"title": _("Not done"), "why": sentence(form)}, status=422)
    other = access.batch_for(request.user, form.cleaned_data["other"])
    comparison = _comparison(batch, other)
    try:
        actions.link_videos(
            comparison=comparison, earlier_id=form.cleaned_data["earlier"], later_id=form.cleaned_data["later"],
            by=request.user,
        )  # fmt: skip
    except Item.DoesNotExist as error:
        raise Http404(_("One of these videos is not in its batch.")) from error
    return _to(batch, other)


@require_POST
def batch_match_by_name(request: SignedIn, pk: int) -> HttpResponse:
    """An editor allows or removes all pairs of videos that are matched by file name only."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    form = MatchByNameForm(request.POST)
    if not form.is_valid():
        return render_page(request, "error.html", {"title": _("Not done"), "why": sentence(form)}, status=422)
    other = access.batch_for(request.user, form.cleaned_data["other"])
    allowed = form.cleaned_data["allowed"]
    actions.match_by_name(comparison=_comparison(batch, other), allowed=allowed, by=request.user)
    return _to(batch, other)


def _comparison(batch: Batch, other: Batch) -> Comparison:
    comparison = Comparison.objects.between(batch, other)
    if comparison is None:
        raise Http404(_("These batches were not compared."))
    return comparison


def _to(batch: Batch, other: Batch) -> HttpResponse:
    address = f"{reverse('batch-compare', args=[batch.pk])}?with={other.pk}"
    return HttpResponse(status=303, headers={"Location": address})


def _other(request: SignedIn, query: QueryDict) -> Batch | None:
    text = query.get("with", "")
    if not text:
        return None
    number = read_number(text)
    if number is None:
        raise BadRequest(_("with: the number of a batch was expected."))
    return access.batch_for(request.user, number)


def _choices(request: SignedIn, batch: Batch) -> dict[str, Any]:
    """The batches this one was compared with, and the newest other ones, those with shared videos first."""
    seen = access.batches_of(request.user)
    comparisons = Comparison.objects.filter(Q(earlier=batch, later__in=seen) | Q(later=batch, earlier__in=seen))
    others = list(seen.exclude(pk=batch.pk)[:OTHERS])
    ours = list(Item.objects.filter(batch=batch).values_list("external_id", "name")[:OTHERS])
    ids, names = {row[0] for row in ours}, {row[1] for row in ours} - {""}
    same = Item.objects.filter(Q(external_id__in=ids) | Q(name__in=names), batch__in=others).order_by()
    shared = dict(same.values_list("batch").annotate(count=Count("pk")))
    return {
        "known": [comparison.later if comparison.earlier_id == batch.pk else comparison.earlier
                  for comparison in comparisons.select_related("earlier__connection", "later__connection")[:OTHERS]],
        "others": sorted(((other, shared.get(other.pk, 0)) for other in others), key=lambda row: (-row[1], -row[0].pk)),
    }  # fmt: skip


def _results(request: SignedIn, comparison: Comparison) -> dict[str, Any]:
    videos = comparison.videos.select_related("earlier", "later").defer("earlier__raw", "later__raw")
    differ = request.GET.get("differ") == "1"
    if differ:
        videos = videos.filter(differing__gt=0)
    pairs, more = keyset.page(request.GET, ORDER, videos, VIDEOS)
    different = comparison.earlier_id != comparison.later_id
    alone = {
        name: list(
            Item.objects.filter(batch=getattr(comparison, f"{name}_id"))
            .exclude(pk__in=comparison.videos.values(name))
            .only("name", "external_id")
            .order_by("name", "id")[: UNPAIRED + 1]
        )
        for name in ("earlier", "later")
        if different
    }
    missed = EventPair.objects.filter(comparison=comparison, match=Match.MISSED)
    return {
        "missed_in": missed.aggregate(earlier=Count("earlier"), later=Count("later")),
        "differ": differ,
        "strips": strips_of(pairs),
        "height": HEIGHT,
        "unfinished": [
            batch for batch in dict.fromkeys((comparison.earlier, comparison.later)) if batch.state not in FINAL_STATES
        ],
        "more": more,
        "tally": comparison.tally,
        "disagree": EventPair.objects.disagreeing().filter(comparison=comparison, later__isnull=False).exists(),
        "alone": alone,
        "alone_by_title": [(getattr(comparison, name).title, items) for name, items in alone.items()],
        "unpaired": UNPAIRED,
        "by_name": comparison.videos.filter(known_by=KnownBy.NAME).count(),
    }


def _proposals(request: SignedIn, comparison: Comparison) -> dict[str, Any]:
    """For each kind of match: how many verdicts can be copied, and the fields of the form for it."""
    made_at, later = timezone.now(), comparison.later
    rows = EventPair.objects.proposals().filter(comparison=comparison).order_by()
    counted = rows.values_list("match", "earlier__approval").annotate(count=Count("pk"))
    counts: dict[str, dict[str, int]] = {}
    for match, approval, count in counted:
        counts.setdefault(match, {})[approval] = count
    sync = later.syncs.order_by("-id").first()
    mine = BulkRun.objects.filter(comparison=comparison, requested_by=request.user).order_by("-id")
    latest_copy = mine.select_related("action").first()
    return {
        "offers": [
            {"match": match, "counts": counts[match], "total": sum(counts[match].values()), "key": uuid4(),
             "query": f"compare={comparison.earlier_id}&match={match}&proposed={','.join(PROPOSED)}"}
            for match in Match.values if match in counts
        ],
        "made_at": made_at,
        "sync": sync,
        "can_take": access.rights_in(request.user, later).can_decide,
        "latest_copy": latest_copy,
        "undone": bool(latest_copy and latest_copy.action.undone_by.exists()),
        "can_undo": bool(latest_copy and reversible(unreversed_decisions(latest_copy.action)).exists()),
        "undo_key": uuid4(),
    }  # fmt: skip
