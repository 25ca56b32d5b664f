"""Signing in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from batches import actions


class SignIn(LoginView):
    """Django's own, for which the sign-in page is no place to go on to."""

    redirect_authenticated_user = True
    extra_context = {"mail": bool(settings.EMAIL_URL)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if actions.nobody_exists():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        url = super().get_redirect_url(request)
        return "" if url.partition("?")[0] == self.request.path else url
