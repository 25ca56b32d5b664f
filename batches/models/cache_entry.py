"""A value that every process sees until its time is over (reviewer/web/shared_cache.py)."""

from datetime import datetime

from django.db import models


class CacheEntryManager(models.Manager["CacheEntry"]):
    def forget_ended(self, now: datetime) -> None:
        self.filter(ends_at__lte=now).delete()


class CacheEntry(models.Model):
    key = models.CharField(max_length=64, primary_key=True, help_text="A digest: it may be about a person.")
    value = models.JSONField()
    ends_at = models.DateTimeField(db_index=True)

    objects = CacheEntryManager()

    def __str__(self) -> str:
        return f"cached until {self.ends_at:%H:%M:%S}"
