"""What people send: a verdict, an undo, a batch to bring in."""

import re
from typing import Any

from django import forms
from django.http import QueryDict

from batches.actions import Page, SeenKey, links, tokens
from batches.bulk.steps import Seen
from batches.export.download import Format, Rows
from batches.models import Approval, CommentKind, HookEvent, ReviewStatus, Scope
from batches.models.batch import MAX_OPINIONS
from batches.models.comment import MAX_COMMENT

SEEN_EVENT = re.compile(r"(\d{1,18})\.(\d{1,9})\.([0-9a-f]{1,32})", re.ASCII)
IDS = r"^([0-9]{1,18}(,[0-9]{1,18}){0,59})?\Z"
FINGERPRINT = re.compile(r"^[0-9a-f]{1,32}\Z")
FILES = [f"{rows}.{kind}" for rows in Rows for kind in Format if rows == Rows.EVENTS or kind != Format.JSON]
MOST_BATCHES = 200  # in one edit of their metadata
VERDICTS = [choice for choice in Approval.choices if choice[0] != Approval.PENDING]


def page_of(data: dict[str, Any]) -> Page:
    """What the person saw, from `made_at`, `count` and `sync` of a form."""
    newest, updated = data["sync"].split(".")
    return Page(data["made_at"], data["count"], (int(newest), int(updated)))


class MadeAtField(forms.DateTimeField):
    """When a page was made: years with which one can calculate."""

    def to_python(self, value: Any) -> Any:
        made_at = super().to_python(value)
        if made_at and not 2000 <= made_at.year <= 2200:
            raise forms.ValidationError("No page was made then.")
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


class DecisionForm(KeyForm):
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    fingerprint = forms.RegexField(FINGERPRINT)
    approval = forms.ChoiceField(choices=VERDICTS)
    reason = forms.CharField(max_length=80, required=False)
    note = forms.CharField(max_length=2000, required=False)
    amends = forms.UUIDField(required=False)
    order = forms.CharField(max_length=20, required=False)  # that the deck was in; `sample` makes it part of a sample


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
    amends = forms.UUIDField(required=False)  # the verdict on these events that a reason is added to
    query = forms.CharField(required=False, max_length=20_000)
    made_at = MadeAtField(required=False)
    count = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    sync = forms.RegexField(r"^\d{1,18}\.\d{1,9}$", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (self.errors or data["events"] or (data["made_at"] and data["count"] and data["sync"])):
            raise forms.ValidationError("Say which events, or the query with made_at, count and sync of its page.")
        if data.get("amends") and not data["events"]:
            raise forms.ValidationError("A reason is added to events that are named.")
        return data

    @property
    def page(self) -> Page:
        return page_of(self.cleaned_data)


class CarryForm(KeyForm):
    """Take over the verdicts proposed for all that `query` names, on the page as in BulkForm."""

    query = forms.CharField(max_length=20_000)
    made_at = MadeAtField()
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
    made_at = MadeAtField()
    sync = forms.IntegerField(min_value=0, max_value=2**62)
    updated = forms.IntegerField(min_value=0, max_value=2**31 - 1)


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


class CommentForm(KeyForm):
    """`kind` as in `batches.actions.comment`; absent: somebody says `text`."""

    kind = forms.ChoiceField(choices=CommentKind.choices, required=False)
    text = forms.CharField(max_length=MAX_COMMENT, required=False)
    target = forms.UUIDField(required=False)


class AssignForm(KeyForm):
    """`query` names the events; the people come beside it, as `people`."""

    query = forms.CharField(max_length=2000, required=False)


class StatusForm(forms.Form):
    status = forms.TypedChoiceField(
        choices=[(status.word, status.label) for status in ReviewStatus], coerce=lambda word: ReviewStatus[word.upper()]
    )


COMMAND = re.compile(r"[a-z][a-z0-9-]{0,29}")
SINGLE_KEY = re.compile(r"(shift\+)?([!-~ ]|Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown|F\d{1,2})")


class KeysForm(forms.Form):
    """`keys`: name of the command → one key, as the pages' key table has them: `a`, `shift+z`, `ArrowLeft`."""

    single_keys = forms.BooleanField(required=False)
    keys = ShortJSONField(required=False)

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
    text = forms.CharField(max_length=50_000)


class ScheduleForm(forms.Form):
    watching = forms.BooleanField(required=False)
    discovering = forms.BooleanField(required=False)


class HintSecretForm(forms.Form):
    secret = forms.CharField(max_length=200, required=False)


class WebhookForm(forms.Form):
    url = forms.CharField(max_length=2000)
    events = forms.MultipleChoiceField(choices=HookEvent.choices)


class UploadForm(forms.Form):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    file = forms.FileField(allow_empty_file=True)
    batch = forms.CharField(max_length=255, required=False)


class ImportForm(forms.Form):
    """What to do with a checked file; `map` says anew which column is which (`map-video=…`), and which batch it is."""

    do = forms.ChoiceField(choices=[("map", "map"), ("confirm", "confirm"), ("discard", "discard")])
    decide = forms.BooleanField(required=False)
    batch = forms.CharField(max_length=255, required=False)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(choices=Scope.choices)
    days = forms.IntegerField(min_value=1, max_value=tokens.MAX_DAYS, initial=90)


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
    columns = forms.CharField(max_length=1000, required=False)  # instead of those of the address


class LinkForm(forms.Form):
    """A link to one batch: what it is called, what comes out of it, how long it lives."""

    key = forms.UUIDField()
    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)  # the filter, or that of the `view`
    view = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    file = forms.ChoiceField(choices=[(file, file) for file in FILES])
    columns = forms.CharField(max_length=1000, required=False)
    days = forms.IntegerField(min_value=1, max_value=links.MAX_DAYS)
    vendor_thumbnails = forms.BooleanField(required=False)
    clips = forms.BooleanField(required=False)


class ResolveForm(forms.Form):
    """Which side of a conflict stays, and both sides as they were `shown` (JSON: step, theirs, value)."""

    name = forms.CharField(max_length=255, strip=False)
    keep = forms.ChoiceField(choices=[("ours", "ours"), ("theirs", "theirs")])
    shown = ShortJSONField()

    def clean_shown(self) -> SeenKey:
        shown = self.cleaned_data["shown"]
        if not isinstance(shown, list) or len(shown) != 3 or type(shown[0]) is not int:
            raise forms.ValidationError("A list of step, the vendor's value and ours was expected.")
        return SeenKey(shown[0], shown[1])


class ManyMetadataForm(forms.Form):
    """The batches of one edit: `batch`, once for each."""

    batch = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "Choose batches in the list first."})

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        chosen = [text for text in data.getlist("batch") if re.fullmatch(r"[0-9]{1,18}", text)][:MOST_BATCHES]
        self.fields["batch"].choices = [(text, text) for text in chosen]  # type: ignore[attr-defined]


def sentence(form: forms.Form) -> str:
    """All that is wrong with a form, in one line."""
    return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
