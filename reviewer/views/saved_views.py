"""Saved views and queues: keep the filter and the order of the page under a name, and forget them."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from batches.actions.limits import VIEWS, spend
from batches.models import Role, SavedView
from reviewer import access
from reviewer.access import SignedIn
from reviewer.filters.events import EventFilter
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.filters.named import BY_NAME, named_page
from reviewer.forms.downloads import ViewForm
from reviewer.forms.fields import sentence
from reviewer.web.htmx import render_page


@require_POST
def view_save(request: SignedIn, pk: int) -> HttpResponse:
    """Keep a view for this batch's connection; the same name again replaces it. Sharing one is for reviewers."""
    form = ViewForm(request.POST)
    shared = bool(request.POST.get("shared"))
    batch = access.batch_for(request.user, pk, Role.REVIEWER if shared else Role.VIEWER)
    if not form.is_valid():
        return render_page(request, "error.html", {"title": _("Not saved"), "why": sentence(form)}, status=422)
    query = EventFilter.of(batch, QueryDict(form.cleaned_data["query"]), request.user).view_query
    name = form.cleaned_data["name"]
    spend(VIEWS, request.user, SavedView.objects.filter(owner=request.user).exclude(name=name))
    SavedView.objects.update_or_create(
        owner=request.user, connection=batch.connection, name=name, defaults={"query": query, "shared": shared}
    )
    messages.success(request, _("The view “{name}” is saved.").format(name=name))
    address = reverse("batch-grid", args=[batch.pk])
    return redirect(f"{address}?{query}" if query else address)


@require_safe
def view_list(request: SignedIn, pk: int) -> HttpResponse:
    """All saved views that fit the batch, by name."""
    batch = access.batch_for(request.user, pk)
    context = {
        "batch": batch,
        "rights": access.rights_in(request.user, batch),
        "page": named_page(request.GET, access.saved_views_for(request.user, batch), BY_NAME),
    }
    return render_page(request, "views/view_list.html", context)


@require_POST
def event_view_save(request: SignedIn) -> HttpResponse:
    """Keep a queue over several batches; the same name again replaces it."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        return render_page(request, "error.html", {"title": _("Not saved"), "why": sentence(form)}, status=422)
    batches, name = access.batches_of(request.user), form.cleaned_data["name"]
    query = ManyBatchesFilter.over(batches, QueryDict(form.cleaned_data["query"]), request.user).view_query
    spend(VIEWS, request.user, SavedView.objects.filter(owner=request.user).exclude(name=name))
    SavedView.objects.update_or_create(owner=request.user, connection=None, name=name, defaults={"query": query})
    messages.success(request, _("The queue “{name}” is saved. It is listed under My work.").format(name=name))
    address = reverse("event-list")
    return redirect(f"{address}?{query}" if query else address)


@require_POST
def view_delete(request: SignedIn, pk: int) -> HttpResponse:
    view = access.view_to_delete(request.user, pk)
    view.delete()
    messages.success(request, _("The view “{name}” is deleted.").format(name=view.name))
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else "batch-list")
