"""The form that has a vendor train an agent."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from batches.models import Connection, TrainedAgent
from reviewer.forms.fields import IdempotentForm


class TrainForm(IdempotentForm):
    """`batch` (the vendor's ids, repeated) and `more` (ids in a text, one per line)."""

    agent = forms.ModelChoiceField(
        TrainedAgent.objects.none(), label=_("Agent"), required=False, empty_label=_("A new agent")
    )
    name = forms.CharField(
        label=_("Name of the new agent"),
        required=False,
        max_length=255,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    more = forms.CharField(
        label=_("Further batch IDs, one per line"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = connection.agents.all()  # type: ignore[attr-defined]

    def batches(self) -> list[str]:
        """The ids that were ticked, then those that were typed."""
        posted = cast("QueryDict", self.data)
        return [*posted.getlist("batch"), *self.cleaned_data["more"].split()]
