"""Single sign-on and second factors: how django-allauth behaves here.

Nobody signs up by themselves. An account of the provider signs in to the account here that it is linked with. It is
linked once, by an email address that the provider has verified and that an invitation or an administrator gave the
account.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches import actions
from batches.models.fields import cipher
from reviewer.web.client import client_ip
from reviewer.web.error_pages import error_page
from reviewer.web.sign_in import BACKEND

NO_ACCOUNT = _(
    "You signed in at {name}, but have no account here. Ask a manager or an administrator for an invitation."
)
MAX_GROUPS = 500  # in a claim


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        user.backend = BACKEND
        super().login(request, user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or ""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Add no message: the pages show what happened."""


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OIDC_SIGN_UP)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return self.is_open_for_signup(request, sociallogin)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the provider's account if it is new, and follow its groups. Refuse whoever has no account here."""
        claims = claims_of(sociallogin)
        if not sociallogin.is_existing:
            person = person_of(claims)
            if person is not None:
                _link(request, sociallogin, person)
            elif not self.is_open_for_signup(request, sociallogin):
                page = error_page(request, 403, gettext("No account here"), NO_ACCOUNT.format(name=settings.OIDC_NAME))
                raise ImmediateHttpResponse(page)
            elif claims.get("email_verified") is not True or filter_users_by_email(sociallogin.user.email):
                sociallogin.user.email, sociallogin.email_addresses = "", []  # the new account has none
        if sociallogin.is_existing:
            follow_claim(sociallogin.user, claims)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new account, where sign-up is open. Its email address is one that is verified and nobody else's."""
        user: User = super().save_user(request, sociallogin, form)
        follow_claim(user, claims_of(sociallogin))
        return user


@transaction.atomic
def _link(request: HttpRequest, sociallogin: SocialLogin, person: User) -> None:
    """Whoever opened the invitation to this address must not act with the roles that its owner gets from now on."""
    sociallogin.connect(request, person)
    if actions.give_to_owner(person):
        Authenticator.objects.filter(user=person).delete()


def claims_of(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says about the person: the claims of the token, and those of its user information."""
    data = sociallogin.account.extra_data
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def person_of(claims: dict[str, Any]) -> User | None:
    """The one account with the verified mail address, before those that were deactivated; None if there is none or
    several, or it is not verified.
    """
    address = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(address, str) or not address:
        return None
    people = list(User.objects.filter(email__iexact=address).order_by("-is_active")[:2])
    several = len(people) == 2 and people[0].is_active is people[1].is_active
    return people[0] if people and not several else None


def follow_claim(user: User, claims: dict[str, Any]) -> None:
    """Put the person into the teams that the claim OIDC_ROLE_CLAIM names, and out of all other teams.

    Groups with console permissions are not teams. The provider can neither add nor remove those.
    """
    if not settings.OIDC_ROLE_CLAIM:
        return
    names = claims.get(settings.OIDC_ROLE_CLAIM, [])
    names = names.split() if isinstance(names, str) else names
    named = [name for name in names if isinstance(name, str)][:MAX_GROUPS] if isinstance(names, list) else []
    teams = Group.objects.filter(permissions=None)
    kept = user.groups.exclude(pk__in=teams.values("pk"))
    user.groups.set([*kept, *teams.filter(name__in=named)])
