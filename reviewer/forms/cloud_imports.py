"""The form that imports videos from cloud storage."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from batches.models import CloudImport, Connection, Folder, FolderScope
from batches.sync.clouds import MAX_LIST_BYTES, Integration
from reviewer.forms.fields import IdempotentForm

SOURCES = {"gcs": "Google Cloud Storage", "s3": "Amazon S3"}


class CloudImportForm(IdempotentForm):
    """A list of objects, typed or as a file, and where their videos go.

    `integrations`: to choose from; None where the vendor did not list them, so that an ID can be typed.
    """

    addresses = forms.CharField(
        label=_("Objects, one address per line"),
        required=False,
        max_length=MAX_LIST_BYTES,
        widget=forms.Textarea({"rows": 8, "spellcheck": "false", "placeholder": "gs://fleet-archive/trip-7/000.mp4"}),
    )
    file = forms.FileField(label=_("Or a text file with such a list"), required=False)
    integration = forms.CharField(label=_("Integration"), max_length=255, required=False)
    folder = forms.ModelChoiceField(
        Folder.objects.none(), label=_("Folder"), required=False, empty_label=_("No folder")
    )
    scope = forms.ChoiceField(label=_("Scope without a folder"), choices=FolderScope.choices, required=False)

    def __init__(
        self, connection: Connection, integrations: list[Integration] | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].queryset = connection.folders.all()  # type: ignore[attr-defined]
        if integrations is None:
            self.fields["integration"].label = _("ID of the integration")
        else:
            names = {row.external_id: f"{row.name or row.external_id} ({_place(row)})" for row in integrations}
            none = ("", _("None (Amazon S3 only)"))
            self.fields["integration"].widget = forms.Select(choices=[none, *names.items()])

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > MAX_LIST_BYTES:
            most = number_format(MAX_LIST_BYTES, force_grouping=True)
            raise forms.ValidationError(_("A list has at most {most} bytes.").format(most=most))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("A list is a text file in UTF-8.")) from error

    def order(self) -> dict[str, Any]:
        """What `start_cloud_import` takes."""
        data = self.cleaned_data
        return {
            "addresses": f"{data['addresses']}\n{data['file']}",
            "integration": data["integration"],
            "folder": data["folder"],
            "scope": data["scope"] or FolderScope.USER,
            "idempotency_key": data["idempotency_key"],
        }


def _place(integration: Integration) -> str:
    return f"{SOURCES[integration.provider]}{', ' if integration.bucket else ''}{integration.bucket}"


def values_again(run: CloudImport) -> dict[str, Any]:
    """The form's first values for another import: of what failed, or of all objects where none has started."""
    failed = run.videos.failed().exclude(source_uri="").values_list("source_uri", flat=True)
    return {
        "addresses": "\n".join(failed if run.job_id else (run.address + key for key in run.keys)),
        "integration": run.integration,
        "folder": run.folder_id,
        "scope": run.scope,
    }
