"""The addresses of django-allauth that are in use, under our own paths: single sign-on and second factors."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.generic import RedirectView

# allauth sends people to these two by their names; the pages are our own.
SIGN_IN = login_not_required(RedirectView.as_view(pattern_name="login", query_string=True))
SIGN_OUT = login_not_required(LogoutView.as_view())


@login_not_required
def provider_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider by a page in between: browsers let a form lead to no other site (`form-action`), not even by a
    redirect, and which sites a provider sends people on to is not known here.
    """
    answer: HttpResponse = openid_connect.login(request, provider_id)
    if request.method != "POST":
        return redirect("login")
    address = answer.headers.get("Location", "")
    if not address.startswith(("http://", "https://")):
        return answer
    page = render(request, "socialaccount/to_provider.html", {"address": address})
    page.headers["Refresh"] = f"0; url={address}"
    return page


sign_in_patterns = [
    path("account/sign-in/", SIGN_IN, name="account_login"),
    path("account/sign-out/", SIGN_OUT, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("sso/<str:provider_id>/", provider_sign_in, name="openid_connect_login"),
    path("sso/<str:provider_id>/callback/", openid_connect.callback, name="openid_connect_callback"),
    path("sso-canceled/", login_not_required(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("sso-failed/", login_not_required(social.login_error), name="socialaccount_login_error"),
    path("account/second-factor/", mfa.index, name="mfa_index"),
    path("account/second-factor/code/", mfa.authenticate, name="mfa_authenticate"),
    path("account/second-factor/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/second-factor/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/recovery/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/recovery/new/", recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes"),
    path("account/second-factor/recovery/file/", recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes"),
    path("account/second-factor/keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/second-factor/keys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/second-factor/keys/confirm/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/second-factor/keys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/second-factor/keys/<int:pk>/name/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]  # fmt: skip
