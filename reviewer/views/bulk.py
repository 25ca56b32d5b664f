"""Many events at once: how many a filter names, and how far a run in the background is."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_safe

from batches import actions
from batches.errors import Conflict, NotAllowed
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.forms.fields import sentence
from reviewer.forms.verdicts import BulkRunForm
from reviewer.review.bulk_runs import describe_run


@require_safe
def batch_count(request: SignedIn, pk: int) -> JsonResponse:
    """How many events the filter names: what "all of them" means before anybody decides about it."""
    batch = access.batch_for(request.user, pk)
    event_filter = EventFilter.of(batch, request.GET, request.user)
    return JsonResponse({"count": event_filter.count()})


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_run(request: SignedIn, pk: int) -> HttpResponse:
    """How far a run is, and once it has ended what it left alone. `do=stop` ends it, `do=resume` lets it go on."""
    run = access.bulk_run_for(request.user, pk)
    if request.method == "POST":
        form = BulkRunForm(request.POST)
        if not form.is_valid():
            return JsonResponse({"error": sentence(form)}, status=422)
        verb = {"stop": actions.stop, "resume": actions.resume}[form.cleaned_data["do"]]
        try:
            verb(run=run, by=request.user)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Conflict as error:
            return JsonResponse({"error": str(error)}, status=412)
        run = access.bulk_run_for(request.user, pk)
    return JsonResponse(describe_run(run) | {"counts": run.batch.counts})
