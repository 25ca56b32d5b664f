"""Dates as each language writes them: templates give the format that English has."""

import re
from typing import Any

from django import template
from django.template import defaultfilters
from django.utils.timezone import localtime

from batches.languages import date_text, localized
from batches.sync.times import read_moment

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> Any:
    """Django's filter, in the order and with the signs of the reader's language."""
    return defaultfilters.date(value, localized(arg) if arg else arg)


@register.filter
def moment_or_text(text: str) -> str:
    """A vendor's moment as date and time in the reader's zone; any other text as it is."""
    try:
        return date_text(localtime(read_moment(text)), "j F Y, H:i T") if MOMENT.match(text) else text
    except (ValueError, OverflowError):
        return text
