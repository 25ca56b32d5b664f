"""Dates as each language writes them: templates give the format that English has."""

from typing import Any

from django import template
from django.template import defaultfilters

from batches.languages import localized

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> Any:
    """Django's filter, in the order and with the signs of the reader's language."""
    return defaultfilters.date(value, localized(arg) if arg else arg)
