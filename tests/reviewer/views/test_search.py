"""Search by name: everything that a person may see, and nothing of others."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from batches.actions.organize import archive_batches
from batches.models import Connection, SavedView
from tests.factories import make_batch, make_connection, make_event, make_item, make_member


def labels(client: Client, text: str = "") -> dict[str, list[str]]:
    answer = client.get("/search/", {"q": text})
    assert answer.status_code == 200
    return {group.title: [hit.label for hit in group.hits] for group in answer.context["groups"]}


def test_each_kind_is_found_by_a_part_of_its_name(
    account: Connection, reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_batch(account, name="Merge of lanes")
    make_item(batch, name="merge-12.mp4")
    make_member(account, name="merged")
    SavedView.objects.create(owner=reviewer.user, name="All merges", query="q=merge")  # type: ignore[attr-defined]
    assert labels(reviewer, "MERGE") == {
        "Batches": ["Merge of lanes"],
        "Queues and views": ["All merges"],
        "Videos": ["merge-12.mp4"],
        "People": ["merged"],
        "Search": ["Search events for “MERGE”"],
    }
    assert next(iter(labels(reviewer, "merge"))) == "Batches"  # Enter opens the first
    assert labels(reviewer, "downl")["Pages and actions"] == ["Downloads"]
    monkeypatch.setattr(settings, "WHITENOISE_ROOT", None)
    assert labels(reviewer, "documentation")["Pages and actions"] == ["API documentation"]
    monkeypatch.setattr(settings, "WHITENOISE_ROOT", "site")
    assert labels(reviewer, "documentation")["Pages and actions"] == ["API documentation", "Documentation"]


def test_every_place_can_be_opened(account: Connection, editor: Client) -> None:
    batch = make_batch(account)
    event = make_event(make_item(batch))
    SavedView.objects.create(connection=account, owner=editor.user, name="e1", query="approval=pending")  # type: ignore[attr-defined]
    groups = [*editor.get("/search/").context["groups"], *editor.get("/search/?q=e").context["groups"]]
    groups += editor.get(f"/search/?q=%23{event.pk}").context["groups"]
    addresses = {hit.address for group in groups for hit in group.hits}
    assert f"/events/{event.pk}/" in addresses
    assert {address: editor.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_an_archived_batch_is_not_found_and_its_event_says_so(account: Connection, editor: Client) -> None:
    batch = make_batch(account, name="Merge of lanes")
    event = make_event(make_item(batch, name="merge-12.mp4"))
    archive_batches(batches=[batch], by=editor.user)  # type: ignore[attr-defined]
    assert list(labels(editor, "merge")) == ["Search"]
    hit = editor.get(f"/search/?q={event.pk}").context["groups"][0].hits[0]
    assert hit.detail == f"#{event.pk}, Merge of lanes, archived"


@pytest.mark.case("A04")
def test_nothing_of_other_teams_is_found(account: Connection, viewer: Client) -> None:
    other = make_connection(name="Fleet East")
    event = make_event(make_item(make_batch(other, name="secret batch"), name="secret.mp4"))
    person = make_member(other, name="secretary")
    SavedView.objects.create(connection=other, owner=person, name="secret view", shared=True)
    SavedView.objects.create(owner=person, name="secret queue")
    assert list(labels(viewer, "secret")) == ["Search"]
    assert labels(viewer, f"#{event.pk}") == {"Search": [f"Search events for “#{event.pk}”"]}
    assert "Start a batch" not in labels(viewer)["Pages and actions"]


def test_the_dialog_gets_its_list_only(account: Connection, reviewer: Client) -> None:
    part = reviewer.get("/search/?q=x", headers={"HX-Request": "true", "HX-Target": "finder-hits"}).content.decode()
    assert ("<html" in part, 'role="listbox"' in part, 'role="option"' in part) == (False, True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_costs_the_same_for_many_rows(
    account: Connection, reviewer: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        make_item(make_batch(account))
    with django_assert_num_queries(7):
        reviewer.get("/search/?q=r")
