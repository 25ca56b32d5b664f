"""The form that starts a batch at a vendor."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from batches.models import Batch, Connection
from batches.sync.fields import NAME_LIMIT
from batches.sync.questions import MAX_PROMPT, SEGMENTS, Choices, Question
from batches.sync.vendors import vendor_of
from reviewer.forms.fields import IdempotentForm, read_ids

MODES = ("definitions", "schema")  # fields of a vendor with modes
OPTIONS = ("agent", "category", "confidence", "overlay", "thumbnails", "motion")  # of one without
NO_AGENT = gettext_noop("A prompt of your own")
ASK = gettext_noop("Ask, with the options below")


class StartForm(IdempotentForm):
    """What to ask, and of which videos: `video` (ids, repeated) and `more` (ids in a text, one per line)."""

    agent = forms.ChoiceField(label=_("Ask for"), required=False)
    prompt = forms.CharField(
        label=_("Prompt"),
        required=False,
        max_length=MAX_PROMPT,
        widget=forms.Textarea(
            {"rows": 3, "dir": "auto", "placeholder": _("near misses, people or animals on the road")}
        ),
    )
    mode = forms.ChoiceField(label=_("Kind of prompt"), required=False)
    definitions = forms.CharField(
        label=_("Segments to look for, one per line"),
        required=False,
        max_length=MAX_PROMPT,
        widget=forms.Textarea(
            {"rows": 3, "dir": "auto", "placeholder": _("risk: Anything a driver should have seen coming")}
        ),
        help_text=_("With segments only. A JSON list of definitions may have fields, too."),
    )
    schema = forms.CharField(
        label=_("JSON schema of the answer"),
        required=False,
        max_length=MAX_PROMPT,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
        help_text=_("With texts only. Empty: plain text."),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    confidence = forms.ChoiceField(label=_("Confidence"), required=False)
    overlay = forms.ChoiceField(label=_("Read from the picture"), required=False)
    thumbnails = forms.BooleanField(label=_("Create a thumbnail of each event"), required=False)
    motion = forms.BooleanField(label=_("Enhanced motion analysis"), required=False)
    more = forms.CharField(
        label=_("Further video IDs, one per line"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = vendor_of(connection.vendor).choices or Choices({}, {}, {}, {})
        for name in OPTIONS if choices.modes else MODES:
            del self.fields[name]
        self.fields["mode"].help_text = _(choices.options_note) if choices.options_note else ""
        if choices.modes:
            self.fields["mode"].required = True
            self.fields["mode"].label = _("Answer")
            self.fields["prompt"].help_text = _("With texts only: segments are found by their definitions.")
            self.fields["more"].label = _("Further asset IDs, one per line; ID=name gives the item a custom_id")
        options = {
            "mode": choices.modes or {"": ASK, **choices.prompts},
            "agent": {
                "": NO_AGENT,
                **{name: _("{name} agent").format(name=_(label)) for name, label in choices.agents.items()},
            },
            "category": choices.categories,
            "confidence": choices.confidences,
            "overlay": {"": gettext_noop("Nothing"), **choices.overlays},
        }
        for name, labels in options.items():
            if name not in self.fields:
                continue
            self.fields[name].choices = [(value, _(label)) for value, label in labels.items()]  # type: ignore[attr-defined]

    def question_fields(self) -> list[forms.BoundField]:
        """Of a vendor with modes, in the order of the page."""
        return [self[name] for name in ("mode", "prompt", "schema", "definitions")]

    def question(self) -> Question:
        data = self.cleaned_data
        if "definitions" in self.fields:
            return Question.from_fields(**{name: data[name] for name in ("prompt", "mode", *MODES)})
        return Question.from_fields(
            agent=data["agent"],
            mode=data["mode"],
            prompt=data["prompt"],
            category=data["category"] or "driving",
            confidence=data["confidence"] or "low",
            overlay=data["overlay"],
            thumbnails=data["thumbnails"],
            motion=data["motion"],
        )

    def videos(self) -> list[str]:
        """The ids that were ticked, then those that were typed."""
        posted = cast("QueryDict", self.data)
        return [*read_ids(posted, "video"), *self.cleaned_data["more"].split()]


class UploadBatchForm(IdempotentForm):
    """The files of a batch come with the request, as `file`."""

    collection = forms.CharField(
        label=_("Collection"), required=False, max_length=NAME_LIMIT,
        help_text=_("Where the files go at the vendor. Empty: its default collection."),
    )  # fmt: skip
    again = forms.BooleanField(
        label=_("Analyse files again that the vendor knows"), required=False,
        help_text=_("Else it skips them, and does not say how its results show that."),
    )  # fmt: skip


def parent_values(batch: Batch) -> dict[str, Any]:
    """The form's first values for another run over a batch's videos."""
    start = getattr(batch, "start", None)
    if start is not None:
        return dict(start.question)
    if batch.batch_type == SEGMENTS:  # its prompt is its definitions
        return {"mode": SEGMENTS, "definitions": batch.prompt.replace("; ", "\n")}
    return {"prompt": batch.prompt, "category": batch.category or "driving", "thumbnails": True}
