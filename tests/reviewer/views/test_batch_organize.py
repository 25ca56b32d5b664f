"""Project, tags and archive of batches: who may set them, what they hide, and that a sync leaves them alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.admin_base import page_of
from batches.models import Action, Batch, BatchTag, Connection, Decision
from batches.models.tag import MAX_TAGS
from reviewer.access import batches_of_deck, batches_to_settle
from reviewer.review.desk import desk_sections
from tests.factories import make_batch, make_connection, make_event, make_item, make_link, make_member
from tests.html import compact
from tests.reviewer.conftest import SignIn
from tests.reviews import say

ADDRESS = "/batches/organize/"


def titles(client: Client, query: str = "") -> list[str]:
    return [batch.title for batch, *_ in client.get(f"/batches/?{query}").context["rows"]]


def organize(client: Client, *batches: Batch, do: str, **fields: str) -> int:
    return client.post(ADDRESS, {"batch": [batch.pk for batch in batches], "do": do, **fields}).status_code


def tags_of(batch: Batch) -> list[str]:
    return list(batch.tags.values_list("name", flat=True))


def test_one_batch_gets_a_name_a_project_and_tags(editor: Client, account: Connection) -> None:
    batch = make_batch(account)
    assert organize(editor, batch, do="save", name="Rain", project=" Night  drives ", tags="wet, dark,wet") == 302
    batch.refresh_from_db()
    assert (batch.name, batch.project, tags_of(batch)) == ("Rain", "Night drives", ["dark", "wet"])
    assert 'value="dark, wet"' in editor.get(f"{ADDRESS}?batch={batch.pk}").content.decode()
    organize(editor, batch, do="save", name="Rain", project="", tags="dark")
    batch.refresh_from_db()
    assert (batch.project, tags_of(batch)) == ("", ["dark"])


def test_several_batches_change_together_and_keep_the_rest(editor: Client, account: Connection) -> None:
    first, second = make_batch(account, name="first"), make_batch(account, name="second")
    organize(editor, first, do="save", name="first", tags="old")
    organize(editor, first, second, do="project", project="Autumn", tags="ignored")
    organize(editor, first, second, do="tags", project="ignored", tags="new")
    assert (tags_of(first), tags_of(second)) == (["new", "old"], ["new"])
    assert set(Batch.objects.values_list("name", "project")) == {("first", "Autumn"), ("second", "Autumn")}


def test_too_many_tags_change_nothing(editor: Client, account: Connection) -> None:
    batch = make_batch(account)
    many = ",".join(f"t{number}" for number in range(MAX_TAGS + 1))
    assert organize(editor, batch, do="save", project="x", tags=many) == 422
    answer = editor.post(ADDRESS, {"batch": batch.pk, "do": "save", "name": "Rain", "project": "x", "tags": "x" * 41})
    kept = f'value="{"x" * 41}"' in answer.text, 'value="Rain"' in answer.text
    assert (answer.status_code, *kept) == (422, True, True)
    assert (BatchTag.objects.count(), Batch.objects.get().project) == (0, "")


def test_without_a_choice_the_page_says_what_to_do(editor: Client) -> None:
    for address, title in ((ADDRESS, "Organize batches"), ("/batches/metadata/", "Metadata of several batches")):
        page = compact(editor.get(address).content)
        assert f"<h1>{title}</h1>" in page, address
        assert "</svg>Select batches in the list first.</p>" in page


def test_only_editors_of_every_batch_may(editor: Client, reviewer: Client, account: Connection) -> None:
    own, other = make_batch(account), make_batch(make_connection())
    assert organize(reviewer, own, do="archive") == 403
    assert organize(editor, own, other, do="archive") == 404
    assert editor.get(ADDRESS).status_code == organize(editor, do="archive") == 422
    assert Batch.objects.not_archived().count() == 2


def test_archived_batches_leave_lists_and_queues(editor: Client, account: Connection) -> None:
    user, batch = editor.user, make_batch(account, name="done")  # type: ignore[attr-defined]
    event = make_event(make_item(batch))
    make_batch(account, name="open")
    assert organize(editor, batch, do="archive") == 302
    assert titles(editor) == ["open"]
    assert titles(editor, "archived=only") == ["done"]
    assert titles(editor, "archived=all") == ["open", "done"]
    assert desk_sections(user) == []
    assert editor.get("/events/").context["events"] == []
    assert not batches_of_deck(user)[0].filter(pk=batch.pk).exists()
    assert not batches_to_settle(user).filter(pk=batch.pk).exists()
    page = compact(editor.get(f"/batches/{batch.pk}/").content)
    assert "out of lists and queues" in page
    assert editor.get(f"/events/{event.pk}/").status_code == 200
    assert organize(editor, batch, do="restore") == 302
    assert titles(editor) == ["open", "done"]
    assert [section.name for section in desk_sections(user)] == ["waiting"]


def test_a_removed_batch_is_gone_until_it_is_added_again(
    editor: Client, account: Connection, sign_in: SignIn, client: Client
) -> None:
    batch = make_batch(account, name="A  mistake", external_id="b1")
    event = make_event(make_item(batch))
    say([event], "approved", make_member(account))
    token = make_link(batch)[1]
    manager = sign_in(account, "manager")
    assert "type: A mistake" in compact(manager.get(f"{ADDRESS}?batch={batch.pk}").content)
    assert "Remove batch" not in editor.get(f"{ADDRESS}?batch={batch.pk}").text
    assert organize(editor, batch, do="remove", confirmation="A mistake") == 403
    wrong = manager.post(ADDRESS, {"batch": batch.pk, "do": "remove", "confirmation": "a mistake"})
    assert (wrong.status_code, 'name="name" value="A  mistake"' in wrong.text) == (422, True)
    other = make_batch(account, name="open")
    assert organize(manager, batch, other, do="remove", confirmation="A mistake") == 422
    assert organize(manager, batch, do="remove", confirmation=" A mistake ") == 302

    assert titles(manager, "archived=all") == ["open"]
    pages = (f"/batches/{batch.pk}/", f"/events/{event.pk}/", f"{ADDRESS}?batch={batch.pk}")
    assert [manager.get(page).status_code for page in pages] == [404, 404, 404]
    assert client.get(f"/d/{token}/").status_code == 404
    assert not manager.get("/links/").context["links"]
    verdict = {"key": uuid4(), "version": 1, "fingerprint": event.fingerprint, "approval": "rejected"}
    assert manager.post(f"/events/{event.pk}/decide/", verdict).status_code == 404
    for again in (f"/batches/{batch.pk}/undo/", f"/batches/{batch.pk}/redo/"):
        assert manager.post(again, {"key": uuid4()}, headers={"Accept": "application/json"}).status_code == 404
    assert Decision.objects.filter(event=event).count() == 1
    assert page_of(Batch.objects.get(pk=batch.pk)) is None

    assert Batch.objects.added(account, "b1") == batch
    assert titles(manager) == ["open", "A  mistake"]
    assert manager.get(f"/events/{event.pk}/").status_code == 200
    assert client.get(f"/d/{token}/").status_code == 404


def test_each_filter_names_its_batches(reviewer: Client, account: Connection, sign_in: SignIn) -> None:
    me = reviewer.user  # type: ignore[attr-defined]
    mine, old = make_batch(account, name="mine", project="A & B"), make_batch(account, name="old")
    Batch.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    BatchTag.objects.create(batch=old, name="wet")
    event = make_event(make_item(mine))
    verdict = {"key": "0" * 32, "version": 1, "fingerprint": event.fingerprint, "approval": "approved"}
    assert reviewer.post(f"/events/{event.pk}/decide/", verdict).status_code == 303
    assert Action.objects.get().user == me
    day = (timezone.now() - timedelta(days=20)).date().isoformat()
    wanted = {
        "vendor=nomadic": ["old", "mine"], "vendor=wickson": [], f"connection={account.pk}": ["old", "mine"],
        "connection=999": [], "project=A+%26+B": ["mine"], "tag=wet": ["old"], "reviewer=me": ["mine"],
        f"reviewer={me.username}": ["mine"], "reviewer=nobody": [], f"since={day}": ["mine"], f"until={day}": ["old"],
        "tag=wet&project=A+%26+B": [],
    }  # fmt: skip
    assert {query: titles(reviewer, query) for query in wanted} == wanted
    for query in ("vendor=odd", "connection=x", "since=1000-01-01", "until=soon", "archived=no"):
        assert reviewer.get(f"/batches/?{query}").status_code == 400
    page = reviewer.get("/batches/?reviewer=me&tag=wet&after=")
    assert compact(page.content).count('min="2000-01-01" max="2200-12-31"') == 2, "a day that is half typed is not sent"
    assert page.context["filter"].place_chips == [("Tag: wet", "reviewer=me"), ("Reviewer: you", "tag=wet")]


@pytest.mark.parametrize("sort", ["newest", "status"])
def test_pages_lead_forwards_and_back_with_a_total(reviewer: Client, account: Connection, sort: str) -> None:
    Batch.objects.bulk_create(Batch(connection=account, external_id=f"b{number:03}") for number in range(120))
    pages, more = [], ""
    for _ in range(3):
        page = reviewer.get("/batches/", {"sort": sort, "after": more})
        pages.append([batch.pk for batch, *_ in page.context["rows"]])
        more = page.context["more"]
    assert (page.context["total"], more, [len(rows) for rows in pages]) == (120, "", [50, 50, 20])
    for earlier in (pages[1], pages[0]):
        page = reviewer.get("/batches/", {"sort": sort, "before": page.context["before"], "after": "x"})
        assert [batch.pk for batch, *_ in page.context["rows"]] == earlier
        assert page.context["more"]
    assert page.context["before"] == ""
    assert reviewer.get("/batches/?before=nonsense").status_code == 400
