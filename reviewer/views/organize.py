"""Puts one or several batches in order: name, project, tags, archive, removal."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Batch, Role
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.batches import ManyMetadataForm, OrganizeForm
from reviewer.forms.fields import sentence
from reviewer.review.batch_places import projects_of, tags_of
from reviewer.web.htmx import render_page

TEMPLATE = "batches/batch_organize.html"


@require_http_methods(["GET", "HEAD", "POST"])
def batch_organize(request: SignedIn) -> HttpResponse:
    """The batches that `batch=` names. A name can be given to one of them alone."""
    selection = ManyMetadataForm(request.POST if request.method == "POST" else request.GET)
    if not selection.is_valid():
        return render_page(request, TEMPLATE, {"error": selection.errors["batch"][0]}, status=422)
    batches, error = access.batches_to_edit(request.user, selection.cleaned_data["batch"]), ""
    if request.method == "POST":
        form = OrganizeForm(request.POST)
        error = _act(request, batches, form) if form.is_valid() else sentence(form)
        if not error:
            stays = len(batches) == 1 and form.cleaned_data["do"] != "remove"
            return redirect("batch-grid", batches[0].pk) if stays else redirect("batch-list")
    context = {
        "batches": batches,
        "batch": batches[0] if len(batches) == 1 else None,
        "values": request.POST if error and "tags" in request.POST else _values(batches),
        "may_archive": any(batch.archived_at is None for batch in batches),
        "may_restore": any(batch.archived_at for batch in batches),
        "may_remove": len(batches) == 1 and access.rights_in(request.user, batches[0]).can_manage,
        "projects": projects_of(request.user),
        "all_tags": tags_of(request.user),
        "error": error,
    }
    return render_page(request, TEMPLATE, context, status=422 if error else 200)


def _values(batches: list[Batch]) -> dict[str, str]:
    """What the form begins with: the values of the only batch."""
    if len(batches) > 1:
        return {}
    (batch,) = batches
    return {"name": batch.name, "project": batch.project, "tags": ", ".join(tag.name for tag in batch.tags.all())}


def _act(request: SignedIn, batches: list[Batch], form: OrganizeForm) -> str:
    """Do what the button says. Returns an error as a sentence."""
    button, count, by = form.cleaned_data["do"], len(batches), request.user
    try:
        if button == "archive":
            count, effect = actions.archive_batches(batches=batches, by=by), _archived
        elif button == "restore":
            count, effect = actions.restore_batches(batches=batches, by=by), _restored
        elif button == "remove":
            effect = _removed
            _remove(request, batches, form.cleaned_data["confirmation"])
        else:
            effect = _saved
            actions.organize_batches(batches=batches, changes=form.changes(single=count == 1), by=by)
    except ValueError as error:
        return str(error)
    messages.success(request, effect(count).format(count=count))
    return ""


def _remove(request: SignedIn, batches: list[Batch], confirmation: str) -> None:
    if len(batches) != 1:
        raise ValueError(_("Batches are removed one by one."))
    batch = access.batch_for(request.user, batches[0].pk, Role.MANAGER)
    actions.remove_batch(batch=batch, confirmation=confirmation, by=request.user)


def _removed(count: int) -> str:
    return _("The batch is removed. Its verdicts stay in the ledger; adding it again brings it back.")


def _archived(count: int) -> str:
    return ngettext("Archived, nothing deleted: {count} batch.", "Archived, nothing deleted: {count} batches.", count)


def _restored(count: int) -> str:
    return ngettext("Restored: {count} batch.", "Restored: {count} batches.", count)


def _saved(count: int) -> str:
    return ngettext("Saved for {count} batch.", "Saved for {count} batches.", count)
