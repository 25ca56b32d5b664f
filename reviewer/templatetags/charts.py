"""How figures are written: hundredths for SVG, shares, intervals."""

from uuid import UUID, uuid4

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from batches.models import Certificate
from reviewer.filters.events import OUTCOMES, EventFilter
from reviewer.insights.charts import Whisker
from reviewer.insights.consistent_verdicts import ConsistentVerdict

register = template.Library()


@register.filter
def hundredths(number: float) -> str:
    """`12.5` → `12.500`: never with a comma, whatever the language."""
    return f"{number:.3f}"


@register.filter
def share(part: float) -> str:
    """0.8815 → `88.1`, cut off and not rounded up: it is said to be a lower bound."""
    return number_format(int(part * 1000) / 10, 1)


@register.filter
def points(part: float) -> str:
    """-0.1234 → `−12.3`: a difference of two shares in percentage points, always with its sign."""
    number = round(100 * part, 1) or 0.0
    return f"{'−' if number < 0 else '+'}{number_format(abs(number), 1)}"


# The tables of the board, whose names are those of its file: column and title.
BOARD_TABLES = {
    "Category": (_("Category"), _("By category")),
    "Prompt": (_("Prompt"), _("By prompt")),
    "Vendor": (_("Vendor"), _("By vendor")),
    "Week": (_("Week"), _("By week")),
}
BOARD_LINES = {
    "All": pgettext_lazy("categories", "All"),
    "All categories": _("All categories"),
    "no prompt": _("no prompt"),
    "no category": _("no category"),
}


@register.filter
def table_column(table: str) -> str:
    return str(BOARD_TABLES[table][0])


@register.filter
def table_title(table: str) -> str:
    return str(BOARD_TABLES[table][1])


@register.filter
def line_name(label: str) -> str:
    """The name of a line of the board: ours in the reader's language, the vendor's as it is."""
    return str(BOARD_LINES.get(label, label))


@register.filter
def split_words(text: str) -> list[str]:
    return text.split()


@register.filter
def certified(certificate: Certificate) -> str:
    """`93.4 % (90.1 – 95.9)`."""
    return _with_interval(100 * certificate.precision, 100 * certificate.low, 100 * certificate.high)


@register.simple_tag
def interval_text(whisker: Whisker) -> str:
    return _with_interval(whisker.value, whisker.low, whisker.high)


def _with_interval(value: float, low: float, high: float) -> str:
    return f"{number_format(value, 1)} % ({number_format(low, 1)} – {number_format(high, 1)})"


@register.simple_tag
def new_key() -> UUID:
    """An idempotency key of a form of its own."""
    return uuid4()


@register.simple_tag
def consistent_verdict_query(event_filter: EventFilter, kind: ConsistentVerdict) -> str:
    """The page's filter, narrowed to the events of the kind."""
    return event_filter.query_with(**{**dict.fromkeys(OUTCOMES), "sort": None, **kind.filter})
