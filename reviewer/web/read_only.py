"""What pages say while the database can be read, but takes no writes."""

from collections.abc import Callable

from django.http import HttpRequest

from batches.checks import is_read_only


def read_only(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Context processor: whether nothing can be saved at the moment. Asked for by whole pages only."""
    return {"nothing_is_saved": is_read_only}
