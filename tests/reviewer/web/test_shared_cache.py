"""The cache that all processes share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from batches.models import CacheEntry
from tests.clock import Clock

pytestmark = pytest.mark.django_db
CHANGES: dict[str, Callable[[], Any]] = {
    "add": lambda: cache.add("name", 2, 10), "set": lambda: cache.set("name", 2, 10),
    "delete": lambda: cache.delete("name"), "clear": cache.clear, "touch": lambda: cache.touch("name", 100),
}  # fmt: skip


@pytest.mark.parametrize(("change", "result", "at_once", "later"), [
    ("add", False, 1, None), ("set", None, 2, None), ("delete", True, None, None), ("clear", None, None, None),
    ("touch", True, 1, 1),
])  # fmt: skip
def test_what_becomes_of_a_value(clock: Clock, change: str, result: Any, at_once: Any, later: Any) -> None:
    assert cache.add("name", 1, 10)
    assert CHANGES[change]() == result
    assert cache.get("name") == at_once
    clock.go(seconds=11)
    assert cache.get("name") == later


def test_a_value_that_has_ended_may_be_added_again(clock: Clock) -> None:
    cache.set("name", [1.5, "y", True], 10)
    assert cache.get("name") == [1.5, "y", True]
    clock.go(seconds=11)
    assert (cache.touch("name", 10), cache.add("name", 2, 10), cache.get("name")) == (False, True, 2)


def test_no_key_is_readable_in_the_database() -> None:
    cache.set("user=1&code=123456", "y")
    assert "123456" not in CacheEntry.objects.get().key
