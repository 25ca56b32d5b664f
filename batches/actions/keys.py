"""Remember the keys somebody chose."""

from typing import TYPE_CHECKING

from batches.models import KeyPreference

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def save_keys(*, by: "User", single_keys: bool, keys: dict[str, str]) -> KeyPreference:
    """Replace this person's choice; no keys and single keys on: as usual again."""
    settings = {"single_keys": single_keys, "keys": keys}
    return KeyPreference.objects.update_or_create(user=by, defaults=settings)[0]
