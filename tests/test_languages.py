"""Every text of the page is in the catalogs of every language, and what is made from them is up to date."""

from pathlib import Path

import polib
import pytest

from tests.languages import LANGUAGES, SCRIPTS, catalog, key_of, missing, path_of, script_of
from tests.template_texts import TEMPLATES, english, is_begun, templates_to_do

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert missing(language) == [], "python -m tests.languages adds new texts to the catalogs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_pages_read_is_as_new_as_the_catalog(language: str) -> None:
    compiled = polib.mofile(str(path_of(language).with_suffix(".mo")))
    again = "python -m tests.languages compiles the catalogs"
    assert {key_of(entry): (entry.msgstr, entry.msgstr_plural) for entry in compiled} == {
        key_of(entry): (entry.msgstr, entry.msgstr_plural) for entry in catalog(language)
    }, again
    assert (SCRIPTS / f"{language}.js").read_text() == script_of(language), again


@pytest.mark.parametrize("path", [path for path in TEMPLATES if is_begun(path)], ids=lambda path: path.name)
def test_a_translated_template_has_no_english_of_its_own(path: Path) -> None:
    assert english(path) == []


def test_every_template_is_declared_done_or_has_no_text() -> None:
    assert templates_to_do() == []
