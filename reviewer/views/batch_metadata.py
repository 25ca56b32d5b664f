"""The pages of metadata: the editor of one batch with conflicts, push and summary, and an edit of several batches."""

import json
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from batches import actions
from batches.actions.summary import summary_names, summary_of
from batches.errors import BadMetadata, KeyReused, MetadataChanged
from batches.models import Batch, MetadataChange, Role, SummaryChoice
from batches.models.batch_metadata import SUMMARY_NAMES, metadata_of
from batches.sync.metadata_values import effect, read_metadata
from batches.sync.vendors import vendor_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.batches import ManyMetadataForm, ResolveForm
from reviewer.forms.fields import sentence
from reviewer.forms.metadata_rows import (
    MAX_EDITABLE_KEYS,
    Posted,
    formset_of,
    read_rows,
    rows_of,
    suggested_keys,
    with_posted,
)
from reviewer.web.bodies import takes_file
from reviewer.web.client import client_ip
from reviewer.web.htmx import render_page
from reviewer.web.limits import is_preview
from reviewer.web.refusals import answers_refusals, read_do

MAX_CHANGES = 50
ALREADY_SAVED = gettext_lazy(
    "This form has already been saved with other values. Check the current values, then save again."
)


@takes_file(lambda: settings.DATA_UPLOAD_MAX_MEMORY_SIZE, access.may_edit_any)
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def batch_metadata(request: SignedIn, pk: int) -> HttpResponse:
    if request.method != "POST":
        batch = access.batch_for(request.user, pk)
        return _page(request, batch, Posted())
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    posted, text = Posted(), ""
    try:
        text = _imported(request)
        if text:
            posted.values = read_metadata(text)
        else:
            posted = read_rows(request.POST)
        if posted.refusals:
            raise BadMetadata(posted.refusals)
        if _is_preview(request):
            return _page(request, batch, posted, text=text, with_effect=True)
        edit = actions.edit_metadata(
            batch_id=batch.pk, values=posted.values, drop=posted.drop, seen=posted.seen, by=request.user,
            idempotency_key=_key(request), ip_address=client_ip(request),
        )  # fmt: skip
    except BadMetadata as error:
        return _page(request, batch, posted, errors=error.errors, text=text, status=422)
    except KeyReused:
        return _page(request, batch, posted, errors={"": str(ALREADY_SAVED)}, text=text, status=422)
    except MetadataChanged as error:
        text = _("Changed by somebody else; the value is now {value}.")
        errors = {name: text.format(value=now) for name, (now, _sent) in error.sides.items()}
        batch.refresh_from_db(fields=["vendor_metadata"])
        return _page(request, batch, posted, errors=errors, status=412)
    count = edit.steps.count()
    saved = ngettext("{count} key saved.", "{count} keys saved.", count).format(count=count)
    messages.success(request, saved if count else _("No changes to save."))
    return redirect("batch-metadata", batch.pk)


def _is_preview(request: HttpRequest) -> bool:
    do = read_do(request, ("preview", "save"), "save")
    return do == "preview" or is_preview(request)


def _key(request: HttpRequest) -> UUID:
    """The idempotency key, made with the page: a form that is sent twice is one edit."""
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return uuid4()


def _imported(request: HttpRequest) -> str:
    """The JSON text of the uploaded file, or the pasted one. Raises BadMetadata for bytes that are not UTF-8."""
    sent = request.FILES.get("file")
    if sent and (sent.size or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig(_("The file of metadata is too large."))
    if not sent:
        return str(request.POST.get("json", "")).strip()
    try:
        return bytes(sent.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = _("The file is not UTF-8 text: byte {number} cannot be read.").format(number=error.start + 1)
        raise BadMetadata({"": why}) from error


def _page(
    request: SignedIn,
    batch: Batch,
    posted: Posted,
    *,
    errors: dict[str, str] | None = None,
    text: str = "",
    with_effect: bool = False,
    status: int = 200,
) -> HttpResponse:
    rows = with_posted(rows_of(batch), posted, errors or {})
    formset, blank = formset_of(rows[:MAX_EDITABLE_KEYS], posted.drop)
    rights = access.rights_in(request.user, batch)
    choice = SummaryChoice.objects.filter(connection=batch.connection_id).select_related("chosen_by").first()
    names, summary = summary_names(batch.connection_id), summary_of(batch)
    context = {
        "batch": batch,
        "rights": rights,
        "rows": rows[:MAX_EDITABLE_KEYS],
        "more": rows[MAX_EDITABLE_KEYS:],
        "formset": formset,
        "blank": blank,
        "three": [row for row in rows if row.three_sided],
        "suggested": suggested_keys(batch.connection),
        "effect": effect(posted.values, metadata_of(batch)) if with_effect else None,
        "errors": errors or {},
        "form_error": (errors or {}).get("", ""),
        "json": text,
        "form_key": uuid4(),
        "run": batch.metadata_pushes.order_by("-id").first(),
        "writable": vendor_of(batch.connection.vendor).has_metadata,
        "steps": MetadataChange.objects.filter(edit__batch=batch)
        .select_related("edit__user")
        .order_by("-id")[:MAX_CHANGES],
        "most_steps": MAX_CHANGES,
        "summary": [(part, names.get(part, ""), summary[part]) for part in SUMMARY_NAMES],
        "out_of_band": request.headers.get("HX-Target") == "push-panel",
        "automatic": choice.chosen_by if choice and choice.automatic_since else None,
    }
    return render_page(
        request, "batches/batch_metadata.html", context, partials=["effect", "push-panel"], status=status
    )


@require_safe
def batch_metadata_json(request: SignedIn, pk: int) -> HttpResponse:
    """All keys as one JSON object, in the form that the import reads."""
    batch = access.batch_for(request.user, pk)
    body = json.dumps(metadata_of(batch), indent=2, ensure_ascii=False)
    name = f'attachment; filename="metadata-{batch.pk}.json"'
    return HttpResponse(body + "\n", content_type="application/json", headers={"Content-Disposition": name})


@require_POST
def batch_metadata_resolve(request: SignedIn, pk: int) -> HttpResponse:
    """Resolve the conflict of one key: keep our value or the vendor's, as the page showed them."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _page(request, batch, Posted(), errors={"": sentence(form)}, status=422)
    try:
        actions.resolve_key(
            batch_id=batch.pk, name=form.cleaned_data["name"], ours=form.cleaned_data["keep"] == "ours",
            seen=form.cleaned_data["shown"], by=request.user, ip_address=client_ip(request),
        )  # fmt: skip
    except BadMetadata as error:
        return _page(request, batch, Posted(), errors={"": str(error)}, status=422)
    except MetadataChanged as error:
        [(name, (now, sent))] = error.sides.items()
        text = _("Changed by somebody else: {name} is now {now}, you sent {sent}.")
        why = text.format(name=repr(name), now=repr(now), sent=repr(sent))
        return _page(request, batch, Posted(), errors={"": why}, status=412)
    return redirect("batch-metadata", batch.pk)


@require_POST
def batch_metadata_push(request: SignedIn, pk: int) -> HttpResponse:
    """Push again the keys that the vendor refused or that still wait."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    actions.push_again(batch_id=batch.pk, by=request.user)
    return redirect("batch-metadata", batch.pk)


@require_POST
@answers_refusals
def batch_summary(request: SignedIn, pk: int) -> HttpResponse:
    """Save the connection's keys for the review summary, and publish the summary if requested."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    do = read_do(request, ("remember", "publish"), "remember")
    names = {part: request.POST.get(part, "") for part in SUMMARY_NAMES}
    try:
        actions.choose_summary(
            connection=batch.connection, names=names, automatic="automatic" in request.POST, by=request.user
        )
        if do == "publish":
            actions.publish_summary(batch_id=batch.pk, by=request.user, ip_address=client_ip(request))
            messages.success(request, _("The summary is queued for the vendor."))
    except BadMetadata as error:
        return _page(request, batch, Posted(), errors={"": str(error)}, status=422)
    return redirect("batch-metadata", batch.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def metadata_many(request: SignedIn) -> HttpResponse:
    """Edit the same keys of several batches, with a preview of the effect on each."""
    form = ManyMetadataForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return render_page(request, "batches/metadata_many.html", {"error": form.errors["batch"][0]}, status=422)
    batches = access.batches_to_edit(request.user, form.cleaned_data["batch"])
    posted = read_rows(request.POST) if request.method == "POST" else Posted()
    errors = posted.refusals
    has_values = request.method == "POST" and not errors and posted.values
    if has_values and not _is_preview(request):
        try:
            actions.edit_many(
                batch_ids=[batch.pk for batch in batches], values=posted.values, by=request.user,
                idempotency_key=_key(request),
                ip_address=client_ip(request),
            )  # fmt: skip
        except BadMetadata as error:
            errors = error.errors
        except KeyReused:
            errors = {"": str(ALREADY_SAVED)}
        else:
            text = ngettext("Saved for {count} batch.", "Saved for {count} batches.", len(batches))
            messages.success(request, text.format(count=len(batches)))
            return redirect("batch-list")
    effects = [(batch, effect(posted.values, metadata_of(batch)) if has_values else None) for batch in batches]
    rows = with_posted([], posted, errors)
    formset, blank = formset_of(rows)
    context = {
        "effects": effects,
        "formset": formset,
        "rows": rows,
        "blank": blank,
        "suggested": suggested_keys(batches[0].connection),
        "errors": errors,
        "form_key": uuid4(),
    }
    return render_page(
        request, "batches/metadata_many.html", context, partials=["effect"], status=422 if errors else 200
    )
