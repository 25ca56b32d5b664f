"""What people send: a verdict, an undo, a batch to bring in."""

import re

from django import forms

from batches.actions.links import MAX_DAYS
from batches.export.download import Format, Rows
from batches.models import Approval

FILES = [f"{rows}.{kind}" for rows in Rows for kind in Format if rows == Rows.EVENTS or kind != Format.JSON]
VERDICTS = [choice for choice in Approval.choices if choice[0] != Approval.PENDING]


class KeyForm(forms.Form):
    """`key`: made by the client before it sends, the same in every repetition."""

    key = forms.UUIDField()
    author = forms.IntegerField(required=False)  # who made it; a browser may be signed in as somebody else by now


class DecisionForm(KeyForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    fingerprint = forms.RegexField(r"^[0-9a-f]{1,32}$")
    approval = forms.ChoiceField(choices=VERDICTS)
    reason = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=2000, required=False)
    amends = forms.UUIDField(required=False)


class UndoForm(KeyForm):
    action = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    target = forms.UUIDField(required=False)  # or the key of the verdict to take back


class FlagForm(forms.Form):
    on = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda word: word == "1")


COMMAND = re.compile(r"[a-z][a-z0-9-]{0,29}")
SINGLE_KEY = re.compile(r"(shift\+)?([!-~ ]|Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown|F\d{1,2})")


class KeysForm(forms.Form):
    """`keys`: name of the command → one key, as the pages' key table has them: `a`, `shift+z`, `ArrowLeft`."""

    single_keys = forms.BooleanField(required=False)
    keys = forms.JSONField(required=False)

    def clean_keys(self) -> dict[str, str]:
        keys = self.cleaned_data["keys"] or {}
        if not isinstance(keys, dict) or len(keys) > 100:
            raise forms.ValidationError("An object of at most 100 commands was expected.")
        for command, key in keys.items():
            if not COMMAND.fullmatch(command):
                raise forms.ValidationError(f"{command!r} is not the name of a command.")
            if not isinstance(key, str) or not SINGLE_KEY.fullmatch(key):
                raise forms.ValidationError(f"{key!r} is not a single key.")
        return keys


class AddBatchForm(forms.Form):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    text = forms.CharField(max_length=2000)


class ViewForm(forms.Form):
    """A name for the filter and the order that `query` says."""

    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)
    shared = forms.BooleanField(required=False)


class ExportForm(forms.Form):
    """`query`: the address of the download, as the page that asks shows it."""

    key = forms.UUIDField()
    query = forms.CharField(max_length=4000)
    file = forms.ChoiceField(choices=[(file, file) for file in FILES])


class LinkForm(forms.Form):
    """A link to one batch: what it is called, what comes out of it, how long it lives."""

    key = forms.UUIDField()
    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)  # the filter, or that of the `view`
    view = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    file = forms.ChoiceField(choices=[(file, file) for file in FILES])
    columns = forms.CharField(max_length=1000, required=False)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS)
    vendor_thumbnails = forms.BooleanField(required=False)
    clips = forms.BooleanField(required=False)


def sentence(form: forms.Form) -> str:
    """All that is wrong with a form, in one line."""
    return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
