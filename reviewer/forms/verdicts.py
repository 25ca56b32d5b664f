"""What people send while they review: verdicts, undo, comments, opinions, presence."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from batches.actions import Page
from batches.bulk.steps import Seen
from batches.models import Approval, CommentKind
from batches.models.batch import MAX_OPINIONS
from batches.models.comment import MAX_COMMENT
from batches.models.corrections import FIELDS, LENGTHS, MAX_SECONDS
from batches.models.drawing import MAX_DRAWING
from reviewer.forms.fields import AuthoredForm, FloatField, IdempotentForm, MadeAtField

SEEN_EVENT = re.compile(r"(\d{1,18})\.(\d{1,9})\.([0-9a-f]{1,32})", re.ASCII)
IDS = r"^([0-9]{1,18}(,[0-9]{1,18}){0,59})?\Z"
PART = re.compile(r"([0-9]{1,8}(?:\.[0-9]{1,6})?)-([0-9]{1,8}(?:\.[0-9]{1,6})?)")
FINGERPRINT = re.compile(r"^[0-9a-f]{1,32}\Z")
VERDICTS = [choice for choice in Approval.choices if choice[0] != Approval.PENDING]


def page_of(data: dict[str, Any]) -> Page:
    """The page that the person saw, from `made_at`, `count` and `sync` of a form."""
    newest, updated = data["sync"].split(".")
    return Page(data["made_at"], data["count"], (int(newest), int(updated)))


class NumbersField(forms.CharField):
    """Numbers apart by spaces, as a list; None without any."""

    def clean(self, value: object) -> list[float] | None:
        try:
            return [float(number) for number in super().clean(value).split()] or None
        except ValueError as error:
            raise forms.ValidationError(_("Give the box as four numbers: left, top, width, height.")) from error


class ValuesForm(AuthoredForm):
    """Corrected values, of the fields that are given; cleaned as `values`."""

    correct_label = forms.CharField(max_length=LENGTHS["label"], required=False)
    correct_category = forms.CharField(max_length=LENGTHS["category"], required=False)
    correct_severity = forms.CharField(max_length=LENGTHS["severity"], required=False)
    correct_start_s = FloatField(min_value=0, max_value=MAX_SECONDS, required=False)
    correct_end_s = FloatField(min_value=0, max_value=MAX_SECONDS, required=False)
    correct_box = NumbersField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        fields = {name: data.pop(f"correct_{name}", None) for name in FIELDS}
        given = {name for name in FIELDS if f"correct_{name}" in self.data}
        data["values"] = {name: value for name, value in fields.items() if name in given and value is not None}
        return data


class CorrectionForm(ValuesForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    fingerprint = forms.RegexField(FINGERPRINT)


class MissedForm(ValuesForm):
    """An event that the vendor missed."""

    note = forms.CharField(max_length=2000, required=False)


class WatchedForm(IdempotentForm):
    unplayable = forms.BooleanField(required=False)
    findings_hidden = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        return data | {"playable": not data.pop("unplayable", False)}


class PartsField(forms.CharField):
    """Parts of a video in seconds as a list of pairs: `0-12.5,40-41`."""

    def clean(self, value: object) -> list[tuple[float, float]]:
        parts = []
        for text in super().clean(value).split(","):
            match = PART.fullmatch(text)
            start, end = (float(match[1]), float(match[2])) if match else (1.0, 0.0)
            if not start <= end <= MAX_SECONDS:
                raise forms.ValidationError(
                    _("{text} is not a part of a video in seconds, such as 0-12.5.").format(text=repr(text[:40]))
                )
            parts.append((start, end))
        return parts


class WatchedPartsForm(forms.Form):
    parts = PartsField(max_length=20_000)


class AssignVideosForm(forms.Form):
    count = forms.IntegerField(min_value=1, max_value=10_000)


class DecisionForm(ValuesForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    fingerprint = forms.RegexField(FINGERPRINT)
    approval = forms.ChoiceField(choices=VERDICTS)
    reason = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=2000, required=False)
    amends = forms.UUIDField(required=False)
    order = forms.CharField(max_length=20, required=False)  # of the deck; `sample`: part of a random sample


class SeenField(forms.CharField):
    """Events as the person saw them: `ID.VERSION.FINGERPRINT`, separated by hyphens."""

    def clean(self, value: object) -> dict[int, Seen]:
        seen = {}
        for text in filter(None, super().clean(value).split("-")):
            match = SEEN_EVENT.fullmatch(text)
            if not match:
                raise forms.ValidationError(
                    _("{text} is not an event's number, version and fingerprint.").format(text=repr(text[:80]))
                )
            seen[int(match[1])] = Seen(int(match[2]), match[3])
        return seen


class BulkForm(ValuesForm):
    """One verdict on `events`, or on all events of `query`: `count` of them, on a page made at `made_at`.

    With corrected values the verdict can be left out.
    """

    approval = forms.ChoiceField(choices=VERDICTS, required=False)
    reason = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=2000, required=False)
    events = SeenField(required=False, max_length=1_000_000)
    amends = forms.UUIDField(required=False)  # the earlier verdict on these events, to add a reason to it
    query = forms.CharField(required=False, max_length=20_000)
    made_at = MadeAtField(required=False)
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    sync = forms.RegexField(r"^\d{1,18}\.\d{1,9}$", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not (self.errors or data["events"] or (data["made_at"] and data["count"] and data["sync"])):
            raise forms.ValidationError(_("Give the events, or the query with made_at, count and sync of its page."))
        if not (self.errors or data["approval"] or data["values"]):
            raise forms.ValidationError(_("Give an approval, or values to correct."))
        if data.get("amends") and not data["events"]:
            raise forms.ValidationError(_("Give the events to add a reason to."))
        return data

    @property
    def page(self) -> Page:
        return page_of(self.cleaned_data)


class CopyVerdictsForm(AuthoredForm):
    """Copy the proposed verdicts to all events of `query`. The other fields describe the page, as in BulkForm."""

    query = forms.CharField(max_length=20_000)
    made_at = MadeAtField()
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    sync = forms.RegexField(r"^\d{1,18}\.\d{1,9}$")

    @property
    def page(self) -> Page:
        return page_of(self.cleaned_data)


class BulkRunForm(forms.Form):
    do = forms.ChoiceField(choices=[("stop", "stop"), ("resume", "resume")])


class UndoForm(AuthoredForm):
    action = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    target = forms.UUIDField(required=False)  # or the key of the verdict to undo


SCOPES = [("batch", "the whole batch"), ("category", "a category")]


class CertifyForm(IdempotentForm):
    """The sample as the person saw it: of the batch, or (`scope=category`) of a category, whose name may be empty."""

    scope = forms.ChoiceField(choices=SCOPES)
    category = forms.CharField(max_length=255, required=False, strip=False)
    approved = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    rejected = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class CertifyRecallForm(IdempotentForm):
    """The sample of watched videos as the person saw it, with the scope of `CertifyForm`."""

    scope = forms.ChoiceField(choices=SCOPES)
    category = forms.CharField(max_length=255, required=False, strip=False)
    hits = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    missed = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class ConsistentVerdictForm(IdempotentForm):
    """The verdict, and the state of its events on the page: when, how many, and after which sync."""

    verdict = forms.ChoiceField(choices=VERDICTS)
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    made_at = MadeAtField()
    sync = forms.IntegerField(min_value=0, max_value=2**62)
    updated = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class PresenceForm(forms.Form):
    """The state of an open page. `wanted`: ids of at most 60 events, separated by commas."""

    token = forms.UUIDField()
    event = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    wanted = forms.RegexField(IDS, required=False, strip=False)
    count = forms.IntegerField(min_value=0, max_value=12, required=False)
    counts = forms.BooleanField(required=False)
    leave = forms.BooleanField(required=False)

    def clean_wanted(self) -> list[int]:
        return [int(text) for text in self.cleaned_data["wanted"].split(",") if text]


class OpinionsForm(forms.Form):
    wanted = forms.IntegerField(min_value=1, max_value=MAX_OPINIONS)


class FlagForm(forms.Form):
    on = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda word: word == "1")


class CommentForm(AuthoredForm):
    """`kind` as in `batches.actions.comment`; without it, `text` is a new comment."""

    kind = forms.ChoiceField(choices=CommentKind.choices, required=False)
    text = forms.CharField(max_length=MAX_COMMENT, required=False)
    target = forms.UUIDField(required=False)
    drawing = forms.CharField(max_length=MAX_DRAWING, required=False)
