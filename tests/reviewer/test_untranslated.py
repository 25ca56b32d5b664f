"""No page has a text that no translation is looked up for: rendered in a language that puts brackets around every text.

Left out: what vendors and people wrote (`dir="auto"`, `<bdi>`; here in Greek), code, numbers, names of things, and
English that says so (`lang="en"`).
"""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any
from zoneinfo import available_timezones

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import User
from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override, trans_real

from batches.models import (
    AdditionRun,
    Batch,
    CloudImport,
    Connection,
    Notification,
    NotificationKind,
    RunState,
    SyncRun,
)
from tests.batches.compare.scene import make_scene
from tests.batches.hostile_work import make_work
from tests.reviewer.addresses import POLICY, own_patterns, target, world
from tests.reviewer.hostile_world import enrich
from tests.template_texts import CODE, NAMES, SEEN

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.once]

ENGLISH = "api-docs"  # most of it is the description of the API, for scripts
GREEK = "Ωμέγα"  # whatever is in Latin letters on a page is ours
LANGUAGE = "de"  # one that people can choose; its formats of numbers and dates stay
PUT_IN = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TRANSLATED = re.compile(r"⟦[^⟦⟧]*⟧")
PROPER = {
    *("Amazon", "COCO", "CVAT", "Deutsch", "English", "Label", "NomadicML", "Studio", "TwelveLabs", "Wickson"),
    *("https", "storage", "googleapis", "com", "new_key"),
    *("Google", "Cloud", "Storage"),
}  # fmt: skip
# What Django says to those who see no icons, and what is stored as it is: a source, a name of a webhook's event.
OF_CONSOLE = {"Search", "True", "False", "None", "page", "token 1", "batch.ready"}
WORD = re.compile(r"[A-Za-z]{2,}")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Bracketed(NullTranslations):
    """Every text translates to itself with brackets around its own words, not around what is put into it."""

    def to_language(self) -> str:
        return LANGUAGE

    def language(self) -> str:
        return LANGUAGE

    def gettext(self, message: str) -> str:
        return f"⟦{PUT_IN.sub(r'⟧\g<0>⟦', message.rpartition(trans_real.CONTEXT_SEPARATOR)[2])}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Texts(HTMLParser):
    """What a person reads or hears of a page, without code and what has a direction of its own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[tuple[str, bool]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        others = tag in (*CODE, "bdi", "textarea") or given.get("dir") == "auto" or given.get("lang") == "en"
        others = others or self.is_value(tag, given)
        self.found += [value for name, value in attrs if name in SEEN and value and not others]
        if tag not in VOID:
            self.inside.append((tag, others))

    def is_value(self, tag: str, given: dict[str, str | None]) -> bool:
        return "mono" in (given.get("class") or "").split()  # ids, addresses, names in files

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(others for _, others in self.inside):
            self.found.append(data)


class ConsoleTexts(Texts):
    """Without what is stored, as it is stored: the cells of lists, and what a form only shows."""

    def is_value(self, tag: str, given: dict[str, str | None]) -> bool:
        classes = (given.get("class") or "").split()
        is_cell = tag in ("td", "th") and any(name.startswith(("field-", "original")) for name in classes)
        return is_cell or "readonly" in classes or given.get("name") == "user_permissions"


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(trans_real._translations, LANGUAGE, Bracketed())


def fill(world: dict[str, Any]) -> None:
    """Everything that pages show, with Greek wherever vendors and people write."""
    batch, event, person = world["batch"], world["event"], world["people"]["administrator"]
    enrich(world, GREEK)
    scene = make_scene(world["connection"], same="rejected")
    make_work(event, person, GREEK)
    SyncRun.objects.create(batch=batch, state=RunState.INCOMPLETE, message=GREEK, finished_at=timezone.now())
    SyncRun.objects.create(batch=batch, state=RunState.RUNNING)
    for kind in NotificationKind:
        Notification.objects.create(user=person, kind=kind, connection=batch.connection, batch=batch, cause=kind)
    Notification.objects.update(actor=scene.person, event=event, count=3)
    Batch.objects.update(name=GREEK, prompt=GREEK)
    for model in (AdditionRun, CloudImport):
        model.objects.update(total=2)
    User.objects.update(username=Concat(Value(GREEK), "pk", output_field=CharField()))
    Connection.objects.update(name=Concat(Value(GREEK), "pk", output_field=CharField()))
    Batch.objects.filter(pk=batch.pk).update(opinions_wanted=2)


def untranslated(texts: Texts) -> list[str]:
    text = "\n".join(" ".join(piece.split()) for piece in texts.found)
    while TRANSLATED.search(text):
        text = TRANSLATED.sub(" ", text)
    lines = {line.strip() for line in text.split("\n")} - available_timezones()
    return sorted(line for line in lines if set(WORD.findall(line)) - NAMES - PROPER)


def untranslated_in_console(client: Client) -> Iterator[tuple[str, list[str]]]:
    """Of each list and one record of it, without the names of records. A list without records shows no columns."""
    for model, page in site._registry.items():
        listed = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        records = list(model._default_manager.all()[:50])
        for address in (listed, *(f"{listed}{record.pk}/change/" for record in records[:1])):
            content = client.get(address).content.decode()
            for record in records:
                content = content.replace(escape(str(record)), "")
            yield address, [text for text in untranslated(ConsoleTexts(content)) if text not in OF_CONSOLE]
        columns = (label_for_field(column, model, page) for column in page.list_display)
        yield f"columns of {listed}", [column for column in columns if column != "ID" and "⟦" not in column]


def test_no_page_has_an_untranslated_text(world: dict[str, Any], bracketed: None) -> None:
    fill(world)
    client, wrong, pages = Client(headers={"Accept-Language": LANGUAGE}), {}, 0
    client.force_login(world["people"]["administrator"])
    for name in sorted(name for name in POLICY if "GET" in POLICY[name] and name != ENGLISH):
        pattern = own_patterns()[name].pattern
        answer = client.get(reverse(name, kwargs={part: target(world, name, part) for part in pattern.converters}))
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code != 302:
            pages += 1
            wrong[name] = untranslated(Texts(answer.getvalue().decode()))
    with override(LANGUAGE):
        wrong |= dict(untranslated_in_console(client))
    assert {name: left for name, left in wrong.items() if left} == {}
    assert pages > 70
