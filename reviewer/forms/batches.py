"""What people send about whole batches: status, assignment, metadata, paired videos."""

import re

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.actions import OrderChanges, SeenKey, split_tags
from batches.models import ReviewStatus
from batches.models.batch import MAX_PROJECT
from reviewer.forms.fields import AuthoredForm, ShortJSONField

MAX_BATCHES_PER_EDIT = 200  # in one edit of their metadata


class VideoLinkForm(forms.Form):
    other = forms.IntegerField(min_value=1, max_value=2**62)
    earlier = forms.IntegerField(min_value=1, max_value=2**62)
    later = forms.IntegerField(min_value=1, max_value=2**62)


class MatchByNameForm(forms.Form):
    other = forms.IntegerField(min_value=1, max_value=2**62)
    allowed = forms.BooleanField(required=False)


class AssignForm(AuthoredForm):
    """`query` names the events; the people come beside it, as `people`."""

    query = forms.CharField(max_length=2000, required=False)


class StatusForm(forms.Form):
    status = forms.TypedChoiceField(
        choices=[(status.word, status.label) for status in ReviewStatus], coerce=lambda word: ReviewStatus[word.upper()]
    )


class ResolveForm(forms.Form):
    """Which side of a conflict stays, and both sides as they were `shown` (JSON: step, theirs, value)."""

    name = forms.CharField(max_length=255, strip=False)
    keep = forms.ChoiceField(choices=[("ours", "ours"), ("theirs", "theirs")])
    shown = ShortJSONField()

    def clean_shown(self) -> SeenKey:
        shown = self.cleaned_data["shown"]
        if not isinstance(shown, list) or len(shown) != 3 or type(shown[0]) is not int:
            raise forms.ValidationError(_("Expected a list of step, the vendor's value and our value."))
        return SeenKey(shown[0], shown[1])


class ManyMetadataForm(forms.Form):
    """The batches of one edit: `batch`, once for each."""

    batch = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": gettext_lazy("Select batches in the list first.")}
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ids = [text for text in data.getlist("batch") if re.fullmatch(r"[0-9]{1,18}", text)][:MAX_BATCHES_PER_EDIT]
        self.fields["batch"].choices = [(text, text) for text in ids]  # type: ignore[attr-defined]


class OrganizeForm(forms.Form):
    """What to do with batches. `do=project` and `do=tags` change one thing of several; `save` all of one batch."""

    do = forms.ChoiceField(
        choices=[(name, name) for name in ("save", "project", "tags", "archive", "restore", "remove")]
    )
    name = forms.CharField(max_length=200, required=False)
    project = forms.CharField(max_length=MAX_PROJECT, required=False)
    tags = forms.CharField(max_length=1000, required=False)
    confirmation = forms.CharField(max_length=255, required=False)

    def clean_tags(self) -> list[str]:
        try:
            return split_tags(self.cleaned_data["tags"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def changes(self, *, single: bool) -> OrderChanges:
        """What to change in the batches. `single`: there is only one, so that a name can be given."""
        values, saves = self.cleaned_data, self.cleaned_data["do"] == "save" and single
        return OrderChanges(
            name=values["name"] if saves else None,
            project=values["project"] if saves or values["do"] == "project" else None,
            tags=values["tags"] if saves or values["do"] == "tags" else None,
            replace_tags=saves,
        )
