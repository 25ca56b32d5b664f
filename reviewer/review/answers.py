"""The answers to verdicts and similar requests: what was saved, or why nothing was; JSON for scripts, pages for forms.

A view reads its form with `read_form`, calls the action inside `answering_errors`, and answers. Both raise `Refused`
if nothing is done; `answers_refusals` sends the response that it holds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.actions import Outcome
from batches.errors import Conflict, KeyReused, NotAllowed, NotCertifiable
from batches.models import Approval, Batch, Decision, Event, Opinion, corrections
from batches.models.people import initials_of
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.review.bulk_runs import describe_run
from reviewer.review.card import card
from reviewer.review.opinions import opinion_progress
from reviewer.web.htmx import render_page, wants_json
from reviewer.web.refusals import Refused

NOT_DONE = gettext_lazy("Not done")

# ── nothing was done ──


@contextmanager
def answering_errors(
    request: SignedIn, event: Event | None = None, *, title: str | Promise = NOT_DONE
) -> Iterator[None]:
    """Around one action: its errors become answers. `event`: the one the person was looking at; only its id is used.

    Raises Refused, PermissionDenied and Http404.
    """
    try:
        yield
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Batch.DoesNotExist as error:
        raise Http404(_("No batch matches the given query.")) from error
    except Event.DoesNotExist as error:
        raise Http404(_("Not all of these events are in this batch.")) from error
    except Conflict as error:
        raise Refused(refuse(request, 412, str(error), error.event or event, title=title)) from error
    except (KeyReused, NotCertifiable, ValueError) as error:
        raise Refused(refuse(request, 422, str(error), event, title=title)) from error


def read_form(
    request: SignedIn, form: Form, event: Event | None = None, *, title: str | Promise = NOT_DONE
) -> dict[str, Any]:
    """The cleaned fields. Raises Refused for a form that is not valid, or that somebody else filled in this browser."""
    if not form.is_valid():
        raise Refused(refuse(request, 422, sentence(form), event, title=title))
    if form.cleaned_data.pop("author", None) not in (None, request.user.pk):
        raise Refused(_somebody_else(request))
    return form.cleaned_data


def refuse(
    request: SignedIn, status: int, why: str, event: Event | None = None, *, title: str | Promise = NOT_DONE
) -> HttpResponse:
    """The reason, with the event as it is now; without an event, a page with this title."""
    current = access.event_for(request.user, event.pk, for_card=True) if event else None
    if wants_json(request):
        answer = {"error": why} | ({"event": describe(current)} if current and status == 412 else {})
        return JsonResponse(answer, status=status)
    if current is None:
        return render_page(request, "error.html", {"title": title, "why": why}, status=status)
    context = {**card(request, current), "refused": why}
    return render_page(request, "events/event_detail.html", context, status=status)


def _somebody_else(request: SignedIn) -> HttpResponse:
    """A verdict is saved only in the name of the person who made it: it waits until that person signs in again."""
    why = _("Somebody else gave this verdict; you are signed in as {name}.").format(name=request.user.get_username())
    return JsonResponse({"error": why, "signed_in": request.user.get_username()}, status=401)


# ── it is saved ──


def answer_outcome(request: SignedIn, batch: Batch, outcome: Outcome) -> HttpResponse:
    """The events that an action changed, each in its current state."""
    if not wants_json(request):
        return back(request, batch)
    steps: dict[int, Opinion | Decision] = {opinion.event_id: opinion for opinion in outcome.opinions}
    # A decision comes after the opinion that made it.
    steps |= {decision.event_id: decision for decision in outcome.decisions}
    events = outcome.events or Event.objects.filter(pk__in=steps).select_related("decided_by__profile", "consensus")
    described = [describe(event) | _opinions(request, batch, event) for event in events]
    answer = {
        "saved": True,
        "replayed": outcome.replayed,
        "action": outcome.action.pk,
        "event": described[0] if described else None,
        "events": described,
        "steps": [{"event": pk, "version": row.version, "fingerprint": row.fingerprint} for pk, row in steps.items()],
        "counts": outcome.counts or Batch.objects.only(*Approval.values).get(pk=batch.pk).counts,
    }
    if outcome.run or outcome.skipped:
        skipped = Event.objects.filter(pk__in=outcome.skipped).select_related("decided_by__profile")
        answer["skipped"] = [describe(event) for event in skipped]
        answer["run"] = describe_run(outcome.run) if outcome.run else None
    return JsonResponse(answer, headers={"Idempotent-Replayed": "true"} if outcome.replayed else {})


def answer_event(request: SignedIn, event: Event, **facts: Any) -> HttpResponse:
    """The saved event, if its version did not change; `facts` are added for scripts."""
    if not wants_json(request):
        return back(request, event.batch)
    answer = {"saved": True, "event": describe(event), "events": [], "steps": [], "counts": event.batch.counts}
    return JsonResponse(answer | facts)


def _opinions(request: SignedIn, batch: Batch, event: Event) -> dict[str, Any]:
    """The progress of the opinions on an event, if there are any, as far as this person may see it."""
    if not getattr(event, "consensus", None):
        return {}
    rights = access.rights_in(request.user, batch)
    return {"opinion_progress": opinion_progress(request.user, rights, batch, [event])[event.pk].as_json}


def describe(event: Event) -> dict[str, Any]:
    """An event as scripts get it after a verdict."""
    return {
        "id": event.pk,
        "version": event.version,
        "fingerprint": event.fingerprint,
        "approval": event.approval,
        "reason": event.reason,
        "note": event.note,
        "flagged": event.flagged,
        "label": event.label or event.category,
        "corrections": corrections.read(event.corrections),
        "decided_by": event.decided_by.get_username() if event.decided_by else None,
        "verdict_by": event.verdict_by,
        "initials": initials_of(event.decided_by) if event.decided_by else "",
        "decided_at": event.decided_at.isoformat() if event.decided_at else None,
    }


def back(request: SignedIn, batch: Batch) -> HttpResponse:
    """To the page the form names (`next`), or to the batch."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    messages.success(request, "Saved.")
    return HttpResponse(status=303, headers={"Location": wanted if safe else reverse("batch-grid", args=[batch.pk])})
