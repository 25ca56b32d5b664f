"""Saved views: kept under a name, for oneself or for everybody on the connection."""

import pytest
from django.test import Client

from batches.models import Batch, Connection, SavedView
from tests.factories import make_batch, make_connection, make_event, make_item


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    make_event(make_item(made))
    return made


def save(client: Client, batch: Batch, name: str = "mine", query: str = "q=van&sort=uncertain", **fields: str) -> int:
    return client.post(f"/batches/{batch.pk}/views/", {"name": name, "query": query, **fields}).status_code


def names(client: Client, batch: Batch) -> list[str]:
    return [view.name for view in client.get(f"/batches/{batch.pk}/").context["views"]]


def test_a_view_is_there_in_every_batch_of_the_connection(viewer: Client, batch: Batch) -> None:
    answer = viewer.post(
        f"/batches/{batch.pk}/views/", {"name": "odd", "query": f"item={batch.items.get().pk}&since=7d"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/batches/{batch.pk}/?since=7d")
    other = make_batch(batch.connection)
    assert f'href="/batches/{other.pk}/?since=7d"' in viewer.get(f"/batches/{other.pk}/").content.decode()


def test_the_view_one_looks_at_is_marked(viewer: Client, batch: Batch) -> None:
    save(viewer, batch)
    for query, marked in [("sort=uncertain&q=van", True), ("q=van", False)]:
        page = viewer.get(f"/batches/{batch.pk}/?{query}").content.decode()
        assert ('aria-current="true"' in page) is marked


def test_the_same_name_again_replaces_it(viewer: Client, batch: Batch) -> None:
    save(viewer, batch)
    save(viewer, batch, query="approval=pending")
    assert SavedView.objects.get().query == "approval=pending"


def test_only_shared_views_are_seen_by_others(viewer: Client, reviewer: Client, editor: Client, batch: Batch) -> None:
    save(reviewer, batch, "own")
    save(reviewer, batch, "ours", shared="1")
    assert (names(reviewer, batch), names(viewer, batch)) == (["ours", "own"], ["ours"])
    own = SavedView.objects.get(name="own")
    assert editor.post(f"/views/{own.pk}/delete/").status_code == 404


def test_a_viewer_keeps_views_but_shares_none(viewer: Client, batch: Batch) -> None:
    assert save(viewer, batch, shared="1") == 403
    assert save(viewer, batch) == 302
    assert [(view.name, view.shared) for view in SavedView.objects.all()] == [("mine", False)]


@pytest.mark.parametrize(("name", "query", "status"), [("", "", 422), ("x" * 81, "", 422), ("a", "sort=size", 400)])
def test_what_cannot_be_read_is_not_saved(viewer: Client, batch: Batch, name: str, query: str, status: int) -> None:
    assert save(viewer, batch, name, query) == status
    assert not SavedView.objects.exists()


def test_one_deletes_ones_own_and_an_editor_what_is_shared(
    viewer: Client, reviewer: Client, editor: Client, batch: Batch
) -> None:
    save(viewer, batch, "mine")
    save(reviewer, batch, "ours", shared="1")
    mine, ours = (SavedView.objects.get(name=name).pk for name in ("mine", "ours"))
    assert viewer.post(f"/views/{ours}/delete/").status_code == 403
    answer = viewer.post(f"/views/{mine}/delete/", {"next": f"/batches/{batch.pk}/?q=x"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/batches/{batch.pk}/?q=x")
    assert editor.post(f"/views/{ours}/delete/", {"next": "https://evil.example/"}).headers["Location"] == "/batches/"
    assert not SavedView.objects.exists()


def test_views_of_other_connections_are_not_here(viewer: Client, batch: Batch) -> None:
    SavedView.objects.create(connection=make_connection(), owner=viewer.user, name="elsewhere")
    assert names(viewer, batch) == []


def test_the_menu_has_the_first_views_and_a_page_has_all(
    viewer: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.views.batches.MAX_VIEWS", 1)
    monkeypatch.setattr("reviewer.filters.named.PAGE_ROWS", 2)
    for name in ("by day", "at night", "in rain"):
        save(viewer, batch, name)
    grid, address = viewer.get(f"/batches/{batch.pk}/").content.decode(), f"/batches/{batch.pk}/views/list/"
    assert [name in grid for name in (address, "the view at night", "the view by day")] == [True, True, False]
    first = viewer.get(address).context["page"]
    assert [view.name for view in first.rows] == ["at night", "by day"]
    rest = viewer.get(address, {"after": first.more})
    assert [view.name for view in rest.context["page"].rows] == ["in rain"]
    assert [view.name for view in viewer.get(address, {"name": "AIN"}).context["page"].rows] == ["in rain"]
    assert "No saved views with this name" in viewer.get(address, {"name": "fog"}).content.decode()
    assert viewer.get(address, {"name": "\0"}).status_code == viewer.get(address, {"after": "W10"}).status_code == 400
