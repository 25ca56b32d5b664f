"""Signing in."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from batches import actions


class SignIn(LoginView):
    """Django's own, for which the sign-in page is no place to go on to."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        providers = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        return super().get_context_data(mail=bool(settings.EMAIL_URL), providers=providers, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password is right; a second factor may be asked for."""
        user = form.get_user()
        step = Login(user=user, redirect_url=self.get_success_url())
        return perform_password_login(self.request, {"username": user.get_username()}, step)  # type: ignore[no-any-return]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if actions.nobody_exists():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        url = super().get_redirect_url(request)
        return "" if url.partition("?")[0] == self.request.path else url


@login_not_required
def console_sign_in(request: HttpRequest) -> HttpResponse:
    """The console has no sign-in of its own: it would ask for no second factor."""
    if request.user.is_authenticated and request.user.is_staff:
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied(_("The console is for staff."))
    return redirect_to_login(request.GET.get("next") or "/admin/")
