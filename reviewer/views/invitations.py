"""Accepting an invitation: with a new account, or with the one that is signed in."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.errors import Conflict
from batches.models import Invitation, Role
from reviewer.forms.people import InvitedForm
from reviewer.web.error_pages import error_page
from reviewer.web.htmx import render_page
from reviewer.web.sign_in import BACKEND

CLOSED = _("The invitation was used or revoked, or it has expired. Ask the person who sent it for a new one.")


@never_cache
@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    invited = Invitation.objects.of_token(token)
    if invited is None:
        return error_page(request, 404, gettext("Invitation closed"), str(CLOSED))
    form = InvitedForm(request.POST if request.method == "POST" and not request.user.is_authenticated else None)
    if request.method == "POST":
        try:
            if user := _accept(request, invited, form):
                role = Role(invited.role).word
                welcome = gettext("You are now {role} of {connection}.")
                messages.success(request, welcome.format(role=role, connection=invited.connection))
                if not request.user.is_authenticated:
                    login(request, user, BACKEND)
                return redirect("batch-list")
        except Conflict:
            return error_page(request, 404, gettext("Invitation closed"), str(CLOSED))
    context = {"invitation": invited, "role": Role(invited.role).word, "form": form}
    return render_page(request, "people/invitation.html", context, status=422 if form.errors else 200)


def _accept(request: HttpRequest, invited: Invitation, form: InvitedForm) -> User | None:
    """The person who has the role now; None where the form has errors. Raises Conflict."""
    with transaction.atomic():
        if request.user.is_authenticated:
            user = request.user
        elif form.is_valid():
            data = form.cleaned_data
            try:
                user = User.objects.create_user(data["username"], invited.email, data["password1"])
            except ValidationError:
                text = gettext("{email} has an account already. Sign in with it to accept.")
                form.add_error("username", text.format(email=invited.email))
                return None
        else:
            return None
        actions.accept_invitation(invitation=invited, user=user)
    return user
