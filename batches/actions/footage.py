"""Sets where a connection's own footage lies."""

from batches.models import Connection
from batches.sync.footage import check_template
from batches.sync.footage_trial import Trial, try_template


def try_footage(*, connection: Connection, template: str) -> list[Trial]:
    """What the template gives for a few items. Raises ValueError for a template that cannot work."""
    check_template(template, connection)
    return try_template(template, connection)


def set_footage(*, connection: Connection, template: str) -> tuple[list[Trial], bool]:
    """Save the template unless its trial finds no video; an empty one removes the old one. Raises as `try_footage`.

    Returns the trials, and whether it was saved.
    """
    trials = try_footage(connection=connection, template=template) if template else []
    is_usable = not trials or any(not trial.problem for trial in trials)
    if is_usable:
        connection.footage = template
        connection.save(update_fields=["footage"])
    return trials, is_usable
