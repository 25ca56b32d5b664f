"""A filter and an order under a name: a person's own, or shared with everybody on the connection.

Without a connection: a queue over several batches, which its query names; always a person's own.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from batches.models.connection import Connection

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> "SavedViewQuerySet":
        """This person's own and the shared ones, on connections that the person may see."""
        on_connections = Q(connection__in=Connection.objects.visible_to(user)) & (Q(owner=user) | Q(shared=True))
        return self.filter(on_connections | Q(connection=None, owner=user))

    def queues_of(self, user: "User") -> "SavedViewQuerySet":
        """This person's queues over several batches."""
        return self.filter(connection=None, owner=user)


class SavedView(models.Model):
    """A query string of the event filter, for every batch of a connection, or for a queue over several."""

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="views",
        help_text="None: over several batches.",
    )  # fmt: skip
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "connection", "name"], name="view_one_name_a_person"),
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(connection=None), name="view_one_queue_name_a_person"
            ),
            models.CheckConstraint(condition=Q(connection__isnull=False) | Q(shared=False), name="view_queue_is_own"),
        ]

    def __str__(self) -> str:
        return self.name
