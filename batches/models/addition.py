"""A request to add batches by their ids: the vendor is asked about each in the background."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from batches.models.connection import Connection
from batches.models.run import Run, finished_when


class AddState(models.TextChoices):
    WAITING = "waiting", _("Waiting")  # not asked about yet, or without an answer so far
    ADDED = "added", _("Added")
    KNOWN = "known", _("Already here")
    REFUSED = "refused", _("Not added")


@dataclass(slots=True)
class AddEntry:
    """One id of the list. `text`: as it was given; `tries`: how often the vendor gave no answer about it."""

    text: str
    external_id: str = ""
    state: str = AddState.WAITING
    reason: str = ""
    batch: int | None = None
    tries: int = 0

    @property
    def label(self) -> str:
        return str(AddState(self.state).label)


class AdditionRun(Run):
    """One list of ids. `position` counts those that are settled; each batch has syncs of its own."""

    batch_id = 0  # several batches
    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same run."
    )
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="additions")
    texts = models.JSONField(default=list, help_text="The ids as they were entered.")
    entries = models.JSONField(default=list, help_text="One entry per text: its id, state, reason and batch.")

    class Meta(Run.Meta):
        constraints = [
            finished_when("addition_finished_when"),
        ]

    def __str__(self) -> str:
        return f"addition {self.pk} of {len(self.texts)}: {self.state}"

    def rows(self) -> Iterator[AddEntry]:
        """The entries as they stand; once the run has ended, none of them waits any more."""
        for entry in self.entries:
            row = AddEntry(**entry)
            if row.state == AddState.WAITING and not self.unfinished:
                row.state, row.reason = AddState.REFUSED, row.reason or "The vendor was not called."
            yield row

    def count(self, state: str) -> int:
        return sum(entry["state"] == state for entry in self.entries)
