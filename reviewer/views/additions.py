"""A list of batches that is being added: what became of each id, and how far the sync of each batch is."""

from uuid import uuid4

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from batches.models import SyncRun
from batches.models.addition import AddState
from reviewer import access
from reviewer.access import SignedIn
from reviewer.web.htmx import render_page


@require_safe
def addition_detail(request: SignedIn, pk: int) -> HttpResponse:
    run = access.addition_for(request.user, pk)
    rows = list(run.rows())
    batches = access.batches_of(request.user).in_bulk([row.batch for row in rows if row.batch])
    syncs = {sync.batch_id: sync for sync in SyncRun.objects.filter(batch__in=batches).order_by("id")}
    refused = [row.text for row in rows if row.state == AddState.REFUSED]
    context = {
        "run": run,
        "rows": [(row, batches.get(row.batch or 0), syncs.get(row.batch or 0)) for row in rows],
        "live": run.unfinished or any(sync.unfinished for sync in syncs.values()),
        "synced": sum(not sync.unfinished for sync in syncs.values()),
        "counts": [(state.label, count) for state in AddState if (count := sum(row.state == state for row in rows))],
        "refused": "\n".join(refused),
        "refused_count": len(refused),
        "key": uuid4(),
    }
    return render_page(request, "batches/addition_detail.html", context, partials=["addition-panel"])
