"""A question over the analysed events of one folder: the vendor looks for the events, here they are reviewed."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from batches.models.connection import Connection
from batches.models.event import Event
from batches.models.run import UNFINISHED, Run, finished_when
from batches.models.video import Folder

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class VideoSearchQuerySet(models.QuerySet["VideoSearch"]):
    def visible_to(self, user: "User") -> "VideoSearchQuerySet":
        return self.filter(connection__in=Connection.objects.visible_to(user))


class VideoSearch(Run):
    """One search. Its session at the vendor is stored before the search begins there, so a killed run goes on."""

    batch_id = 0  # none
    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same search."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="searches")
    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="searches")
    question = models.TextField(help_text="What is searched for, in the person's own words.")
    session = models.JSONField(default=dict, blank=True, help_text="Where the vendor keeps the search.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor was told to search.")
    summary = models.TextField(blank=True, default="", help_text="The vendor's summary of what it found.")

    objects = VideoSearchQuerySet.as_manager()

    class Meta(Run.Meta):
        verbose_name, verbose_name_plural = "search", "searches"
        indexes = [models.Index(fields=["connection", "-id"], name="search_of_connection")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=Q(state__in=UNFINISHED), name="search_one_a_connection"
            ),
            finished_when("search_finished_when"),
        ]

    def __str__(self) -> str:
        return self.question


class SearchMatch(models.Model):
    """One event that a search names. `event` is empty while the batch of its analysis is not here."""

    search = models.ForeignKey(VideoSearch, on_delete=models.CASCADE, related_name="matches", db_index=False)
    position = models.PositiveIntegerField(help_text="Place in the vendor's order, from 0.")
    video_id = models.CharField("video ID", max_length=255)
    analysis_id = models.CharField("analysis ID", max_length=255)
    external_id = models.CharField("external ID", max_length=255, blank=True, default="")
    raw_index = models.PositiveIntegerField(null=True, blank=True, help_text="Position in the vendor's array, from 0.")
    similarity = models.FloatField(null=True, blank=True, help_text="The vendor's number; its scale is not documented.")
    reason = models.TextField(blank=True, default="")
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="search_matches", db_index=False
    )

    class Meta:
        ordering = ["search", "position"]
        verbose_name, verbose_name_plural = "match of a search", "matches of searches"
        indexes = [models.Index(fields=["analysis_id"], condition=Q(event__isnull=True), name="search_match_not_here")]
        constraints = [
            models.UniqueConstraint(fields=["search", "position"], name="search_match_once_a_place"),
            models.UniqueConstraint(
                fields=["event", "search"], condition=Q(event__isnull=False), name="search_match_once_an_event"
            ),
        ]

    def __str__(self) -> str:
        return f"match {self.position} of search {self.search_id}"
