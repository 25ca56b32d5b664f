"""The page that compares two batches, the filter behind its queues, and what it proposes on a card."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.actions import add_missed, decide
from batches.models import (
    Batch,
    BulkRun,
    Comparison,
    ComparisonRun,
    Connection,
    Decision,
    Event,
    EventPair,
    Membership,
    VideoPair,
)
from tests.batches.compare.scene import Scene, make_scene
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.reviewer.conftest import SignIn
from tests.reviewer.one_set import assert_one_set

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(account: Connection) -> Scene:
    return make_scene(account, same="rejected", moved="approved")


def address(scene: Scene, what: str = "compare", **query: Any) -> str:
    return f"/batches/{scene.later.pk}/{what}/?with={scene.earlier.pk}" + "".join(f"&{k}={v}" for k, v in query.items())


def plain(page: Any) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", "", page.content.decode()).split())


def partial(client: Client, where: str, target: str) -> Any:
    return client.get(where, headers={"HX-Request": "true", "HX-Target": target})


def queue(client: Client, batch: int, query: str) -> list[int]:
    return client.get(f"/batches/{batch}/queue/?{query}").json()["ids"]


def copy_verdicts(client: Client, scene: Scene, **fields: Any) -> Any:
    query = f"compare={scene.earlier.pk}&match=same,moved&proposed=approved,rejected"
    body = {"key": str(uuid4()), "query": query, "count": 2, "made_at": timezone.now().isoformat(), "sync": "0.0"}
    return client.post(
        f"/batches/{scene.later.pk}/copy-verdicts/", body | fields, headers={"Accept": "application/json"}
    )


def test_the_page_shows_the_outcome_of_every_finding(viewer: Client, scene: Scene) -> None:
    page = viewer.get(address(scene))
    assert page.context["tally"] == dict.fromkeys(("same", "moved", "changed", "new", "vanished"), 1) | {
        "found": 0, "missed": 0
    }  # fmt: skip
    (strips,) = page.context["strips"]
    assert [(pair.match, pair.overlap) for pair in strips.pairs] == [
        ("same", 100), ("moved", 33), ("changed", 100), ("vanished", None), ("new", None)
    ]  # fmt: skip
    assert len(strips.bars) == 8
    assert [(line.match, line.x1, line.x2) for line in strips.lines] == [
        ("same", "2.38", "2.38"), ("moved", "26.19", "28.57"), ("changed", "50.00", "50.00")
    ]  # fmt: skip
    assert page.content.decode().count("not in the earlier batch") == 1


def test_the_page_says_how_many_missed_events_a_re_run_finds(viewer: Client, scene: Scene) -> None:
    for start in (79, 200):
        add_missed(item_id=scene.old_video.pk, values={"label": "a new thing", "start_s": start, "end_s": start + 4,
                   "category": "Cut-in"}, by=scene.person, idempotency_key=uuid4())  # fmt: skip
    scene.again()
    page = viewer.get(f"/batches/{scene.later.pk}/compare/?with={scene.earlier.pk}")
    assert {"found": 1, "missed": 1, "new": 0, "vanished": 1}.items() <= page.context["tally"].items()
    text = " ".join(page.content.decode().split())
    assert "Of 2 events that the earlier analysis missed and reviewers added, the later one finds <b>1</b>" in text
    both = queue(viewer, scene.later.pk, f"compare={scene.earlier.pk}&match=found")
    assert both == [scene.events["new new"].pk]
    for address in re.findall(r'href="(/batches/\d+/\?compare=\d+&amp;match=(?:found|missed))"', text):
        assert viewer.get(address.replace("&amp;", "&")).text.count("data-event=") == 1, address
    assert "In First pass: a new thing, 01:19 – 01:23, 60 % overlap · found now" in plain(
        viewer.get(f"/events/{both[0]}/?compare={scene.earlier.pk}")
    )


def test_a_queue_with_nothing_in_it_is_not_offered(viewer: Client, scene: Scene) -> None:
    def offered() -> list[str]:
        return re.findall(r"Review (?:disagreements|vanished events)", viewer.get(address(scene)).content.decode())

    assert offered() == ["Review disagreements", "Review vanished events"]
    EventPair.objects.exclude(match="same").delete()
    Comparison.objects.update(counts={"same": 1})
    assert offered() == []


def test_both_batches_show_the_same_comparison(viewer: Client, scene: Scene) -> None:
    other = viewer.get(f"/batches/{scene.earlier.pk}/compare/?with={scene.later.pk}")
    assert other.context["comparison"] == scene.comparison


@pytest.mark.parametrize(
    ("match", "kinds"),
    [
        ("same", {"same"}), ("moved", {"moved"}), ("new", {"new"}), ("vanished", set()),
        ("moved,new", {"moved", "new"}),
        ("disagree", {"moved", "changed", "new"}), ("same,new", {"same", "new"}),
    ],
)  # fmt: skip
def test_the_filter_names_the_events_of_this_side(viewer: Client, scene: Scene, match: str, kinds: set[str]) -> None:
    wanted = {scene.events[f"new {kind}"].pk for kind in kinds}
    assert set(queue(viewer, scene.later.pk, f"compare={scene.earlier.pk}&match={match}")) == wanted


@pytest.mark.parametrize(
    "more", ["", "&match=moved,new", "&match=disagree&sort=uncertain", "&proposed=approved&approval=pending"]
)
def test_grid_table_deck_download_and_counts_agree_about_it(viewer: Client, scene: Scene, more: str) -> None:
    assert_one_set(viewer, scene.later, f"compare={scene.earlier.pk}{more}")


def test_what_vanished_is_a_queue_of_the_earlier_batch(viewer: Client, scene: Scene) -> None:
    result = queue(viewer, scene.earlier.pk, f"compare={scene.later.pk}&match=vanished")
    assert result == [scene.events["old vanished"].pk]


def test_the_same_finding_that_people_decided_differently_is_a_disagreement(reviewer: Client, scene: Scene) -> None:
    event = scene.events["new same"]
    query = f"compare={scene.earlier.pk}&match=disagree"
    assert event.pk not in queue(reviewer, scene.later.pk, query)
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="approved",
        by=scene.person,
        idempotency_key=uuid4(),
    )
    assert event.pk in queue(reviewer, scene.later.pk, query)
    (strips,) = reviewer.get(address(scene)).context["strips"]
    assert [pair.match for pair in strips.differing] == ["same", "moved", "changed", "vanished", "new"]


def test_what_is_proposed_and_not_decided_yet(viewer: Client, scene: Scene) -> None:
    query = f"compare={scene.earlier.pk}&proposed="
    assert queue(viewer, scene.later.pk, query + "approved") == [scene.events["new moved"].pk]
    assert queue(viewer, scene.later.pk, query + "rejected") == [scene.events["new same"].pk]
    assert queue(viewer, scene.later.pk, query + "invalid") == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("match=new", "compare: give the number of the other batch"),
        ("proposed=approved", "compare: give the number of the other batch"),
        ("compare=999999", "was not compared with a batch 999999"), ("compare=x", "compare: Enter a whole number."),
        ("compare=1&match=old", "match: 'old' is not one of"), ("compare=1&proposed=pending", "is not one of"),
    ],
)  # fmt: skip
def test_a_wrong_filter_says_what_is_wrong(viewer: Client, scene: Scene, query: str, why: str) -> None:
    answer = viewer.get(f"/batches/{scene.later.pk}/?{query}")
    assert answer.status_code == 400
    assert why in answer.content.decode().replace("&#x27;", "'")


def test_a_hidden_batch_is_not_revealed(sign_in: SignIn, account: Connection, scene: Scene) -> None:
    elsewhere = make_connection()
    type(scene.earlier).objects.filter(pk=scene.earlier.pk).update(connection=elsewhere)
    client = sign_in(account, "reviewer")
    assert client.get(address(scene)).status_code == 404
    assert client.get(f"/batches/{scene.later.pk}/?compare={scene.earlier.pk}").status_code == 400
    assert client.post(f"/batches/{scene.later.pk}/compare/", {"with": scene.earlier.pk}).status_code == 404
    assert copy_verdicts(client, scene).status_code == 400
    event = scene.events["new same"]
    assert client.get(f"/events/{event.pk}/").context["proposal"] is None
    assert client.get(f"/batches/{scene.later.pk}/compare/").context["known"] == []
    assert Decision.objects.filter(event__batch=scene.later).count() == 0


def test_a_reviewer_asks_for_a_comparison_and_sees_how_far_it_is(reviewer: Client, account: Connection) -> None:
    first, other = make_batch(account), make_batch(account)
    answer = reviewer.post(f"/batches/{first.pk}/compare/", {"with": other.pk})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/batches/{first.pk}/compare/?with={other.pk}")
    run = ComparisonRun.objects.get()
    assert {run.comparison.earlier, run.comparison.later} == {first, other}
    ComparisonRun.objects.update(state="running", finished_at=None, total=4, position=1)
    shown = partial(reviewer, answer.headers["Location"], "compare-run")
    assert "1 of 4 videos" in shown.content.decode()
    assert "HX-Refresh" not in shown.headers
    ComparisonRun.objects.update(state="done", finished_at=timezone.now())
    assert partial(reviewer, answer.headers["Location"], "compare-run").headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(("fields", "status"), [("", 422), ("x", 400), ("99999999", 404), ("9" * 40, 400)])
def test_invalid_input_starts_no_comparison(reviewer: Client, scene: Scene, fields: str, status: int) -> None:
    assert reviewer.post(f"/batches/{scene.later.pk}/compare/", {"with": fields}).status_code == status
    assert ComparisonRun.objects.count() == 1


def test_without_a_choice_the_page_offers_batches_with_the_same_videos_first(viewer: Client, scene: Scene) -> None:
    make_batch(scene.later.connection)
    page = viewer.get(f"/batches/{scene.later.pk}/compare/")
    assert page.context["known"] == [scene.earlier]
    assert page.context["others"][0] == (scene.earlier, 1)


def test_the_offers_are_what_the_filter_finds(reviewer: Client, scene: Scene) -> None:
    offers = partial(reviewer, address(scene), "proposals").context["offers"]
    assert [(offer["match"], offer["counts"], offer["total"]) for offer in offers] == [
        ("same", {"rejected": 1}, 1), ("moved", {"approved": 1}, 1)
    ]  # fmt: skip
    for offer in offers:
        assert len(queue(reviewer, scene.later.pk, offer["query"])) == offer["total"]


def test_taking_over_decides_and_the_page_offers_to_undo_it(reviewer: Client, scene: Scene) -> None:
    answer = copy_verdicts(reviewer, scene)
    assert answer.status_code == 200
    assert answer.json()["counts"] == {"pending": 2, "approved": 1, "rejected": 1, "invalid": 0}
    shown = partial(reviewer, address(scene), "proposals")
    assert (shown.context["offers"], shown.context["latest_copy"].decided) == ([], 2)
    undo = {"key": str(uuid4()), "action": BulkRun.objects.get().action_id}
    assert reviewer.post(f"/batches/{scene.later.pk}/undo/", undo).status_code == 303
    assert partial(reviewer, address(scene), "proposals").context["undone"] is True
    assert Event.objects.filter(batch=scene.later, decided_at__isnull=False).count() == 0


@pytest.mark.parametrize(
    "wrong",
    [{"query": ""}, {"query": "approval=pending"}, {"count": 0}, {"sync": "x"}, {"made_at": "never"}, {"key": "1"}],
)
def test_taking_over_without_saying_what_is_refused(reviewer: Client, scene: Scene, wrong: dict[str, Any]) -> None:
    assert copy_verdicts(reviewer, scene, **wrong).status_code == 422
    assert Decision.objects.filter(event__batch=scene.later).count() == 0


def test_more_than_was_shown_is_a_conflict(reviewer: Client, scene: Scene) -> None:
    assert copy_verdicts(reviewer, scene, count=1).status_code == 412


def test_the_earlier_batch_takes_nothing_over(reviewer: Client, scene: Scene) -> None:
    fields = {"key": str(uuid4()), "query": f"compare={scene.later.pk}&proposed=approved", "count": 1,
            "made_at": timezone.now().isoformat(), "sync": "0.0"}  # fmt: skip
    assert reviewer.post(f"/batches/{scene.earlier.pk}/copy-verdicts/", fields).status_code == 422


def test_the_card_shows_the_old_verdict_and_a_form_that_takes_it_over(reviewer: Client, scene: Scene) -> None:
    event = scene.events["new same"]
    page = reviewer.get(f"/events/{event.pk}/")
    assert page.context["proposal"].earlier == scene.events["old same"]
    text = " ".join(page.content.decode().split())
    assert "Not what was asked for" in text
    assert "same span" in text
    assert reviewer.get(f"/events/{scene.events['new new'].pk}/").context["proposal"] is None


def test_a_decided_event_has_no_proposal(reviewer: Client, scene: Scene) -> None:
    event = scene.events["new same"]
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="approved",
        by=scene.person,
        idempotency_key=uuid4(),
    )
    assert reviewer.get(f"/events/{event.pk}/").context["proposal"] is None


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        ("moved", "In First pass: a moved thing, 00:20 – 00:24, 33 % overlap · moved"),
        ("changed", "In First pass: a changed thing, 00:40 – 00:44, 100 % overlap · changed"),
        ("new", "In First pass: no match · new"),
    ],
)
def test_the_card_shows_the_match_in_the_other_batch(viewer: Client, scene: Scene, kind: str, phrase: str) -> None:
    event, compare = scene.events[f"new {kind}"], f"compare={scene.earlier.pk}"
    deck = f"/batches/{scene.later.pk}/review/?{compare}&match=disagree&event={event.pk}"
    for page in (deck, f"/events/{event.pk}/?{compare}"):
        assert phrase in plain(viewer.get(page))
    for query in ("", "?compare=x", "?compare=999999", f"?compare={scene.later.pk}"):
        assert "In First pass" not in plain(viewer.get(f"/events/{event.pk}/{query}"))


def test_a_vanished_event_is_marked_on_the_earlier_card(viewer: Client, scene: Scene) -> None:
    page = viewer.get(f"/events/{scene.events['old vanished'].pk}/?compare={scene.later.pk}")
    assert "In Second pass: no match · vanished" in plain(page)


def test_the_other_batch_costs_a_card_one_query(
    viewer: Client, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = f"/events/{scene.events['new moved'].pk}/"
    with CaptureQueriesContext(connection) as before:
        viewer.get(page)
    with django_assert_num_queries(len(before) + 1):
        viewer.get(f"{page}?compare={scene.earlier.pk}")


def test_a_card_reveals_nothing_of_a_hidden_batch(sign_in: SignIn, account: Connection, scene: Scene) -> None:
    Batch.objects.filter(pk=scene.earlier.pk).update(connection=make_connection())
    page = sign_in(account).get(f"/events/{scene.events['new moved'].pk}/?compare={scene.earlier.pk}")
    assert "In First pass" not in plain(page)


def test_nothing_is_proposed_while_opinions_are_blind(reviewer: Client, editor: Client, scene: Scene) -> None:
    Batch.objects.filter(pk=scene.later.pk).update(opinions_wanted=2)
    event = scene.events["new same"]
    name = scene.person.get_username()
    for client in (reviewer, editor):
        page = client.get(f"/events/{event.pk}/")
        assert page.context["proposal"] is None
        assert f"by {name}" not in page.content.decode()
    for client, approval in ((reviewer, "approved"), (editor, "rejected")):
        fields = {"key": str(uuid4()), "approval": approval, "version": event.version, "fingerprint": event.fingerprint}
        client.post(f"/events/{event.pk}/decide/", fields)
    assert reviewer.get(f"/events/{event.pk}/").context["proposal"] is None
    assert editor.get(f"/events/{event.pk}/").context["proposal"].earlier == scene.events["old same"]  # settles it


def test_an_editor_links_two_videos(editor: Client, scene: Scene) -> None:
    stranger = make_item(scene.later, name="renamed.mp4")
    fields = {"other": scene.earlier.pk, "earlier": scene.old_video.pk, "later": stranger.pk}
    assert editor.post(f"/batches/{scene.later.pk}/link/", fields).status_code == 303
    assert VideoPair.objects.get().later == stranger
    assert editor.post(f"/batches/{scene.later.pk}/link/", fields | {"later": make_item().pk}).status_code == 404
    assert editor.post(f"/batches/{scene.later.pk}/link/", fields | {"later": "x"}).status_code == 422
    assert editor.post(f"/batches/{scene.later.pk}/link/", fields | {"other": scene.later.pk}).status_code == 404


def test_the_page_lists_matches_by_name_and_undoes_them(editor: Client, scene: Scene) -> None:
    assert "by the file name only" not in plain(editor.get(address(scene)))
    VideoPair.objects.update(known_by="name")
    page = plain(editor.get(address(scene)))
    assert "1 video matched by the file name only. Check it before you copy verdicts." in page
    assert "Undo all matches by name" in page
    where, fields = f"/batches/{scene.later.pk}/compare/names/", {"other": scene.earlier.pk}
    assert editor.post(where, fields).status_code == 303
    assert not VideoPair.objects.exists()
    text = plain(editor.get(address(scene)))
    assert "Videos with only the file name in common are not matched. Match by name" in text
    assert editor.post(where, fields | {"allowed": "1"}).status_code == 303
    assert Comparison.objects.get().by_name
    assert editor.post(where, {"other": "x"}).status_code == 422
    assert editor.post(where, {"other": scene.later.pk}).status_code == 404


def test_videos_of_one_batch_only_are_named(viewer: Client, scene: Scene) -> None:
    alone = make_item(scene.earlier, name="alone.mp4")
    assert viewer.get(address(scene)).context["alone"] == {"earlier": [alone], "later": []}


def test_pages_of_videos_follow_each_other_and_can_be_narrowed(viewer: Client, scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("reviewer.views.compare.VIDEOS", 2)
    for number in range(3):
        old, new = (make_item(batch, external_id=f"w{number}") for batch in (scene.earlier, scene.later))
        make_event(old)
        make_event(new)
    scene.again()
    first = viewer.get(address(scene)).context
    second = partial(viewer, address(scene, after=first["more"]), "more").context
    videos = [strips.video.pk for page in (first, second) for strips in page["strips"]]
    assert videos == list(VideoPair.objects.order_by("position").values_list("pk", flat=True))
    assert second["more"] == ""
    narrowed = viewer.get(address(scene, differ=1)).context["strips"]
    assert [strips.video.later for strips in narrowed] == [scene.new_video]


def test_a_saved_view_never_names_another_batch(reviewer: Client, scene: Scene) -> None:
    query = f"compare={scene.earlier.pk}&match=new&severity=high"
    assert reviewer.get(f"/batches/{scene.later.pk}/?{query}").context["filter"].view_query == "severity=high"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    viewer: Client, scene: Scene, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        for batch in (scene.earlier, scene.later):
            item = make_item(batch, external_id=f"w{number}")
            for start in range(rows):
                make_event(item, start_s=start * 9.0, end_s=start * 9.0 + 3)
    scene.again()
    with django_assert_num_queries(13):
        viewer.get(address(scene))
    with django_assert_num_queries(9):
        partial(viewer, address(scene), "proposals")


def test_a_member_of_only_one_side_starts_nothing(sign_in: SignIn, account: Connection, scene: Scene) -> None:
    foreign = make_batch(make_connection())
    client = sign_in(account, "editor")
    assert client.post(f"/batches/{scene.later.pk}/compare/", {"with": foreign.pk}).status_code == 404
    Membership.objects.create(user=client.user, connection=foreign.connection, role="viewer")  # type: ignore[attr-defined]
    assert client.post(f"/batches/{scene.later.pk}/compare/", {"with": foreign.pk}).status_code == 303
    assert Comparison.objects.count() == 2
