"""The names of our models and of their fields in the reader's language, as the console shows them.

Those that Django derives are translated too. Migrations and permissions keep the English ones.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.db.models import Model
from django.utils.translation import gettext_lazy


def translate_names(models: Iterable[type[Model]]) -> None:
    """Has the names, and the help texts, looked up when they are shown."""
    for model in models:
        meta = model._meta
        meta.verbose_name_plural = gettext_lazy(str(meta.verbose_name_plural))
        meta.verbose_name = gettext_lazy(meta.verbose_name_raw)
        for field in (*meta.local_fields, *meta.local_many_to_many):
            field.verbose_name = gettext_lazy(str(field.verbose_name))
            if field.help_text:
                field.help_text = gettext_lazy(str(field.help_text))


def translate_tasks(config: AppConfig) -> None:
    """The same for the queue of the embedded engine, whose models are not ours."""
    config.verbose_name = gettext_lazy("Background tasks")
    translate_names(config.get_models())
    status: Any = config.get_model("DBTaskResult")._meta.get_field("status")
    status.choices = [(value, gettext_lazy(str(label))) for value, label in status.flatchoices]
