"""Watching whole videos: item after item in random order, to mark what the AI missed and to measure recall."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Case, QuerySet, When
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from batches import actions
from batches.languages import comma_list
from batches.models import Event, Item, Role, WatchAssignment, WatchedItem, WatchedParts
from batches.recall import watch_order
from reviewer import access, media
from reviewer.access import SignedIn
from reviewer.forms.verdicts import AssignVideosForm, WatchedForm, WatchedPartsForm
from reviewer.review.answers import answering_errors, read_form
from reviewer.review.clips import clip_answer
from reviewer.review.watching import end_sentence, words_of
from reviewer.web.htmx import render_page
from reviewer.web.numbers import read_number
from reviewer.web.refusals import answers_refusals

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FINDINGS = "watch-findings"  # the id of the element with the findings of the video
MAX_FINDINGS = 500


@require_safe
def batch_watch(request: SignedIn, pk: int) -> HttpResponse:
    """The next video that nobody has watched to its end, or `item`. Those assigned to the person come first, those
    assigned to others last.
    """
    batch = access.batch_for(request.user, pk)
    listed = watch_order(batch.pk).defer("raw")
    watched = WatchedItem.objects.filter(batch=batch).values("item")
    unwatched = listed.exclude(pk__in=watched)
    wanted = read_number(request.GET.get("item", ""))
    item = listed.filter(pk=wanted).first() if wanted else unwatched.order_by(*_own_first(request.user)).first()
    has_clip = item is not None and media.may_play(item, request.user)
    item_words = words_of(item, has_clip=has_clip) if item else None
    context: dict[str, Any] = {
        "batch": batch,
        "item": item,
        "has_clip": has_clip,
        "words": item_words,
        "end_sentence": end_sentence(item, has_clip=has_clip) if item else "",
        "rights": access.rights_in(request.user, batch),
        "findings": _findings(item)[:MAX_FINDINGS] if item else [],
    }
    if request.headers.get("HX-Target") != FINDINGS:
        total, left = listed.count(), unwatched.count()
        context |= {"total": total, "done": total - left, "key": uuid4(), "missed_key": uuid4()}
        if item_words:
            context["progress"] = item_words.progress_of(total - left, total)
            context["elsewhere"] = str(item_words.elsewhere).format(vendor=batch.connection.get_vendor_display())
        played = WatchedParts.objects.filter(item=item, by=request.user).values_list("parts", flat=True).first()
        context["played"] = played or "[]"
        mine = WatchAssignment.objects.filter(item__in=unwatched, user=request.user)
        context |= {"mine": mine.count(), "reviewers": access.reviewers_of(batch)}
    return render_page(request, "batches/batch_watch.html", context, partials=[FINDINGS])


def _own_first(user: "User") -> tuple[Case | str, ...]:
    assigned = When(watch_assignment__user=user, then=0), When(watch_assignment__isnull=True, then=1)
    return Case(*assigned, default=2), "random_rank", "id"


@require_POST
@answers_refusals
def batch_watch_assign(request: SignedIn, pk: int) -> HttpResponse:
    """Assign the next `count` videos to `people` (user names). `nobody`: take all assignments back."""
    batch = access.batch_for(request.user, pk, Role.EDITOR)
    fields = read_form(request, AssignVideosForm(request.POST))
    with answering_errors(request):
        people = [] if "nobody" in request.POST else access.reviewers_named(batch, request.POST.getlist("people"))
        count = actions.assign_videos(batch_id=pk, people=people, by=request.user, **fields)
    names = comma_list(person.get_username() for person in people)
    text = ngettext("{count} video assigned to {names}.", "{count} videos assigned to {names}.", count)
    done = text.format(count=number_format(count, force_grouping=True), names=names)
    messages.success(request, done if people else _("No video is assigned."))
    return redirect("batch-watch", pk)


def _findings(item: Item) -> QuerySet[Event]:
    events = Event.objects.filter(batch=item.batch_id, item=item).for_review()
    return events.order_by("start_s", "id")


@require_POST
@answers_refusals
def item_watched(request: SignedIn, pk: int) -> HttpResponse:
    """Record that the person watched the item to its end, or could not watch it, and show the next one."""
    item = access.item_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, WatchedForm(request.POST))
    with answering_errors(request):
        watched = actions.record_watched(item_id=pk, by=request.user, **fields)
    if watched.playable:
        sentence = end_sentence(item, has_clip=media.may_play(item, request.user))
        messages.success(request, f"{item}: {sentence}")
    return HttpResponse(status=303, headers={"Location": reverse("batch-watch", args=[item.batch_id])})


@require_POST
@answers_refusals
def item_watched_parts(request: SignedIn, pk: int) -> HttpResponse:
    """Keep which parts the person has played, so that they go on there in any browser."""
    access.item_for(request.user, pk, Role.REVIEWER)
    fields = read_form(request, WatchedPartsForm(request.POST))
    with answering_errors(request):
        parts = actions.add_watched_parts(item_id=pk, by=request.user, **fields)
    return JsonResponse({"parts": parts})


@require_POST
def item_clip(request: SignedIn, pk: int) -> JsonResponse:
    return clip_answer(request, access.item_for(request.user, pk))
