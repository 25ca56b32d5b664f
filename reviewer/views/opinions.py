"""Second opinions of a batch: how many are asked for, how far they are, how well they agree, and where they differ."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Batch, Consensus, Rights, Role, Stage
from batches.models.batch import MAX_OPINIONS
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import SORTS
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import OpinionsForm
from reviewer.ordering import keyset
from reviewer.review.opinions import attach, batch_agreement
from reviewer.web.htmx import render_page

PAGE_EVENTS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def batch_opinions(request: SignedIn, pk: int) -> HttpResponse:
    batch = access.batch_for(request.user, pk, Role.EDITOR if request.method == "POST" else Role.VIEWER)
    error = ""
    if request.method == "POST":
        form = OpinionsForm(request.POST)
        if form.is_valid():
            actions.ask_opinions(batch_id=batch.pk, wanted=form.cleaned_data["wanted"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("batch-opinions", batch.pk)
        error = sentence(form)
    rights = access.rights_in(request.user, batch)
    stages = dict(Consensus.objects.filter(batch=batch).order_by().values_list("stage").annotate(Count("pk")))
    wanted = _wanted(batch)
    context = {
        "batch": batch,
        "rights": rights,
        "error": error,
        "choices": range(1, MAX_OPINIONS + 1),
        "stages": [(Stage(name), stages.get(name, 0)) for name in Stage.values],
        "begun": sum(stages.values()),
        "disputed": stages.get(Stage.DISPUTED, 0),
        "wanted": wanted,
        "agreement": batch_agreement(batch, wanted) if wanted else None,
        **_disputes(request, batch, rights),
    }
    return render_page(request, "batches/batch_opinions.html", context, status=422 if error else 200)


def _wanted(batch: Batch) -> int | None:
    """The number the figures are about: what is asked for now, else what was asked for last."""
    if batch.opinions_wanted > 1:
        return batch.opinions_wanted
    return Consensus.objects.filter(batch=batch).order_by("-event").values_list("wanted", flat=True).first()


def _disputes(request: SignedIn, batch: Batch, rights: Rights) -> dict[str, object]:
    """For editors: the events to settle, newest first, with what each reviewer said."""
    if not rights.can_edit:
        return {"events": [], "more": ""}
    disputed = batch.events.filter(consensus__stage=Stage.DISPUTED).select_related("consensus", "item")
    events, more = keyset.page(request.GET, SORTS["newest"], disputed.defer("item__raw"), PAGE_EVENTS)
    attach(request.user, rights, batch, events)
    return {"events": events, "more": more}
