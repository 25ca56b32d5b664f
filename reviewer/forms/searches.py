"""The form that searches an account's analysed events."""

from typing import Any

from django import forms

from batches.actions.searches import MAX_QUESTION
from batches.models import Connection, Folder
from reviewer.forms.fields import IdempotentForm


class SearchForm(IdempotentForm):
    """A question, and the folder whose analysed events it is about."""

    question = forms.CharField(label="Question", max_length=MAX_QUESTION)
    folder: forms.ModelChoiceField[Folder] = forms.ModelChoiceField(
        label="Folder", queryset=Folder.objects.none(), empty_label=None
    )

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].queryset = connection.folders.exclude(name="")  # type: ignore[attr-defined]
