"""Several values in one parameter of a query string: split, joined, and checked one by one."""

import csv
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviewer.web.numbers import read_number

MAX_IDS = 500


def split_values(texts: Iterable[str]) -> list[str]:
    """Several values of one parameter: repeated, comma-separated or both.

    A value with a comma stands in quotes; two quotes alone are the empty value, as of events without a category.
    """
    return list(dict.fromkeys(cell for text in texts for cell in _cells(text) if cell is not None))


def _cells(text: str) -> list[str | None]:
    """The cells; None for one with nothing in it, not even quotes."""
    try:
        return [*next(csv.reader([text], skipinitialspace=True, quoting=csv.QUOTE_NOTNULL), [])]
    except csv.Error:
        return [text]


def join_value(value: str) -> str:
    """The text that `split_values` reads as this one value."""
    plain = value and value == value.strip() and not any(sign in value for sign in ',"\r\n')
    return value if plain else '"' + value.replace('"', '""') + '"'


def is_given(value: Any) -> bool:
    """Whether a filter is on. A confidence of 0 is: it equals False, but is not it."""
    return value is not None and value is not False and value != "" and value != []


class SeveralWidget(forms.SelectMultiple):
    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        texts = data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]] if data.get(name) else []
        return split_values(texts)


class SeveralField(forms.MultipleChoiceField):
    """Several values; with choices only those, and the error names them."""

    widget = SeveralWidget

    def valid_value(self, value: Any) -> bool:
        return not self.choices or super().valid_value(value)

    def validate(self, value: Any) -> None:
        for text in value or ():
            if "\0" in text:
                raise forms.ValidationError(gettext("Null characters are not allowed."))
            if not self.valid_value(text):
                valid = ", ".join(str(choice) for choice, _label in self.choices)  # type: ignore[union-attr, misc]
                why = gettext("{text} is not one of: {names}.").format(text=repr(text), names=valid)
                raise forms.ValidationError(why)


class IdsField(SeveralField):
    """Up to 500 ids of events, comma-separated."""

    too_many, no_number = _("Give at most {count} events."), _("{text} is not an event number.")

    def clean(self, value: list[str]) -> list[int]:
        if len(value) > MAX_IDS:
            raise forms.ValidationError(self.too_many.format(count=MAX_IDS))
        numbers = []
        for text in value:
            if (number := read_number(text)) is None:
                raise forms.ValidationError(self.no_number.format(text=repr(text)))
            numbers.append(number)
        return numbers


class BatchIdsField(IdsField):
    too_many, no_number = _("Give at most {count} batches."), _("{text} is not a batch number.")


class ConnectionIdsField(IdsField):
    too_many, no_number = _("Give at most {count} connections."), _("{text} is not a connection number.")
