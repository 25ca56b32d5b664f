"""Videos from https addresses: have the vendor fetch them, see what came of each, retry what failed."""

from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import KeyReused
from batches.models import Connection
from batches.models.run import UNFINISHED, RunState
from batches.sync.uploads import MAX_ADDRESSES
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.uploads import UploadAddressesForm
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number
from reviewer.web.refusals import answers_refusals, read_do

NEWEST = Sort("Newest first", ("id",), descending=True)
PAGE_UPLOADS = 100
MAX_POLLED = 300
NOUNS = {False: "uploads", True: "upload"}


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def upload_list(request: SignedIn, pk: int) -> HttpResponse:
    """The uploads into a connection's account; a POST adds some, retries those that failed, or repeats one."""
    connection = access.connection_for(request.user, pk)
    form, error = UploadAddressesForm(connection), ""
    if request.method == "POST":
        do = read_do(request, ("upload", "retry", "again"))
        if do == "upload":
            form = UploadAddressesForm(connection, request.POST)
        error = _change(request, connection, do, form)
        if not error:
            return redirect("upload-list", pk)
    rows = connection.uploads.select_related("folder", "requested_by").defer("query")
    since = read_number(request.GET.get("since", ""))
    if since:  # the poll of the first page: its rows, and newer ones
        uploads, more = list(rows.filter(pk__gte=since).order_by("-id")[:MAX_POLLED]), ""
    else:
        uploads, more = keyset.page(request.GET, NEWEST, rows, PAGE_UPLOADS)
    context = {
        "connection": connection,
        "offered": vendor_of(connection.vendor).has_uploads,
        "form": form,
        "key": request.POST.get("key") or uuid4(),
        "error": error,
        "most": MAX_ADDRESSES,
        "uploads": uploads,
        "more": more,
        "since": since or (uploads[-1].pk if uploads else None),
        "older": request.headers.get("HX-Target") == "more",
        "counts": connection.uploads.aggregate(
            waiting=Count("pk", filter=Q(state__in=UNFINISHED)),
            uploaded=Count("pk", filter=Q(state=RunState.DONE)),
            failed=Count("pk", filter=Q(state=RunState.FAILED)),
            unknown=Count("pk", filter=Q(state=RunState.INCOMPLETE)),
        ),
    }
    partials, status = ["uploads", "more"], 422 if error else 200
    return render_page(request, "uploads/upload_list.html", context, partials=partials, status=status)


def _change(request: SignedIn, connection: Connection, do: str, form: UploadAddressesForm) -> str:
    """Carry out one of the page's forms. Returns an error as a sentence, or an empty text."""
    try:
        if do == "upload":
            if not form.is_valid():
                return sentence(form)
            count = len(actions.upload_addresses(connection=connection, by=request.user, **form.order()))
        elif do == "retry":
            count = actions.retry_failed_uploads(connection=connection)
        else:
            number = read_number(request.POST.get("upload", ""))
            actions.upload_again(run=get_object_or_404(connection.uploads, pk=number))
            count = 1
    except (ValueError, KeyReused) as refusal:
        return str(refusal)
    messages.success(request, f"Requested {count:,} {NOUNS[count == 1]}.")
    return ""
