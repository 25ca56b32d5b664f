"""What people send: a verdict, an undo, a batch to bring in."""

import re

from django import forms

from batches.models import Approval
from batches.models.batch import MAX_OPINIONS

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


IDS = r"^([0-9]{1,18}(,[0-9]{1,18}){0,59})?\Z"


class PresenceForm(forms.Form):
    """What an open page says of itself. `wanted`: ids of at most 60 events, with commas between."""

    token = forms.UUIDField()
    event = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    wanted = forms.RegexField(IDS, required=False, strip=False)
    count = forms.IntegerField(min_value=0, max_value=12, required=False)
    leave = forms.BooleanField(required=False)

    def clean_wanted(self) -> list[int]:
        return [int(word) for word in self.cleaned_data["wanted"].split(",") if word]


class OpinionsForm(forms.Form):
    wanted = forms.IntegerField(min_value=1, max_value=MAX_OPINIONS)


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


def sentence(form: forms.Form) -> str:
    """All that is wrong with a form, in one line."""
    return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
