"""The form that uploads videos from their addresses."""

from typing import Any

from django import forms

from batches.models import Connection, Folder, FolderScope
from batches.sync.uploads import ADDRESS_LIMIT, MAX_ADDRESSES
from reviewer.forms.fields import IdempotentForm


class UploadAddressesForm(IdempotentForm):
    addresses = forms.CharField(
        label="Addresses of videos, one per line",
        max_length=ADDRESS_LIMIT * MAX_ADDRESSES,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "placeholder": "https://media.example/drive-7.mp4"}),
    )
    folder = forms.ModelChoiceField(Folder.objects.none(), label="Folder", required=False, empty_label="No folder")
    scope = forms.ChoiceField(label="Scope without a folder", choices=FolderScope.choices, required=False)

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].queryset = connection.folders.all()  # type: ignore[attr-defined]

    def order(self) -> dict[str, Any]:
        """What `upload_addresses` takes."""
        return self.cleaned_data | {"scope": self.cleaned_data["scope"] or FolderScope.USER}
