"""All people and teams, for administrators."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from batches import actions
from batches.models import Connection, Membership, Role, TeamRole, UserSession
from reviewer import access
from reviewer.access import SignedIn
from reviewer.forms.fields import sentence
from reviewer.forms.people import PersonForm, TeamForm, TeamRoleForm
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.htmx import render_page
from reviewer.web.password_links import password_link_tokens
from reviewer.web.refusals import answers_refusals, read_do

PAGE_PEOPLE = 100
ORDER = Sort("Name", ("username", "id"), by_text=True)
# Without those on the sample while it is removed.
ROLES, TEAM_ROLES = (
    Prefetch(
        name,
        rows.objects.filter(connection__removed_at=None).select_related("connection").order_by("connection__name"),
        to_attr=to_attr,
    )
    for name, rows, to_attr in (
        ("memberships", Membership, "seen_memberships"),
        ("team_roles", TeamRole, "seen_roles"),
    )
)


@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def people_list(request: SignedIn) -> HttpResponse:
    if not access.may_manage_people(request.user):
        raise PermissionDenied(gettext("Only administrators can manage people."))
    error = ""
    if request.method == "POST":
        error = _change_teams(request)
        if not error:
            return redirect("people-list")
    everybody = User.objects.select_related("profile").prefetch_related(ROLES, "groups")
    people, more = keyset.page(request.GET, ORDER, everybody, PAGE_PEOPLE)
    connections = list(_connections())
    rows = list(teams().prefetch_related(TEAM_ROLES, "user_set").order_by("name"))
    for team in rows:
        given = {role.connection_id for role in team.seen_roles}
        team.further_connections = [connection for connection in connections if connection.pk not in given]
    context = {
        "people": people,
        "more": more,
        "teams": rows,
        "connections": connections,
        "roles": Role,
        "error": error,
    }
    return render_page(request, "people/people_list.html", context, status=422 if error else 200)


def _connections() -> Any:
    return Connection.objects.not_removed().defer("api_key").order_by("name")


def teams() -> Any:
    """Groups without permissions of the console."""
    return Group.objects.filter(permissions=None)


def _change_teams(request: SignedIn) -> str:
    """Carry out one of the forms about teams. Returns an error as a sentence, or an empty text."""
    form: TeamForm | TeamRoleForm
    match read_do(request, ["add-team", "team-role", "remove-team"]):
        case "add-team":
            form = TeamForm(request.POST)
            if not form.is_valid():
                return sentence(form)
            _, made = Group.objects.get_or_create(name=form.cleaned_data["name"].strip())
            return "" if made else gettext("A team or group with this name already exists.")
        case "team-role":
            form = TeamRoleForm(request.POST)
            if not form.is_valid():
                return sentence(form)
            data = form.cleaned_data
            connection = get_object_or_404(Connection.objects.not_removed(), pk=data["connection"])
            team = get_object_or_404(teams(), pk=data["team"])
            actions.set_team_role(team=team, connection=connection, role=data["role"])
        case "remove-team":
            key = request.POST.get("team", "")
            get_object_or_404(teams(), pk=key if key.isdecimal() and len(key) < 18 else 0).delete()
    messages.success(request, gettext("Saved."))
    return ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answers_refusals
def person_detail(request: SignedIn, pk: int) -> HttpResponse:
    """The address for a new password is in the answer to its POST and nowhere else."""
    person = access.person_to_manage(request.user, pk)
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = _change_person(request, person)
        if not context:
            return redirect("person-detail", pk)
    context |= {
        "person": person,
        "memberships": person.memberships.filter(connection__removed_at=None)
        .select_related("connection")
        .order_by("connection__name"),
        "teams": teams().order_by("name"),
        "entered": set(person.groups.values_list("pk", flat=True)),
        "ends": actions.what_ends(person),
        "assigned": actions.open_assignments(person, request.user).count(),
        "sessions": UserSession.objects.filter(user=person, expire_date__gt=timezone.now()).order_by("-seen_at"),
        "factors": Authenticator.objects.filter(user=person).exclude(type="recovery_codes").count(),
        "own": person.pk == request.user.pk,
        "connections": _connections(),
    }
    return render_page(request, "people/person_detail.html", context, status=422 if "error" in context else 200)


def _change_person(request: SignedIn, person: User) -> dict[str, Any]:
    """Carry out one of the page's forms. Returns what the page says about it; empty where it is loaded anew."""
    name = person.get_username()
    match read_do(request, ["save", "deactivate", "activate", "end-sessions", "password", "factors"]):
        case "save":
            form = PersonForm(request.POST)
            form.fields["teams"].choices = list(teams().values_list("pk", "name"))  # type: ignore[attr-defined]
            if not form.is_valid():
                return {"error": sentence(form)}
            person.email = form.cleaned_data["email"]
            try:
                person.save(update_fields=["email"])
            except ValidationError as error:
                return {"error": "; ".join(error.messages)}
            kept = person.groups.exclude(pk__in=teams().values("pk")).values_list("pk", flat=True)
            person.groups.set([*kept, *form.cleaned_data["teams"]])
            messages.success(request, gettext("Saved."))
        case "deactivate" if person.pk == request.user.pk:
            return {"error": gettext("You cannot deactivate yourself.")}
        case "deactivate":
            actions.set_active(user=person, active=False)
            messages.success(request, gettext("{person} is deactivated.").format(person=name))
            if "unassign" in request.POST and (taken := actions.take_back(person, request.user)):
                text = ngettext("{events} event unassigned.", "{events} events unassigned.", taken)
                messages.success(request, text.format(events=intcomma(taken)))
        case "activate":
            try:
                actions.set_active(user=person, active=True)
            except ValidationError as error:
                person.is_active = False
                return {"error": "; ".join(error.messages)}
            messages.success(request, gettext("{person} can sign in again.").format(person=name))
        case "end-sessions":
            actions.end_sessions(person)
            messages.success(request, gettext("All sessions of {person} are ended.").format(person=name))
        case "factors":
            Authenticator.objects.filter(user=person).delete()
            messages.success(request, gettext("{person} can sign in with the password alone.").format(person=name))
        case "password":
            return {"address": _password_address(person)}
    return {}


def _password_address(person: User) -> str:
    """Where the person sets a new password, once and within a day."""
    parts = [urlsafe_base64_encode(force_bytes(person.pk)), password_link_tokens.make_token(person)]
    return settings.PUBLIC_URL + reverse("password-reset-confirm", args=parts)
