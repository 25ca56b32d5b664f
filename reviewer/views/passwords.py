"""One's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from batches.actions.limits import PASSWORDS, spend
from batches.actions.people import end_links, end_tokens
from batches.models import Link, Token
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.passwords import OwnPasswordForm
from reviewer.web.htmx import render_page


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
            ended = ["all other sessions"]
            if form.cleaned_data["end_tokens"]:
                ended.append(f"tokens: {end_tokens(user)}")
            if form.cleaned_data["end_links"]:
                ended.append(f"links: {end_links(user)}")
            messages.success(request, f"The password is changed. Ended: {', '.join(ended)}.")
            return redirect("password-change")
    context = {
        "form": form,
        "error": sentence(form) if form.errors else "",
        "tokens": Token.objects.live().filter(user=request.user).count(),
        "links": Link.objects.live().filter(created_by=request.user).count(),
    }
    return render_page(request, "people/password.html", context, status=422 if form.errors else 200)
