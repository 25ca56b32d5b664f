"""What people send about accounts, roles, teams and invitations."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from batches.languages import Language
from batches.models import MailWhen, NotificationKind, Role, Theme
from batches.models.people import MAX_DAYS, check_time_zone


class AccountForm(forms.ModelForm):
    """A new account with a password, typed twice."""

    password1 = forms.CharField(strip=False)
    password2 = forms.CharField(strip=False)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("username", "email")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The passwords do not match."))
        elif first:
            try:
                validate_password(first, User(username=cleaned.get("username", ""), email=cleaned.get("email", "")))
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class SetupForm(AccountForm):
    code = forms.CharField(max_length=40)


class InvitedForm(AccountForm):
    """An invited person's account. The email address is that of the invitation: only then is it known to be theirs."""

    class Meta(AccountForm.Meta):
        fields = ("username",)


class ProfileForm(forms.Form):
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    initials = forms.CharField(max_length=3, required=False)
    time_zone = forms.CharField(max_length=64, validators=[check_time_zone])
    theme = forms.ChoiceField(choices=Theme.choices, required=False)
    language = forms.ChoiceField(choices=Language.choices, required=False)


class NotificationMailForm(forms.Form):
    """When to send emails of each kind; `none`: never any."""

    none = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in NotificationKind.values:
            self.fields[kind] = forms.ChoiceField(choices=MailWhen.choices)

    def when(self) -> dict[str, str]:
        none = self.cleaned_data["none"]
        return {kind: MailWhen.NEVER if none else self.cleaned_data[kind] for kind in NotificationKind.values}


class InviteForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
    email = forms.EmailField(required=False)
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS)


class RoleForm(forms.Form):
    """A member's role; empty: none any more."""

    user = forms.IntegerField(min_value=1, max_value=2**62)
    role = forms.ChoiceField(choices=[("", "none"), *Role.choices], required=False)


class TeamForm(forms.Form):
    name = forms.CharField(max_length=150)


class TeamRoleForm(forms.Form):
    team = forms.IntegerField(min_value=1, max_value=2**62)
    connection = forms.IntegerField(min_value=1, max_value=2**62)
    role = forms.ChoiceField(choices=[("", "none"), *Role.choices], required=False)


class PersonForm(forms.Form):
    email = forms.EmailField(required=False)
    teams = forms.TypedMultipleChoiceField(coerce=int, required=False)
