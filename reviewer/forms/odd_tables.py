"""The form of a structured ODD: its columns and its videos."""

from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from batches.sync.odd_columns import Column
from reviewer.forms.fields import IdempotentForm, read_ids


class OddForm(IdempotentForm):
    """`video` (ids, repeated) and `more` (ids in a text, one per line)."""

    more = forms.CharField(
        label=_("Further video IDs, one per line"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
    )

    def videos(self) -> list[str]:
        """The ids that were ticked, then those that were typed."""
        posted = cast("QueryDict", self.data)
        return [*read_ids(posted, "video"), *self.cleaned_data["more"].split()]


def posted_columns(posted: QueryDict) -> list[Column]:
    """The columns of the page: `name`, `prompt`, `type` and `literals` once for each, `use` with its number.

    Raises ValueError with a message to show.
    """
    fields = [posted.getlist(name) for name in ("name", "prompt", "type", "literals")]
    if len({len(texts) for texts in fields}) > 1:
        raise ValueError(_("columns: a name, a prompt, a type and values are expected for each."))
    used = set(posted.getlist("use"))
    return [
        Column(
            name, prompt, kind, tuple(text.strip() for text in literals.split(",") if text.strip()), str(row) in used
        )
        for row, (name, prompt, kind, literals) in enumerate(zip(*fields, strict=True))
    ]
