"""Fields and helpers that several forms share."""

from typing import Any

from django import forms


class MadeAtField(forms.DateTimeField):
    """When a page was made: years with which one can calculate."""

    def to_python(self, value: Any) -> Any:
        made_at = super().to_python(value)
        if made_at and not 2000 <= made_at.year <= 2200:
            raise forms.ValidationError("Not the time of a page.")
        return made_at


class ShortJSONField(forms.JSONField):
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise forms.ValidationError("Nested too deep, or a number with too many digits.") from error


class KeyForm(forms.Form):
    """`key`: made by the client before it sends, the same in every repetition."""

    key = forms.UUIDField()
    author = forms.IntegerField(required=False)  # who made it; a browser may be signed in as somebody else by now


def sentence(form: forms.Form) -> str:
    """All that is wrong with a form, in one line."""
    return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
