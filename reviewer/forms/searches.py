"""The form that searches an account's analysed events."""

from django import forms

from batches.actions.searches import MAX_QUESTION
from batches.models import FolderScope
from batches.sync.fields import NAME_LIMIT
from reviewer.forms.fields import IdempotentForm


class SearchForm(IdempotentForm):
    """A question, and the folder whose analysed events it is about."""

    question = forms.CharField(label="Question", max_length=MAX_QUESTION)
    name = forms.CharField(label="Folder", max_length=NAME_LIMIT)
    scope = forms.ChoiceField(label="Scope", choices=FolderScope.choices)
