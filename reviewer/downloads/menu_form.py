"""The form of the Download menu as HTML. It is remembered: it says little of its batch, and takes a fifth of the time
of its page to render.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from batches.export.download import Format, Rows
from batches.models import Batch, Rights
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import Choice
from reviewer.forms.downloads import FILES

MAX_REMEMBERED = 50  # of about 12 kB each, in every process
# Kind of rows → each of its files, and the label of the button.
DOWNLOADS = [
    (rows.label, [(f"{rows}.{kind}", kind.label) for kind in Format if f"{rows}.{kind}" in FILES]) for rows in Rows
]


@dataclass(frozen=True, slots=True)
class MenuForm:
    """All that the template shows: so what is remembered is never out of date."""

    batch_id: int
    approvals: tuple[Choice, ...]
    hidden_fields: tuple[tuple[str, str], ...]
    can_decide: bool
    out_of_band: bool


def menu_form(
    batch: Batch, event_filter: EventFilter, approvals: list[Choice], rights: Rights, *, out_of_band: bool
) -> SafeString:
    """`approvals`: with or without counts, which the form does not show."""
    choices = tuple(Choice(choice.value, choice.label, None, choice.on) for choice in approvals)
    form = MenuForm(batch.pk, choices, tuple(event_filter.hidden_fields), rights.can_decide, out_of_band)
    return _html_of(form, get_language())


@lru_cache(maxsize=MAX_REMEMBERED)
def _html_of(form: MenuForm, language: str | None) -> SafeString:
    """In the current language; `language` is named only for the key."""
    return render_to_string("batches/parts/download_form.html", {"form": form, "downloads": DOWNLOADS})
