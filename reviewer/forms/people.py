"""What people send about accounts: the first administrator's."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password


class AccountForm(forms.ModelForm):
    """A new account with a password, typed twice."""

    password1 = forms.CharField(strip=False)
    password2 = forms.CharField(strip=False)

    class Meta:
        model = User
        fields = ("username", "email")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "The two passwords are not the same.")
        elif first:
            try:
                validate_password(first, User(username=cleaned.get("username", ""), email=cleaned.get("email", "")))
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class SetupForm(AccountForm):
    code = forms.CharField(max_length=40)
