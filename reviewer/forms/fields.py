"""Fields and helpers that several forms share."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils.translation import gettext as _

from batches.sync.files.units import Ambiguous, read_number
from reviewer.forms.field_names import FIELD_NAMES


class MadeAtField(forms.DateTimeField):
    """The time at which a page was made, within years that leave room for arithmetic."""

    def to_python(self, value: Any) -> Any:
        made_at = super().to_python(value)
        if made_at and not 2000 <= made_at.year <= 2200:
            raise forms.ValidationError(_("Expected the time at which the page was made."))
        return made_at


class _WithDecimalComma(forms.Field):
    """A number that a person writes with a decimal point or comma: `<input type="number">` drops the comma of a browser
    in another language and keeps the digits, so that 15,8 becomes 158.
    """

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "," in value:
            try:
                value = str(read_number(value))
            except Ambiguous as error:
                why = _("{text} can be a decimal or a thousand: write a decimal point.")
                raise forms.ValidationError(why.format(text=value.strip())) from error
            except ValueError:
                pass  # the field itself says what it expects
        return super().to_python(value)


class FloatField(_WithDecimalComma, forms.FloatField):
    pass


class DecimalField(_WithDecimalComma, forms.DecimalField):
    pass


class ShortJSONField(forms.JSONField):
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise forms.ValidationError(_("The JSON is nested too deeply, or a number has too many digits.")) from error


class IdempotentForm(forms.Form):
    """`key`: the idempotency key, made by the client and repeated with every retry; cleaned, it is
    `idempotency_key`.
    """

    key = forms.UUIDField()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "key" in data:
            data["idempotency_key"] = data.pop("key")
        return data


class AuthoredForm(IdempotentForm):
    author = forms.IntegerField(required=False)  # id of the person who made it; another person may be signed in by now


def read_ids(query: QueryDict, name: str) -> list[str]:
    """A vendor's ids. One with a null character is none, and PostgreSQL does not take it."""
    return [text for text in query.getlist(name) if "\0" not in text]


def sentence(form: forms.BaseForm) -> str:
    """All errors of a form, each after its field's name if it is about one field, in one line."""
    names = {name: "" if name == NON_FIELD_ERRORS else f"{FIELD_NAMES.get(name, name)}: " for name in form.errors}
    return " ".join(f"{names[name]}{' '.join(map(str, texts))}" for name, texts in form.errors.items())
