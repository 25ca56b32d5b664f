"""What people send: a verdict, an undo, a batch to bring in."""

import re
from typing import Any

from django import forms

from batches.actions import Page
from batches.actions.tokens import MAX_DAYS
from batches.bulk.steps import Seen
from batches.models import Approval, Scope

SEEN_EVENT = re.compile(r"(\d{1,18})\.(\d{1,9})\.([0-9a-f]{1,32})", re.ASCII)
VERDICTS = [choice for choice in Approval.choices if choice[0] != Approval.PENDING]


def page_of(data: dict[str, Any]) -> Page:
    """What the person saw, from `made_at`, `count` and `sync` of a form."""
    newest, updated = data["sync"].split(".")
    return Page(data["made_at"], data["count"], (int(newest), int(updated)))


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


class SeenField(forms.CharField):
    """Events as the person saw them: `ID.VERSION.FINGERPRINT`, a hyphen between them."""

    def clean(self, value: object) -> dict[int, Seen]:
        seen = {}
        for text in filter(None, super().clean(value).split("-")):
            found = SEEN_EVENT.fullmatch(text)
            if not found:
                raise forms.ValidationError(f"{text[:80]!r} is not an event's number, version and fingerprint.")
            seen[int(found[1])] = Seen(int(found[2]), found[3])
        return seen


class BulkForm(KeyForm):
    """One verdict on `events`, or on all that `query` names: `count` of them, on a page made at `made_at`."""

    approval = forms.ChoiceField(choices=VERDICTS)
    reason = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=2000, required=False)
    events = SeenField(required=False, max_length=1_000_000)
    query = forms.CharField(required=False, max_length=20_000)
    made_at = forms.DateTimeField(required=False)
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    sync = forms.RegexField(r"^\d{1,18}\.\d{1,9}$", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (self.errors or data["events"] or (data["made_at"] and data["count"] and data["sync"])):
            raise forms.ValidationError("Say which events, or the query with made_at, count and sync of its page.")
        return data

    @property
    def page(self) -> Page:
        return page_of(self.cleaned_data)


class CarryForm(KeyForm):
    """Take over the verdicts proposed for all that `query` names, on the page as in BulkForm."""

    query = forms.CharField(max_length=20_000)
    made_at = forms.DateTimeField()
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    sync = forms.RegexField(r"^\d{1,18}\.\d{1,9}$")

    @property
    def page(self) -> Page:
        return page_of(self.cleaned_data)


class VideoLinkForm(forms.Form):
    other = forms.IntegerField(min_value=1, max_value=2**62)
    earlier = forms.IntegerField(min_value=1, max_value=2**62)
    later = forms.IntegerField(min_value=1, max_value=2**62)


class BulkRunForm(forms.Form):
    do = forms.ChoiceField(choices=[("stop", "stop"), ("resume", "resume")])


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


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(choices=Scope.choices)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, initial=90)


class ViewForm(forms.Form):
    """A name for the filter and the order that `query` says."""

    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)
    shared = forms.BooleanField(required=False)


def sentence(form: forms.Form) -> str:
    """All that is wrong with a form, in one line."""
    return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
