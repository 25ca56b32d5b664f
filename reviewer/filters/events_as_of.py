"""The same filter, asked of a moment in the past (`as_of=`): for downloads only, the pages show today."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import QueryDict

from batches.models import Batch
from reviewer.filters.events import EventFilter
from reviewer.filters.moments import moment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Parameters of a download's address beside those of the filter.
DOWNLOAD_PARAMETERS = frozenset({"as_of", "batch", "bom", "columns", "connection", "file", "fps", "now", "raw"})


def filter_of(batch: Batch, query: QueryDict, user: "User | None") -> tuple[EventFilter, datetime | None]:
    """The filter that a download's query means, and the moment it is asked of. Raises BadRequest."""
    at = _moment(str(query["as_of"])) if query.get("as_of") else None
    return EventFilter.of(batch, query, user, at=at, beside=DOWNLOAD_PARAMETERS), at


def _moment(text: str) -> datetime:
    try:
        return moment(text.strip())
    except ValueError as error:
        raise BadRequest(f"as_of: {error}") from error
