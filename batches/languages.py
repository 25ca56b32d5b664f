"""The languages that pages are translated into."""

from collections.abc import Iterable
from datetime import date

from django.db.models import TextChoices
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

# Language → parts of the formats of dates, which are given as English has them, each with what stands in its place.
DATE_PARTS = {
    "de": (("M j", "j. M"), ("j F", "j. F"), ("j M", "j. M")),
    "ar": (("M j", "j M"), ("M", "F"), (", ", "، ")),
}

COMMAS = {"ar": "، "}  # between the parts of a list; elsewhere ", "


class Language(TextChoices):
    """Each in its own words, so that whoever is in the wrong one finds theirs."""

    BROWSER = "", _("Same as the browser")
    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    ARABIC = "ar", "العربية"


def comma_list(texts: Iterable[str]) -> str:
    """The texts as a list in the reader's language: `ana, ben`."""
    return COMMAS.get(get_language() or "", ", ").join(texts)


def localized(date_format: str) -> str:
    """The format of a date in the reader's language. One that Django's pages name, as DATE_FORMAT, stays."""
    if date_format in formats.FORMAT_SETTINGS:
        return date_format
    for part, instead in DATE_PARTS.get(get_language() or "", ()):
        date_format = date_format.replace(part, instead)
    return date_format


def date_text(value: date, date_format: str) -> str:
    return formats.date_format(value, localized(date_format), use_l10n=False)
