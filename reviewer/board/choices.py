"""What the form of the board offers: for each field its values, those in use checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils.translation import gettext

from batches.models import Connection, EventCount, Vendor
from reviewer.board.filter import BoardFilter

MAX_OFFERED = 200  # values of one field
MAX_LABEL = 80  # characters of a prompt


@dataclass(frozen=True, slots=True)
class Field:
    """A field with (value, label, whether it is in use) of each choice."""

    name: str
    label: str
    choices: list[tuple[Any, str, bool]]

    @property
    def used(self) -> int:
        return sum(is_used for _, _, is_used in self.choices)


def fields_of(board_filter: BoardFilter, connections: Iterable[Connection]) -> list[Field]:
    """The fields with something to choose. A value in use that is not offered stays in its field."""
    offered: list[tuple[str, str, dict[Any, str]]] = [
        ("connection", gettext("Connection"), {connection.pk: connection.name for connection in connections}),
        ("vendor", gettext("Vendor"), {vendor.value: str(vendor.label) for vendor in Vendor}),
        ("project", gettext("Project"), {name: name for name in board_filter.projects}),
        ("category", gettext("Category"), {name: name for name in _categories(board_filter)}),
        ("prompt", gettext("Prompt"), _prompts(board_filter)),
    ]
    fields = [_field(board_filter, *field) for field in offered]
    return [field for field in fields if len(field.choices) > 1 or field.used]


def _field(board_filter: BoardFilter, name: str, label: str, offered: dict[Any, str]) -> Field:
    used = board_filter.values[name]
    labels = offered | {value: str(value) for value in used if value not in offered}
    return Field(name, label, [(value, text, value in used) for value, text in labels.items()])


def _counted(board_filter: BoardFilter) -> QuerySet[EventCount]:
    period = board_filter.period
    return EventCount.objects.filter(week__gte=period.first, week__lt=period.end)


def _categories(board_filter: BoardFilter) -> list[str]:
    counted = _counted(board_filter).filter(batch__in=board_filter.visible.order_by().values("pk"))
    names = counted.exclude(category="").order_by("category").values_list("category", flat=True)
    return list(names.distinct()[:MAX_OFFERED])


def _prompts(board_filter: BoardFilter) -> dict[int, str]:
    """One batch of each prompt, that of the filter where there is one, with the beginning of the prompt."""
    counted = Exists(_counted(board_filter).filter(batch=OuterRef("pk")))
    prompts = board_filter.visible.filter(counted).exclude(prompt="").order_by("prompt").values("prompt")
    batches = dict(prompts.annotate(first=Min("pk")).values_list("prompt", "first")[:MAX_OFFERED])
    named = board_filter.visible.filter(pk__in=board_filter.values["prompt"])
    batches |= dict(named.values_list("prompt", "pk"))
    return {pk: _beginning(prompt) for prompt, pk in batches.items()}


def _beginning(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"
