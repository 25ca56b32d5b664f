"""The column of an event that search looks at: the folded words of its label and AI text."""

from typing import Any

from django.db import models

from batches.folding import stored_words

SEARCHED = ("label", "ai_text")


class SearchWordsField(models.TextField):
    """Words apart by spaces: text in SQLite, a tsvector in PostgreSQL. Whoever writes past `save` fills it as well."""

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return ("%s::tsvector" if connection.vendor == "postgresql" else "%s"), (value,)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        search_words = stored_words(*(getattr(model_instance, name) for name in SEARCHED))
        setattr(model_instance, self.attname, search_words)
        return search_words
