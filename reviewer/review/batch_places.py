"""The projects and tags that a person's batches have, to be offered where one is typed."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from batches.models import BatchTag, Membership
from reviewer import access

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_OFFERED = 200  # names of one kind


def projects_of(user: "User") -> list[str]:
    names = access.batches_of(user).exclude(project="").order_by("project").values_list("project", flat=True)
    return list(names.distinct()[:MAX_OFFERED])


def tags_of(user: "User") -> list[str]:
    tags = BatchTag.objects.filter(batch__in=access.batches_of(user).order_by().values("pk"))
    return list(tags.order_by("name").values_list("name", flat=True).distinct()[:MAX_OFFERED])


def reviewers_seen(user: "User") -> list[str]:
    """The usernames of the members of the connections that this person sees."""
    members = Membership.objects.filter(connection__in=access.connections_seen(user).values("pk"))
    people = get_user_model().objects.filter(is_active=True, pk__in=members.values("user"))
    return list(people.order_by("username").values_list("username", flat=True)[:MAX_OFFERED])
