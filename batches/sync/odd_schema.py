"""Checks the columns that people choose for a structured ODD."""

from collections.abc import Iterable, Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.sync.fields import clean
from batches.sync.odd_columns import (
    LITERAL_CHARACTERS,
    MAX_COLUMNS,
    MAX_LITERALS,
    NAME_CHARACTERS,
    PROMPT_CHARACTERS,
    TYPE_CHARACTERS,
    Column,
)  # fmt: skip


def check_columns(columns: Iterable[Column]) -> list[Column]:
    """The columns without surrounding spaces; those without a name are left out.

    Raises ValueError with a message to show.
    """
    checked = [_checked(column) for column in columns if column.name.strip()]
    if len(checked) > MAX_COLUMNS:
        raise ValueError(
            _("A table has at most {most} columns, not {count}.").format(most=MAX_COLUMNS, count=len(checked))
        )
    names = [column.name.casefold() for column in checked]
    if repeated := next((column.name for column in checked if names.count(column.name.casefold()) > 1), ""):
        raise ValueError(_("Two columns are named {name!r}.").format(name=repeated))
    return checked


def used_columns(columns: Sequence[Column]) -> list[Column]:
    """Those that are asked for. Raises ValueError with a message to show if there are none."""
    used = [column for column in columns if column.used]
    if not used:
        raise ValueError(_("Select at least one column."))
    return used


def _checked(column: Column) -> Column:
    name, prompt, kind = (_text(text) for text in (column.name, column.prompt, column.type))
    literals = tuple(dict.fromkeys(filter(None, map(_text, column.literals))))
    if len(name) > NAME_CHARACTERS:
        raise ValueError(
            _("A column's name has at most {most} characters: {name}…").format(most=NAME_CHARACTERS, name=name[:40])
        )
    if not prompt or not kind:
        raise ValueError(_("The column {name!r} needs a prompt and a type.").format(name=name))
    if len(prompt) > PROMPT_CHARACTERS or len(kind) > TYPE_CHARACTERS:
        raise ValueError(
            _("The column {name!r}: a prompt has at most {most} characters, a type {type_most}.").format(
                name=name,
                most=number_format(PROMPT_CHARACTERS, force_grouping=True),
                type_most=TYPE_CHARACTERS,
            )
        )
    if len(literals) > MAX_LITERALS or any(len(literal) > LITERAL_CHARACTERS for literal in literals):
        raise ValueError(
            _("The column {name!r}: at most {most} values of at most {characters} characters each.").format(
                name=name, most=MAX_LITERALS, characters=LITERAL_CHARACTERS
            )
        )
    return Column(name, prompt, kind, literals, column.used)


def _text(text: str) -> str:
    return " ".join(clean(text, PROMPT_CHARACTERS * 2).split())
