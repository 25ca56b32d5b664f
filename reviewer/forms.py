"""What people send: a verdict, an undo, a batch to bring in."""

import re

from django import forms

from batches.models import Approval

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
    order = forms.CharField(max_length=20, required=False)  # that the deck was in; `sample` makes it part of a sample


class UndoForm(KeyForm):
    action = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    target = forms.UUIDField(required=False)  # or the key of the verdict to take back


class CertifyForm(forms.Form):
    """The sample as the person saw it. Of the whole batch, or (`scope=category`) of a category, which may have no name."""

    key = forms.UUIDField()
    scope = forms.ChoiceField(choices=[("batch", "the whole batch"), ("category", "a category")])
    category = forms.CharField(max_length=255, required=False, strip=False)
    approved = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    rejected = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class HabitForm(forms.Form):
    """The verdict, and what the person saw of the events it is for: when, how many, and after which sync."""

    key = forms.UUIDField()
    verdict = forms.ChoiceField(choices=VERDICTS)
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    made_at = forms.DateTimeField()
    sync = forms.IntegerField(min_value=0, max_value=2**62)
    updated = forms.IntegerField(min_value=0, max_value=2**31 - 1)


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
