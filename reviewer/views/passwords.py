"""One's own password: changed, or set anew through a mailed link."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetDoneView, PasswordResetView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from batches.actions.limits import PASSWORDS, spend
from batches.actions.links import end_links
from batches.actions.people import end_sessions, end_tokens
from batches.errors import TooMany
from batches.languages import comma_list
from batches.models import Link, Tally, Token
from batches.models.tally import tally_key
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.passwords import OwnPasswordForm
from reviewer.web.client import network_of
from reviewer.web.htmx import render_page
from reviewer.web.password_links import password_link_tokens

READ_AND_POST = ["get", "head", "post"]
RESETS, RESET_PERIOD = 5, timedelta(hours=1)  # mails, for one network and for one email address


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: SignedIn) -> HttpResponse:
    """The person's other sessions end with the old password; this one goes on under a new id."""
    form = OwnPasswordForm(request.user)
    if request.method == "POST":
        spend(PASSWORDS, request.user)
        form = OwnPasswordForm(request.user, request.POST)
        if form.is_valid():
            user = form.save()
            update_session_auth_hash(request, user)
            ended = [_("all other sessions")]
            if form.cleaned_data["end_tokens"]:
                ended.append(_("tokens: {count}").format(count=end_tokens(user)))
            if form.cleaned_data["end_links"]:
                ended.append(_("links: {count}").format(count=end_links(creator=user.pk, by=user)))
            done = _("The password is changed. Ended: {list}.").format(list=comma_list(ended))
            messages.success(request, done)
            return redirect("password-change")
    context = {
        "form": form,
        "error": sentence(form) if form.errors else "",
        "tokens": Token.objects.live().filter(user=request.user).count(),
        "links": Link.objects.live().filter(created_by=request.user).count(),
    }
    return render_page(request, "people/password.html", context, status=422 if form.errors else 200)


@method_decorator(login_not_required, name="dispatch")
class ResetPassword(PasswordResetView):
    """Mails a link for a new password. The answer does not tell whether the address is somebody's."""

    http_method_names = READ_AND_POST
    template_name = "people/password_reset.html"
    email_template_name = "people/mail/password_reset.txt"
    subject_template_name = "people/mail/password_reset_subject.txt"
    success_url = reverse_lazy("password-reset-sent")
    token_generator = password_link_tokens

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.EMAIL_URL:
            raise Http404(_("This installation sends no email."))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        for who in ("address", network_of(self.request)), ("mail", form.cleaned_data["email"].casefold()):
            tally = Tally.objects.add(tally_key("password reset", *who), RESET_PERIOD)
            if tally.count > RESETS:
                raise TooMany(_("Too many emails for a new password. Try again later."), tally.seconds_left)
        self.extra_email_context = {"public_url": settings.PUBLIC_URL}
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ResetSent(PasswordResetDoneView):
    template_name = "people/password_reset_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(mail_is_printed=settings.MAIL_IS_PRINTED, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class NewPassword(PasswordResetConfirmView):
    """Where the mailed link leads: a new password, which ends all sessions of the old one."""

    http_method_names = READ_AND_POST
    template_name = "people/password_new.html"
    success_url = reverse_lazy("login")
    token_generator = password_link_tokens

    def get_user(self, uidb64: str) -> User | None:
        user: User | None = super().get_user(uidb64)
        return user if user and user.is_active else None

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        response = super().form_valid(form)
        end_sessions(form.user)
        messages.success(self.request, _("The password is changed. Sign in with it."))
        return response
