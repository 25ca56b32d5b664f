"""A person's preferences: their keys."""

from django.conf import settings
from django.db import models


class KeyPreference(models.Model):
    """Keys that a person chose instead of the defaults; without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="key_preference"
    )
    single_keys = models.BooleanField(default=True, help_text="Whether single-key shortcuts are enabled.")
    keys = models.JSONField(default=dict, blank=True, help_text="Key by name of the command.")

    def __str__(self) -> str:
        return f"keys of {self.user_id}"
