"""The agents of an account: which there are, and training one from reviewed batches."""

from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import KeyReused, SyncError
from batches.models import Approval, Batch, Connection
from batches.models.batch import BatchQuerySet
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.agents import TrainForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do

RECENT = 20  # trainings listed on the page
BATCHES = 25  # listed to choose from; others are entered by id


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def agent_list(request: SignedIn, pk: int) -> HttpResponse:
    """The agents of a connection's account; a POST has them listed, or one trained."""
    connection = access.connection_for(request.user, pk)
    error = ""
    form = TrainForm(connection)
    if request.method == "POST":
        if read_do(request, ("list", "train")) == "train":
            form = TrainForm(connection, request.POST)
            error = _train(request, connection, form)
        else:
            error = _list(request, connection)
        if not error:
            return redirect("agent-list", pk)
    trainings = connection.trainings.select_related("agent", "requested_by")[:RECENT]
    selected = set(request.POST.getlist("batch"))
    context = {
        "connection": connection,
        "trains": vendor_of(connection.vendor).has_agents,
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "agents": connection.agents.all(),
        "batches": partial(_choices, connection, selected),  # called by the whole page only: it counts events
        "trainings": trainings,
        "unfinished": any(run.unfinished for run in trainings),
    }
    status = 422 if error else 200
    return render_page(request, "agents/agent_list.html", context, partials=["trainings"], status=status)


def _choices(connection: Connection, selected: set[str]) -> list[tuple[Batch, bool]]:
    """The batches to choose from, and whether each is selected."""
    return [(batch, batch.external_id in selected) for batch in _candidates(connection)]


def _candidates(connection: Connection) -> BatchQuerySet:
    """The newest reviewed batches, each with the approvals that the vendor has stored."""
    newest = Batch.objects.not_removed().filter(connection=connection).exclude(approved=0, rejected=0).order_by("-id")
    keys = list(newest.values_list("pk", flat=True)[:BATCHES])
    present = Q(events__gone_at=None)
    return Batch.objects.filter(pk__in=keys).order_by("-id").defer("raw").annotate(
        approved_there=Count("events", filter=present & Q(events__vendor_approval=Approval.APPROVED)),
        rejected_there=Count("events", filter=present & Q(events__vendor_approval=Approval.REJECTED)),
    )  # fmt: skip


def _train(request: SignedIn, connection: Connection, form: TrainForm) -> str:
    """Request a training. Returns an error as a sentence, or an empty text."""
    if not form.is_valid():
        return sentence(form)
    try:
        actions.train_agent(
            connection=connection, batches=form.batches(), by=request.user, name=form.cleaned_data["name"],
            agent=form.cleaned_data["agent"], idempotency_key=form.cleaned_data["idempotency_key"],
        )  # fmt: skip
    except (ValueError, KeyReused) as refusal:
        return str(refusal)
    return ""


def _list(request: SignedIn, connection: Connection) -> str:
    try:
        count = actions.list_agents(connection=connection)
    except (ValueError, SyncError) as refusal:
        return str(refusal)
    text = ngettext("{vendor} lists {count} agent.", "{vendor} lists {count} agents.", count)
    messages.success(request, text.format(vendor=connection.get_vendor_display(), count=count))
    return ""
