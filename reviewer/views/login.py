"""Signing in."""

from django.contrib.auth.views import LoginView
from django.http import HttpRequest


class SignIn(LoginView):
    """Django's own, for which the sign-in page is no place to go on to."""

    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        url = super().get_redirect_url(request)
        return "" if url.partition("?")[0] == self.request.path else url
