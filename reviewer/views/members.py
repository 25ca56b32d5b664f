"""The people of a connection, for its managers: roles and invitations."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Connection, Invitation, Membership, Role
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.people import InviteForm, RoleForm
from reviewer.web.htmx import render_page
from reviewer.web.refusals import answers_refusals, read_do


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def connection_people(request: SignedIn, pk: int) -> HttpResponse:
    """The address of a new invitation is in the answer to its POST and nowhere else."""
    connection = access.connection_to_manage(request.user, pk)
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = _change(request, connection)
        if not context:
            return redirect("connection-people", pk)
    rights = access.rights_on(request.user, connection.pk)
    members = list(connection.memberships.select_related("user__profile").order_by("user__username"))
    if request.user.pk not in {member.user_id for member in members}:
        # An administrator, who manages without a role and may take one.
        members.insert(0, Membership(user=request.user, connection=connection, role=""))
    context |= {
        "connection": connection,
        "members": members,
        "roles": [role for role in Role if rights.may_give(role)],
        "invitations": Invitation.objects.live().filter(connection=connection).select_related("created_by"),
        "mail": bool(settings.EMAIL_URL),
    }
    return render_page(request, "people/connection_people.html", context, status=422 if "error" in context else 200)


def _change(request: SignedIn, connection: Connection) -> dict[str, Any]:
    """Carry out one of the page's forms. Returns what the page says about it; empty where it is loaded anew."""
    match read_do(request, ["role", "invite", "revoke"]):
        case "role":
            form = RoleForm(request.POST)
            if not form.is_valid():
                return {"error": sentence(form)}
            people = User.objects.filter(Q(memberships__connection=connection) | Q(pk=request.user.pk)).distinct()
            person = get_object_or_404(people, pk=form.cleaned_data["user"])
            actions.set_role(user=person, connection=connection, role=form.cleaned_data["role"])
            messages.success(request, _("Saved the role of {person}.").format(person=person.get_username()))
        case "invite":
            return _invite(request, connection)
        case "revoke":
            key = request.POST.get("invitation", "")
            waiting = Invitation.objects.live().filter(connection=connection)
            invitation = get_object_or_404(waiting, pk=key if key.isdecimal() and len(key) < 18 else 0)
            actions.revoke_invitation(invitation=invitation)
            messages.success(request, _("The invitation is revoked."))
    return {}


def _invite(request: SignedIn, connection: Connection) -> dict[str, Any]:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return {"error": sentence(form), "invite_form": form}
    invitation, token = actions.invite(connection=connection, by=request.user, **form.cleaned_data)
    address = settings.PUBLIC_URL + reverse("invitation", args=[token])
    sent, failed = "", ""
    if invitation.email and settings.EMAIL_URL:
        try:
            actions.send_invitation(invitation=invitation, address=address)
            sent = _("Sent to {email}.").format(email=invitation.email)
        except OSError:
            failed = _("The mail server did not accept the email. Send the invitation link yourself.")
    printed = bool(sent) and settings.MAIL_IS_PRINTED
    return {"made": invitation, "address": address, "sent": sent, "failed": failed, "mail_is_printed": printed}
