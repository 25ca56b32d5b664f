"""The console's pages of people, groups and memberships: nobody gives more than they have, or reaches above themselves.

A password, an activation or a role given to somebody with more rights would be a way to use those rights.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from batches.actions.people import ADDRESS_TAKEN, has_account
from batches.actions.roles import apply_team_roles
from batches.admin_base import WithPage
from batches.models import Membership, Rights


def outranks(person: User, giver: User) -> bool:
    """Whether the person has a right that the giver lacks.

    Somebody deactivated counts with what activation gives back.
    """
    if giver.is_superuser or person.pk == giver.pk:
        return False
    if person.is_superuser or _permissions(person) - _permissions(giver):
        return True
    held = dict(Membership.objects.filter(user=giver).values_list("connection", "role"))
    roles = Membership.objects.filter(user=person).values_list("connection", "role")
    return any(not Rights.of(held.get(connection), giver).may_give(role) for connection, role in roles)


def _permissions(person: User) -> set[int]:
    given = Permission.objects.filter(Q(user=person) | Q(group__user=person))
    return set(given.values_list("pk", flat=True))


class SuperusersOnly:
    """Staff with the permission look at it; only superusers add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


class MembershipForm(forms.ModelForm):
    """`giver` is set on a subclass for each request."""

    giver: User

    class Meta:
        model = Membership
        fields = ("user", "connection", "role")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        person, connection, role = (cleaned.get(name) for name in ("user", "connection", "role"))
        if self.giver.is_superuser or not (person and connection and role):
            return cleaned
        if outranks(person, self.giver):
            raise forms.ValidationError(
                _("This person has rights that you lack. Only a superuser can give them roles.")
            )
        if not Membership.rights_of(self.giver, connection.pk).may_give(role):
            raise forms.ValidationError(_("You cannot give a role above your own on this connection."))
        return cleaned

    def save(self, commit: bool = True) -> Membership:
        self.instance.own_role = None  # what is given here is the person's own role
        membership: Membership = super().save(commit)
        if commit:
            apply_team_roles([membership.user_id])
        return membership


class MembershipInline(SuperusersOnly, admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Membership)
class MembershipAdmin(WithPage):
    form = MembershipForm
    list_display = ("user", "connection", "role", "created_at")
    list_filter = ("role", "connection")
    search_fields = ("user__username", "connection__name")
    autocomplete_fields = ("user", "connection")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"giver": request.user})

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        apply_team_roles([obj.user_id])

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and outranks(obj.user, request.user))  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and outranks(obj.user, request.user))  # type: ignore[arg-type]


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(Group)
class GroupsAdmin(SuperusersOnly, GroupAdmin):
    """A group is a bundle of permissions."""


class PersonForm(UserChangeForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_active = cleaned.get("is_active", self.instance.is_active)
        changed = {"email", "is_active"} & set(self.changed_data)
        if is_active and changed and has_account(cleaned.get("email", ""), but=self.instance):
            self.add_error("email", ADDRESS_TAKEN)
        return cleaned


@admin.register(User)
class PeopleAdmin(WithPage, UserAdmin):
    """Staff with the permission manage people whose rights they have themselves; only superusers give permissions.

    Whoever stands in the console's log is deactivated instead of deleted: nobody may delete from the log.
    """

    form = PersonForm
    belongings = dict.fromkeys(("action", "opinion", "metadataedit", "token", "notification", "logentry"), "user") | {
        "decision": "action__user", "comment": "author", "assignmentchange": "by", "link": "created_by",
        "webhook": "created_by", "membership": "user__id__exact",
    }  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return (*fields, "is_superuser", "is_staff", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and outranks(obj, request.user))  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj and (outranks(obj, request.user) or LogEntry.objects.filter(user=obj).exists()):  # type: ignore[arg-type]
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Without the deletion of many, which asks for no permission on each."""
        actions = super().get_actions(request, action_location=action_location)
        return {name: action for name, action in actions.items() if name != "delete_selected"}
