"""A text column that is encrypted at rest with keys from the environment, never from the database."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "CREDENTIALS_KEY: each key must be 32 bytes in URL-safe base64; "
            "make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from error


def cipher() -> MultiFernet:
    """The current keys: the first one encrypts, all of them decrypt (rotation)."""
    return _cipher(tuple(settings.CREDENTIALS_KEYS))


class EncryptedTextField(models.TextField):
    """Text that is readable in Python and ciphertext in the database, nothing in `dumpdata`.

    Cannot be searched or sorted.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value in (None, "") else cipher().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "a stored vendor key cannot be decrypted with any key in CREDENTIALS_KEY; was the old key removed?"
            ) from error

    def value_to_string(self, obj: models.Model) -> str:
        """What serializers write: nothing. A copy that keeps secrets is made with `backup`."""
        return ""

    def get_lookup(self, lookup_name: str) -> Any:
        # Ciphertext is different every time: a comparison would silently find nothing.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
