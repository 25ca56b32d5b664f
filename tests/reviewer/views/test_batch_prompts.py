"""The line of prompts: what was asked, what it was worth, and where each figure leads."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import add_missed, remove_batch
from batches.models import Batch, BatchStart, Comparison, ComparisonRun, Connection, Event, SyncRun
from batches.tasks import compare_with_parent
from tests.batches.compare.scene import make_scene
from tests.factories import make_batch, make_event, make_item, make_member, make_user
from tests.html import compact

pytestmark = pytest.mark.django_db(transaction=True)


def run_again(parent: Batch, child: Batch) -> BatchStart:
    return BatchStart.objects.create(
        connection=parent.connection, idempotency_key=uuid4(), question={}, videos=[], parent=parent, batch=child,
        state="done", finished_at=timezone.now(), requested_by=make_user(),
    )  # fmt: skip


def test_a_line_shows_every_prompt_in_order(viewer: Client, account: Connection) -> None:
    first, second, third, other = (
        make_batch(account, prompt=phrase)
        for phrase in ("near misses at night", "near misses in rain", "animals", "people")
    )
    run_again(first, second), run_again(second, third), run_again(first, other)
    for batch in (first, third):
        page = viewer.get(f"/batches/{batch.pk}/prompts/")
        assert [(step.batch, step.depth) for step in page.context["steps"]] == [
            (first, 0), (second, 1), (third, 2), (other, 1),
        ]  # fmt: skip
    text = compact(page.content)
    for phrase in ("near misses", "<del>at night</del>", "<ins>in rain</ins>"):
        assert phrase in text
    assert "4 batches" in text
    alone = viewer.get(f"/batches/{make_batch(account).pk}/prompts/")
    assert "has not been run again yet" in alone.text


def test_each_figure_leads_to_what_it_counts(viewer: Client, account: Connection) -> None:
    scene = make_scene(account, same="approved", moved="rejected", vanished="approved", changed="approved")
    for start in (79, 200):
        add_missed(item_id=scene.old_video.pk, values={"label": "a new thing", "start_s": start, "end_s": start + 4,
                   "category": "Cut-in"}, by=scene.person, idempotency_key=uuid4())  # fmt: skip
    scene.again()
    run_again(scene.earlier, scene.later)
    Batch.objects.filter(pk=scene.later.pk).update(state="completed")
    page = viewer.get(f"/batches/{scene.later.pk}/prompts/")
    parent, child = page.context["steps"]
    assert (parent.decided.approved, parent.decided.decided, parent.events, parent.videos) == (5, 6, 6, 1)
    assert (round(parent.precision.value), parent.missed) == (75, None)
    assert (child.decided.decided, child.precision, child.missed, child.found_now) == (0, None, 2, 1)
    links = dict(re.findall(r'href="(/batches/\d+/\?[^"]+)"[^>]*>\s*(\d+)', page.text.replace("&amp;", "&")))
    assert len(links) == 6, "reviewed and found of both, missed and found now of one"
    for address, figure in links.items():
        assert viewer.get(address).text.count("data-event=") == int(figure), address


def test_a_removed_batch_is_not_in_the_line(viewer: Client, account: Connection) -> None:
    first, second = make_batch(account), make_batch(account)
    run_again(first, second)
    remove_batch(batch=first, confirmation=first.confirmation, by=make_user("editor"))
    page = viewer.get(f"/batches/{second.pk}/prompts/")
    assert [(step.batch, step.parent) for step in page.context["steps"]] == [(second, None)]


def test_imported_verdicts_of_the_vendor_are_no_precision(viewer: Client, account: Connection) -> None:
    batch = make_batch(account)
    make_event(make_item(batch), approval="approved", vendor_approval="approved")
    (step,) = viewer.get(f"/batches/{batch.pk}/prompts/").context["steps"]
    assert (step.precision, step.decided.decided, step.events) == (None, 0, 1)


def test_a_batch_run_again_is_compared_once_with_the_one_before(account: Connection) -> None:
    first, second = make_batch(account, state="completed"), make_batch(account, state="completed")
    run_again(first, second)
    for _ in range(2):
        compare_with_parent(second.pk)
    compare_with_parent(first.pk)
    comparison = Comparison.objects.get()
    assert (comparison.earlier, comparison.later, ComparisonRun.objects.count()) == (first, second, 1)
    assert not SyncRun.objects.exists()


def test_what_the_vendor_has_not_finished_lacks_nothing_yet(viewer: Client, account: Connection) -> None:
    scene = make_scene(account, vanished="approved")
    run_again(scene.earlier, scene.later)
    Batch.objects.filter(pk=scene.later.pk).update(state="processing")
    compared = f"/batches/{scene.later.pk}/compare/?with={scene.earlier.pk}"
    assert "is not finished: these figures may change" in viewer.get(compared).text
    page = viewer.get(f"/batches/{scene.later.pk}/prompts/")
    assert (page.context["steps"][1].missed, compared in page.text) == (None, False)
    other = make_batch(account, state="processing")
    run = run_again(scene.earlier, other)
    viewer.force_login(make_member(account, "editor"))
    compare_with_parent(other.pk)
    assert not Comparison.objects.filter(later=other).exists()
    assert "/compare/" not in viewer.get(f"/starts/{run.pk}/").text
    Batch.objects.filter(pk=other.pk).update(state="completed")
    compare_with_parent(other.pk)
    assert Comparison.objects.filter(later=other).exists()
    assert "/compare/" in viewer.get(f"/starts/{run.pk}/").text


def test_selected_events_are_run_again(editor: Client, account: Connection) -> None:
    batch = make_batch(account)
    events = [make_event(make_item(batch, external_id=f"video{number}")) for number in range(3)]
    grid = editor.get(f"/batches/{batch.pk}/").text
    assert "data-bulk-again" in grid
    page = editor.get(f"/batches/{batch.pk}/start/?ids={events[0].pk}%2C{events[2].pk}")
    assert [video.external_id for video, _ in page.context["videos"]] == ["video0", "video2"]
    assert "Only the 2 videos with these events: 2 selected events" in compact(page.content)
    reviewer = Client()
    reviewer.force_login(make_member(account))
    assert "data-bulk-again" not in reviewer.get(f"/batches/{batch.pk}/").text
    assert Event.objects.count() == 3
