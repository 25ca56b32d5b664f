"""What people send about connections: batches to add, files to import, webhooks, tokens."""

from django import forms

from batches.actions import ConnectionSettings
from batches.models import HookEvent, HookFormat, Scope, Vendor
from batches.models.connection import check_reasons
from batches.models.token import MAX_DAYS
from reviewer.forms.fields import IdempotentForm


class AddBatchForm(IdempotentForm):
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    text = forms.CharField(max_length=50_000)
    key = forms.UUIDField(required=False)  # of a list: sent twice, it is added once


class KeyForm(forms.Form):
    """A vendor's key and where it is valid."""

    vendor = forms.ChoiceField(choices=Vendor.choices)
    base_url = forms.CharField(max_length=500)
    api_key = forms.CharField(max_length=2000)


class ConnectionForm(forms.Form):
    """A new connection; only those for files have no address and no key."""

    name = forms.CharField(max_length=80)
    base_url = forms.CharField(max_length=500, required=False)
    api_key = forms.CharField(max_length=2000, required=False)
    unchecked = forms.BooleanField(required=False)


class ConnectionSettingsForm(forms.Form):
    """A connection's settings, and a new key beside them."""

    name = forms.CharField(max_length=80)
    base_url = forms.CharField(max_length=500, required=False)
    paused = forms.BooleanField(required=False)
    free_values = forms.BooleanField(required=False)
    reject_reasons = forms.CharField(max_length=2000, required=False, validators=[check_reasons])
    invalid_reasons = forms.CharField(max_length=2000, required=False, validators=[check_reasons])
    api_key = forms.CharField(max_length=2000, required=False)
    other_account = forms.BooleanField(required=False)

    def settings(self) -> ConnectionSettings:
        values = self.cleaned_data
        return ConnectionSettings(**{name: values[name] for name in ConnectionSettings.__dataclass_fields__})


class ScheduleForm(forms.Form):
    watching = forms.BooleanField(required=False)
    discovering = forms.BooleanField(required=False)


class VendorWebhookSecretForm(forms.Form):
    secret = forms.CharField(max_length=200, required=False)


class WebhookForm(forms.Form):
    url = forms.CharField(max_length=2000)
    events = forms.MultipleChoiceField(choices=HookEvent.choices)


class SecretWebhookForm(WebhookForm):
    """A change of a webhook with a secret address, which stays where `url` is empty."""

    url = forms.CharField(max_length=2000, required=False)


class NewWebhookForm(WebhookForm):
    hook_format = forms.ChoiceField(choices=HookFormat.choices, required=False)

    def clean_hook_format(self) -> str:
        return self.cleaned_data["hook_format"] or HookFormat.SIGNED


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(choices=Scope.choices)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, initial=90)
