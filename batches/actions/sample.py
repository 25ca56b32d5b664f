"""A built-in batch to try the product with: it needs no vendor and can be removed."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from batches.actions.connections import free_name
from batches.actions.imports import confirm_import, upload_results
from batches.models import Batch, Connection, Membership, Role, Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FILE = Path(__file__).parents[1] / "sample.json"
NAME = "Sample"


def load_sample(*, by: "User") -> Batch:
    """The sample's batch, which this person may decide and remove. Loading it again changes nothing."""
    with transaction.atomic():
        connection = Connection.objects.select_for_update().filter(is_sample=True).first()
        if connection is None:
            connection = Connection.objects.create(
                vendor=Vendor.OPEN, name=free_name(NAME), base_url="", is_sample=True
            )
        Connection.objects.filter(pk=connection.pk).update(removed_at=None)
        Membership.objects.update_or_create(user=by, connection=connection, defaults={"role": Role.MANAGER})
    batch = connection.batches.first()
    if batch is None:
        with FILE.open("rb") as file:
            run = upload_results(connection=connection, file=File(file, name=FILE.name), name=FILE.name, by=by)
        confirm_import(run=run, by=by)
        batch = connection.batches.get()
        Batch.objects.filter(pk=batch.pk).update(name="Sample: near misses in a city")
    return batch


def remove_sample(*, connection: Connection) -> None:
    """Take the sample out of every list. Its verdicts stay in the ledger; loading it again brings them back."""
    Connection.objects.filter(pk=connection.pk, is_sample=True).update(removed_at=timezone.now())
