"""A misspelt filter must not show, or give to a script, more than was asked for."""

from collections.abc import Collection

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import ngettext


def refuse_unknown(query: QueryDict, accepted: Collection[str]) -> None:
    """Raises BadRequest, which names what is unknown and what is known.

    What mail and chat programs append to links (`utm_source`) is accepted: it never is a filter.
    """
    unknown = sorted(name for name in query.keys() - set(accepted) if not name.startswith("utm_"))
    if unknown:
        names = ", ".join(name[:80] for name in unknown[:5])
        message = ngettext(
            "Unknown parameter: {names}. Known: {known}.", "Unknown parameters: {names}. Known: {known}.", len(unknown)
        )
        raise BadRequest(message.format(names=names, known=", ".join(sorted(accepted))))
