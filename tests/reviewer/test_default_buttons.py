"""Enter in a field presses the first submit button of its form. No verdict is such a button."""

import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from batches.actions import decide
from batches.models import Connection, Event
from tests.factories import make_batch, make_event, make_item

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
VERDICTS = {"approved", "rejected", "invalid"}
WITHOUT_ENTER = {"hidden", "checkbox", "radio", "range", "file", "submit", "button", "reset"}  # input types


class Forms(HTMLParser):
    """The forms of a page by their id or place: whether Enter can be pressed in a field, and the first submit
    button.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open = ""
        self.with_field: set[str] = set()
        self.first_button: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        if tag == "form":
            self.open = fields.get("id") or f"line {self.getpos()[0]}"
        owner = fields.get("form") or self.open
        if tag == "input" and fields.get("type", "text") not in WITHOUT_ENTER:
            self.with_field.add(owner)
        if owner and tag == "button" and fields.get("type", "submit") == "submit":
            self.first_button.setdefault(owner, fields)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = ""

    @property
    def with_a_verdict_on_enter(self) -> list[str]:
        return [
            owner
            for owner, button in self.first_button.items()
            if owner in self.with_field and "disabled" not in button
            and (button.get("value") in VERDICTS or button.get("name") in {"approval",
                "verdict"} or "data-confirm" in button)
        ]  # fmt: skip


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_verdict_on_enter(path: Path) -> None:
    html = re.sub(r"{%.*?%}|{#.*?#}", "", path.read_text(), flags=re.DOTALL).replace("{{", "").replace("}}", "")
    forms = Forms(html)
    alone = [owner for owner in forms.with_a_verdict_on_enter if not owner.startswith("verdict-")]
    assert alone == [], "the form of the verdict bar has its default button in card.html"


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)))


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("address", ["/events/{event}/", "/batches/{batch}/review/?event={event}"])
def test_enter_in_a_note_presses_no_verdict(reviewer: Client, event: Event, address: str, changed: bool) -> None:
    if changed:
        seen = {"version": event.version, "fingerprint": event.fingerprint}
        decide(event_id=event.pk, by=User.objects.get(), idempotency_key=uuid4(), approval="approved", **seen)
        Event.objects.update(approval="pending", changed_since=True)  # as after a sync with other content
    html = reviewer.get(address.format(event=event.pk, batch=event.batch_id)).content.decode()
    assert ("data-confirm" in html) is changed
    forms = Forms(html)
    owner = f"verdict-{event.pk}"
    assert owner in forms.with_field
    assert "disabled" in forms.first_button[owner]
    assert forms.with_a_verdict_on_enter == []


@pytest.mark.parametrize("address", ["", "table/", "compare/", "opinions/", "insights/", "team/"])
def test_no_page_of_a_batch_has_a_verdict_on_enter(editor: Client, event: Event, address: str) -> None:
    html = editor.get(f"/batches/{event.batch_id}/{address}").content.decode()
    assert Forms(html).with_a_verdict_on_enter == []
