"""The form that searches an account's analysed events."""

from django import forms
from django.utils.translation import gettext_lazy as _

from batches.actions.searches import MAX_QUESTION
from batches.models import FolderScope
from batches.sync.fields import NAME_LIMIT
from reviewer.forms.fields import IdempotentForm


class SearchForm(IdempotentForm):
    """A question, and the folder whose analysed events it is about."""

    question = forms.CharField(label=_("Question"), max_length=MAX_QUESTION)
    name = forms.CharField(label=_("Folder"), max_length=NAME_LIMIT)
    scope = forms.ChoiceField(label=_("Scope"), choices=FolderScope.choices)
