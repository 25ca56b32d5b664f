"""The forms that upload videos, from their addresses and from files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches.models import Connection, Folder, FolderScope
from batches.sync.uploads import ADDRESS_LIMIT, MAX_ADDRESSES
from batches.sync.video_files import MAX_SIDECAR
from batches.sync.views import MOST_VIEWS, ViewFile
from reviewer.forms.fields import IdempotentForm, ShortJSONField


class TargetForm(forms.Form):
    """The folder that videos go into."""

    folder = forms.ModelChoiceField(
        Folder.objects.none(), label=_("Folder"), required=False, empty_label=_("No folder")
    )
    scope = forms.ChoiceField(label=_("Scope without a folder"), choices=FolderScope.choices, required=False)

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].queryset = connection.folders.all()  # type: ignore[attr-defined]

    def order(self) -> dict[str, Any]:
        """What the actions take."""
        return self.cleaned_data | {"scope": self.cleaned_data["scope"] or FolderScope.USER}


class UploadFileForm(TargetForm):
    name = forms.CharField(max_length=1000, strip=False)
    size = forms.IntegerField(min_value=0, max_value=2**62)
    modified = forms.IntegerField(min_value=-(2**53), max_value=2**53)  # milliseconds
    sidecar_name = forms.CharField(max_length=1000, required=False, strip=False)
    sidecar = forms.CharField(max_length=MAX_SIDECAR, required=False, strip=False)
    views = ShortJSONField(required=False, help_text="All files chosen with it, if they are views of recordings.")

    def clean_views(self) -> list[ViewFile]:
        try:
            views = [
                ViewFile(str(row["name"]), int(row["size"]), int(row["modified"]))
                for row in self.cleaned_data["views"] or []
            ]
        except (TypeError, KeyError, ValueError, OverflowError):
            raise forms.ValidationError(_("Expected a list of files with name, size and modified.")) from None
        if len(views) > MOST_VIEWS:
            raise forms.ValidationError(_("At most {most} files at once.").format(most=MOST_VIEWS))
        return views


class UploadAddressesForm(TargetForm, IdempotentForm):
    addresses = forms.CharField(
        label=_("Addresses of videos, one per line"),
        max_length=ADDRESS_LIMIT * MAX_ADDRESSES,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "placeholder": "https://media.example/drive-7.mp4"}),
    )
