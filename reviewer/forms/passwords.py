"""The form for one's own password."""

from django import forms
from django.contrib.auth.forms import PasswordChangeForm


class OwnPasswordForm(PasswordChangeForm):
    """Django's own, and what else may end: whoever knew the old password may have made it."""

    end_tokens = forms.BooleanField(required=False)
    end_links = forms.BooleanField(required=False)
