"""What people send about connections: batches to add, files to import, webhooks, tokens."""

from django import forms

from batches.models import HookEvent, Scope
from batches.models.token import MAX_DAYS
from reviewer.forms.fields import IdempotentForm


class AddBatchForm(IdempotentForm):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    text = forms.CharField(max_length=50_000)
    key = forms.UUIDField(required=False)  # of a list: sent twice, it is added once


class ScheduleForm(forms.Form):
    watching = forms.BooleanField(required=False)
    discovering = forms.BooleanField(required=False)


class VendorWebhookSecretForm(forms.Form):
    secret = forms.CharField(max_length=200, required=False)


class WebhookForm(forms.Form):
    url = forms.CharField(max_length=2000)
    events = forms.MultipleChoiceField(choices=HookEvent.choices)


class UploadForm(forms.Form):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    file = forms.FileField(allow_empty_file=True)
    batch = forms.CharField(max_length=255, required=False)


class ImportForm(forms.Form):
    """What to do with a checked file; `map` says anew which column is which (`map-video=…`), and which batch it is."""

    do = forms.ChoiceField(choices=[("map", "map"), ("confirm", "confirm"), ("discard", "discard")])
    decide = forms.BooleanField(required=False)
    batch = forms.CharField(max_length=255, required=False)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(choices=Scope.choices)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, initial=90)
