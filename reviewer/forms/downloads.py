"""What people send to get files: exports, links, saved views."""

from django import forms
from django.utils.translation import gettext_lazy as _

from batches.actions import links
from batches.export.download import WRITERS, Format, Rows
from reviewer.forms.fields import IdempotentForm

ONLY = {Format.JSON: Rows.EVENTS, **dict.fromkeys(WRITERS, Rows.DATASET)}  # formats of one kind of rows
FILES = [f"{rows}.{kind}" for rows in Rows for kind in Format if ONLY.get(kind, rows) == rows]


LINK_DAYS = {7: _("a week"), 30: _("30 days"), 90: _("90 days"), 365: _("a year")}


class ViewForm(forms.Form):
    """A name for the filter and the order that `query` says."""

    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)
    shared = forms.BooleanField(required=False)


class ExportForm(IdempotentForm):
    """`query`: the address of the download, as the page that asks shows it."""

    query = forms.CharField(max_length=4000)
    file = forms.ChoiceField(choices=[(file, file) for file in FILES])
    columns = forms.CharField(max_length=1000, required=False)  # instead of those of the address


class BoardLinkForm(IdempotentForm):
    """A link to the figures of the board: what it is called, which figures, how long it lives."""

    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)
    days = forms.IntegerField(min_value=1, max_value=links.MAX_DAYS)


class LinkForm(IdempotentForm):
    """A link to one batch: what it is called, what comes out of it, how long it lives."""

    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=2000, required=False)  # the filter, or that of the `view`
    view = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    file = forms.ChoiceField(choices=[(file, file) for file in FILES])
    columns = forms.CharField(max_length=1000, required=False)
    days = forms.IntegerField(min_value=1, max_value=links.MAX_DAYS)
    vendor_thumbnails = forms.BooleanField(required=False)
    clips = forms.BooleanField(required=False)
