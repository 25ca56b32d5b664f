"""The page of a search: asked once, watched, and its events reviewed in the vendor's order."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.models import AccountVideo, Batch, Connection, Event, Folder, Role, SavedView, SearchMatch, VideoSearch
from batches.models.run import RunState
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Connection:
    return make_connection(name="Fleet West")


@pytest.fixture
def folder(account: Connection) -> Folder:
    return Folder.objects.create(connection=account, external_id="f1", name="Fleet")


@pytest.fixture
def search(account: Connection, folder: Folder) -> VideoSearch:
    """Five events in two batches; matches name four of them in another order, and one that is not here."""
    run = VideoSearch.objects.create(
        connection=account, folder=folder, idempotency_key=uuid4(), question="cyclists", state=RunState.DONE,
        finished_at=timezone.now(), total=5,
    )  # fmt: skip
    items = [make_item(make_batch(account), name=f"drive {number}.mp4") for number in range(2)]
    events = [make_event(items[number % 2], label=f"event {number}") for number in range(5)]
    for position, event in enumerate([events[3], events[0], None, events[2], events[1]]):
        SearchMatch.objects.create(
            search=run, position=position, video_id="v", analysis_id="a", similarity=0.9 - position / 10,
            reason=f"reason {position}", event=event,
        )  # fmt: skip
    return run


def labels(events: list[Event]) -> list[str]:
    return [event.label for event in events]


def test_a_search_begins_once_and_leads_to_its_page(editor: Client, account: Connection, folder: Folder) -> None:
    address = f"/connections/{account.pk}/searches/"
    assert "Fleet" in editor.get(address).text
    fields = {"question": " cyclists ", "name": "Fleet", "scope": "user", "key": str(uuid4())}
    pages = [editor.post(address, fields)["Location"] for _ in range(2)]
    run = VideoSearch.objects.get()
    assert pages == [f"/searches/{run.pk}/"] * 2
    assert (run.question, run.folder, run.requested_by) == ("cyclists", folder, run.requested_by)
    assert "Searching" in editor.get(pages[0]).text
    assert "already running" in editor.post(address, fields | {"key": str(uuid4())}).text


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"question": ""}, "question: "), ({"scope": "all"}, "scope: "), ({"key": "x"}, "key: ")],
)
def test_a_wrong_field_is_named(
    editor: Client, account: Connection, folder: Folder, fields: dict[str, Any], error: str
) -> None:
    whole = {"question": "x", "name": "Fleet", "scope": "user", "key": str(uuid4())}
    answer = editor.post(f"/connections/{account.pk}/searches/", whole | fields)
    assert (answer.status_code, error in answer.text, VideoSearch.objects.exists()) == (422, True, False)


def test_a_folder_that_is_not_known_here_is_looked_up(editor: Client, account: Connection, settings: Any) -> None:
    rows = [{"video_id": "v", "folder_id": "f7", "folder_name": "Winter"}]
    with Sandbox(World({}, rows)) as vendor:
        settings.PRIVATE_HOSTS = frozenset({vendor.url.removeprefix("http://")})
        Connection.objects.filter(pk=account.pk).update(base_url=vendor.url, api_key=vendor.key)
        fields = {"question": "snow", "name": "Winter", "scope": "user", "key": str(uuid4())}
        address = f"/connections/{account.pk}/searches/"
        assert "not found" in editor.post(address, fields | {"name": "Summer"}).text
        editor.post(address, fields)
    assert VideoSearch.objects.get().folder.external_id == "f7"


def test_the_page_shows_the_matches_in_the_vendors_order(sign_in: SignIn, search: VideoSearch) -> None:
    reviewer = sign_in(search.connection, Role.REVIEWER)
    page = reviewer.get(f"/searches/{search.pk}/")
    events = [row["match"].event for row in page.context["rows"]]
    assert [event and event.label for event in events] == ["event 3", "event 0", None, "event 2", "event 1"]
    text = compact(page.content)
    assert "1 of 5 matches is in an analysis whose results are not here" in text
    assert "NomadicML names the analysis, not its batch" in text
    assert 'analysis <bdi class="mono">a</bdi>' in text
    assert "Review 4 pending" in text
    assert f"?connection={search.connection_id}&amp;search={search.pk}&amp;approval=pending" in text
    assert "Add batches" not in text, "only editors add batches"
    AccountVideo.objects.create(connection=search.connection, external_id="v", name="secret.mp4")
    assert b"secret.mp4" not in reviewer.get(f"/searches/{search.pk}/").content
    assert b"secret.mp4" in sign_in(search.connection, Role.EDITOR).get(f"/searches/{search.pk}/").content


def test_a_match_that_is_not_here_names_the_batch_that_lists_it(sign_in: SignIn, search: VideoSearch) -> None:
    batch = make_batch(search.connection, name="Night <drives>")
    make_item(batch, external_id="v", analysis_id="a")
    make_item(make_batch(name="Foreign"), external_id="v", analysis_id="a")
    reviewer = sign_in(search.connection, Role.REVIEWER)
    text = compact(reviewer.get(f"/searches/{search.pk}/").content)
    assert f'<a href="/batches/{batch.pk}/sync/" dir="auto">in batch Night &lt;drives&gt;</a>' in text
    assert ("Foreign" in text, "analysis <bdi" in text) == (False, False)


def test_the_buttons_count_what_they_lead_to(sign_in: SignIn, search: VideoSearch) -> None:
    reviewer = sign_in(search.connection, Role.REVIEWER)
    Event.objects.filter(label="event 1").update(gone_at=timezone.now())
    archived = {"archived_at": timezone.now(), "archived_by": reviewer.user}  # type: ignore[attr-defined]
    Batch.objects.filter(events__label="event 0").update(**archived)
    text = compact(reviewer.get(f"/searches/{search.pk}/").content)
    assert ("Show 1 event" in text, "Review 1 pending" in text) == (True, True)
    page = reviewer.get(f"/events/?connection={search.connection_id}&search={search.pk}")
    assert labels(page.context["events"]) == ["event 3"]


def test_the_events_of_a_search_are_listed_and_reviewed_in_its_order(sign_in: SignIn, search: VideoSearch) -> None:
    reviewer = sign_in(search.connection, Role.REVIEWER)
    query = f"connection={search.connection_id}&search={search.pk}"
    page = reviewer.get(f"/events/?{query}")
    assert labels(page.context["events"]) == ["event 3", "event 0", "event 2", "event 1"]
    assert "Search: cyclists" in page.text
    assert '<option value="matches" selected>Best match first' in compact(page.content)
    assert labels(reviewer.get(f"/events/?{query}&sort=item").context["events"])[0] == "event 0"
    card = reviewer.get(f"/events/review/?{query}")
    assert "reason 0" in card.text
    queue = reviewer.get(f"/events/queue/?{query}").json()
    by_label = dict(Event.objects.values_list("label", "pk"))
    assert queue["ids"] == [by_label[f"event {number}"] for number in (3, 0, 2, 1)]
    around = reviewer.get(f"/events/queue/?{query}&at={by_label['event 2']}").json()
    assert (around["place"], around["total"]) == (3, 4)


def test_a_search_filters_one_batch_too(sign_in: SignIn, search: VideoSearch) -> None:
    reviewer = sign_in(search.connection, Role.REVIEWER)
    batch = Event.objects.get(label="event 0").batch_id
    assert labels(reviewer.get(f"/batches/{batch}/?search={search.pk}").context["events"]) == ["event 0", "event 2"]
    assert reviewer.get(f"/batches/{batch}/?sort=matches").status_code == 400


def test_a_page_of_matches_goes_on_where_it_ended(sign_in: SignIn, search: VideoSearch, settings: Any) -> None:
    reviewer = sign_in(search.connection, Role.REVIEWER)
    item = Event.objects.get(label="event 0").item
    for position in range(5, 65):
        event = make_event(item, label=f"more {position}")
        SearchMatch.objects.create(search=search, position=position, video_id="v", analysis_id="a", event=event)
    query = f"connection={search.connection_id}&search={search.pk}"
    first = reviewer.get(f"/events/?{query}").context
    second = reviewer.get(f"/events/?{query}&after={first['more']}").context["events"]
    assert labels(second) == [f"more {position}" for position in range(51, 65)]


def test_strangers_see_neither_the_search_nor_its_question(sign_in: SignIn, search: VideoSearch) -> None:
    stranger = sign_in(make_connection(), Role.EDITOR)
    assert stranger.get(f"/searches/{search.pk}/").status_code == 404
    page = stranger.get(f"/events/?search={search.pk}")
    assert ("cyclists" in page.text, page.context["events"]) == (False, [])


def test_a_search_can_be_kept_as_a_view(editor: Client, account: Connection, search: VideoSearch) -> None:
    batch = Event.objects.get(label="event 0").batch_id
    editor.post(f"/batches/{batch}/views/", {"name": "Cyclists", "query": f"search={search.pk}"})
    assert SavedView.objects.get().query == f"search={search.pk}"
