"""Makes links to the figures of the board, for the page and for scripts."""

from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from batches import actions
from batches.models import Link
from batches.models.batch import BatchQuerySet
from reviewer.board.filter import BoardFilter

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_board_link(user: "User", batches: BatchQuerySet, cleaned: dict[str, Any]) -> tuple[Link, str]:
    """Create a link over these batches. Returns it with its token. `cleaned`: the cleaned fields of BoardLinkForm.

    Raises BadRequest for a filter that the board does not have, NotAllowed, KeyReused.
    """
    BoardFilter.of(batches, QueryDict(cleaned["query"]), user)
    return actions.make_board_link(by=user, **cleaned)
