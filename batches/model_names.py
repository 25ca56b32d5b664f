"""The names of our models in the reader's language, as the console shows them. They are those that Django derives."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils.translation import gettext_lazy


def translate_names(models: Iterable[type[Model]]) -> None:
    """Has the names looked up when they are shown. Migrations and permissions keep the English ones."""
    for model in models:
        meta = model._meta
        meta.verbose_name_plural = gettext_lazy(str(meta.verbose_name_plural))
        meta.verbose_name = gettext_lazy(meta.verbose_name_raw)
