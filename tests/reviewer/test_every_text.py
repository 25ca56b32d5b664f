"""No page has a text that cannot be translated: in a language that marks all it translates, only data is unmarked."""

import gettext
from html.parser import HTMLParser
from typing import Any
from zoneinfo import available_timezones

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from batches.languages import Language
from batches.models import HookEvent, Profile, Vendor
from reviewer.forms.downloads import FILES
from tests.hostile import ADDRESS, TEXT
from tests.reviewer.addresses import POLICY, own_patterns, target, world
from tests.reviewer.test_hostile_pages import hostile
from tests.template_texts import CODE, NAMES, SEEN, WORD

__all__ = ["hostile", "world"]
pytestmark = [pytest.mark.django_db, pytest.mark.once]

MARKING = "eo"  # a language of Django's, and none of ours
# Pages that are a description of the interface for scripts, which is English.
ENGLISH = {"api-docs"}
DATA = {
    *WORD.findall(f"{TEXT} {ADDRESS} {' '.join(available_timezones())} {' '.join(FILES)} {' '.join(HookEvent.values)}"),
    *WORD.findall(" ".join([*Vendor.labels, *map(str, Language.labels[1:])])),
    *("administrator", "editor", "manager", "reviewer", "stranger", "viewer"),  # names of accounts
}


class Marks(gettext.NullTranslations):
    """A language whose every text is ⟦the English one⟧."""

    def gettext(self, message: str) -> str:
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def to_language(self) -> str:
        return MARKING

    language = to_language


class _Unmarked(HTMLParser):
    """Words of texts and attributes outside of marks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.code = self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code += tag in CODE
        for name, value in attrs:
            if name in SEEN and value and not self.depth:
                self.read(value)

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in CODE

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.read(data)

    def read(self, text: str) -> None:
        plain = ""
        for sign in text:
            self.depth += (sign == "⟦") - (sign == "⟧")
            plain += " " if self.depth or sign == "⟧" else sign
        if set(WORD.findall(plain)) - NAMES - DATA:
            self.found.add(" ".join(plain.split()))


def unmarked(page: str) -> set[str]:
    parser = _Unmarked()
    parser.feed(page)
    parser.close()
    return parser.found


def test_every_text_of_every_page_is_translated(hostile: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(trans_real._translations, MARKING, Marks())
    client, manager, found, opened = Client(headers={"accept": "text/html"}), hostile["people"]["superuser"], {}, 0
    Profile.objects.update_or_create(user=manager, defaults={"language": MARKING})
    client.force_login(manager)
    for name in sorted(name for name in POLICY if "GET" in POLICY[name] and name not in ENGLISH):
        pattern = own_patterns()[name].pattern
        page = client.get(reverse(name, kwargs={part: target(hostile, name, part) for part in pattern.converters}))
        if page.headers.get("Content-Type", "").startswith("text/html") and page.status_code != 302:
            opened += 1
            if texts := unmarked(page.getvalue().decode()):
                found[name] = texts
    assert opened > 50
    assert found == {}
