"""Registers the data app and its start-up checks."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from batches import checks  # noqa: F401, PLC0415  (checks register themselves; models must be loaded first)
