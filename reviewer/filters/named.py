"""Lists of things with names that grow without end: a page of them, and a search by name."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from reviewer.forms.fields import sentence
from reviewer.ordering.keyset import Sort, page

PAGE_ROWS = 50
NEWEST = Sort(gettext_lazy("Newest first"), ("id",), descending=True)
BY_NAME = Sort(gettext_lazy("Name"), ("name", "id"), by_text=True)


class NameForm(forms.Form):
    name = forms.CharField(required=False, max_length=80, label=gettext_lazy("Name"))


@dataclass(frozen=True, slots=True)
class NamedPage:
    """`more`: the cursor of the next page; empty on the last one. `is_searchable`: there may be more than a page."""

    rows: list[Any]
    more: str
    name: str

    @property
    def is_searchable(self) -> bool:
        return bool(self.name or self.more)


def named_page(query: QueryDict, rows: QuerySet[Any], sort: Sort = NEWEST) -> NamedPage:
    """Those whose name has the text of `name=`, from where `after=` says. Raises BadRequest."""
    form = NameForm(query)
    if not form.is_valid():
        raise BadRequest(sentence(form))
    name = form.cleaned_data["name"]
    return NamedPage(*page(query, sort, rows.filter(name__icontains=name) if name else rows, PAGE_ROWS), name)
