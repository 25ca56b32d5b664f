"""Keys of one's own: what may be kept, and for whom."""

import json
from typing import Any

import pytest
from django.test import Client

from batches.models import Connection, KeyPreference
from tests.factories import make_batch


def save(client: Client, keys: Any, **fields: str) -> Any:
    text = keys if isinstance(keys, str) else json.dumps(keys)
    return client.post("/keys/", {"keys": text, **fields}, headers={"Accept": "application/json"})


def on_page(client: Client) -> Any:
    page = client.get("/batches/").content.decode()
    text = page.split('data-keys="')[1].split('"')[0]
    return json.loads(text.replace("&quot;", '"').replace("&lt;", "<").replace("&#x27;", "'").replace("&amp;", "&"))


def test_what_is_kept_is_on_every_page_of_that_person_only(reviewer: Client, editor: Client) -> None:
    selected = {"approve": "y", "redo": "shift+y", "back": "shift+ArrowLeft", "frame-back": "<", "play": " "}
    assert save(reviewer, selected, single_keys="on").json() == {"saved": True}
    assert on_page(reviewer) == {"single": True, "keys": selected}
    assert on_page(editor) == {"single": True, "keys": {}}


def test_the_whole_choice_is_replaced(reviewer: Client) -> None:
    save(reviewer, {"approve": "y"}, single_keys="on")
    assert save(reviewer, {}).status_code == 200
    assert on_page(reviewer) == {"single": False, "keys": {}}
    assert KeyPreference.objects.count() == 1


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("{", "keys: Enter a valid JSON."),
        ("[1]", "keys: Expected an object of at most 100 commands."),
        ({f"c{n}": "a" for n in range(101)}, "keys: Expected an object of at most 100 commands."),
        ({"Approve!": "a"}, "keys: 'Approve!' is not the name of a command."),
        ({"approve": "Enter"}, "keys: 'Enter' is not a single key."),
        ({"approve": "é"}, "keys: 'é' is not a single key."),
        ({"approve": "ab"}, "keys: 'ab' is not a single key."),
        ({"approve": 1}, "keys: 1 is not a single key."),
        ({"approve": '"><script>'}, "keys: '\"><script>' is not a single key."),
    ],
)
def test_invalid_input_is_not_stored(reviewer: Client, keys: Any, sentence: str) -> None:
    answer = save(reviewer, keys)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert KeyPreference.objects.count() == 0


def test_a_sign_of_html_as_a_key_stays_a_key(reviewer: Client) -> None:
    save(reviewer, {"approve": '"', "reject": "<"}, single_keys="on")
    assert on_page(reviewer)["keys"] == {"approve": '"', "reject": "<"}


def test_anonymous_visitors_have_no_saved_keys(db: None) -> None:
    assert "data-keys" not in Client().get("/login/").content.decode()


def test_the_deck_offers_the_reasons_of_its_connection(reviewer: Client, account: Connection) -> None:
    Connection.objects.update(reject_reasons="Glare\n\n  <b>Far</b>  ", invalid_reasons="")
    page = reviewer.get(f"/batches/{make_batch(account).pk}/review/").content.decode()
    assert [part.split('"')[0] for part in page.split('data-reason="')[1:]] == ["Glare", "&lt;b&gt;Far&lt;/b&gt;"]
