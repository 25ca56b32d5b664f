"""Django's cache in the database: what must count the same in every process, such as wrong and used second factors.

Values are JSON, so that nothing which somebody writes into the database is run when it is read.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.models import CacheEntry


class SharedCache(BaseCache):
    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store the value unless there is one. Of several at the same time one stores it."""
        stored = self._stored_key(key, version)
        CacheEntry.objects.filter(key=stored, ends_at__lte=timezone.now()).delete()
        try:
            with transaction.atomic():
                CacheEntry.objects.create(key=stored, value=value, ends_at=self._end(timeout))
        except IntegrityError:
            return False
        return True

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        entry = CacheEntry.objects.filter(key=self._stored_key(key, version), ends_at__gt=timezone.now()).first()
        return default if entry is None else entry.value

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        entry = CacheEntry(key=self._stored_key(key, version), value=value, ends_at=self._end(timeout))
        fields = ["value", "ends_at"]
        CacheEntry.objects.bulk_create([entry], update_conflicts=True, unique_fields=["key"], update_fields=fields)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        live = CacheEntry.objects.filter(key=self._stored_key(key, version), ends_at__gt=timezone.now())
        return bool(live.update(ends_at=self._end(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(key=self._stored_key(key, version)).delete()[0])

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def _stored_key(self, key: Any, version: int | None) -> str:
        return sha256(self.make_and_validate_key(key, version=version).encode()).hexdigest()

    def _end(self, timeout: Any) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return timezone.now() + timedelta(seconds=10**9 if seconds is None else seconds)
