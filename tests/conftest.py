"""What every test shares: the ledger's triggers step aside for the test database's own clean-up, and nothing else."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import settings as hypothesis_settings

from batches.sync.http import VendorHTTP
from tests.clock import Clock, Hurry

hypothesis_settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis_settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def ledger_can_be_flushed() -> Iterator[None]:
    """Transactional tests empty all tables; SQLite does so with DELETE, which the append-only triggers refuse."""
    operations = type(connection.ops)  # the class: a browser test runs where Django opens another connection
    flush = operations.sql_flush

    def sql_flush(self, style, tables, **kwargs):  # type: ignore[no-untyped-def]
        if self.connection.vendor != "sqlite":
            return flush(self, style, tables, **kwargs)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%!_no!_%' ESCAPE '!'"
            )
            triggers = cursor.fetchall()
        drop = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        return [*drop, *flush(self, style, tables, **kwargs), *(sql for _, sql in triggers)]

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = flush


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write what the browser shows to docs/pictures")
    parser.addoption("--kills", type=int, default=15, help="how often a sync of each vendor is killed")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to vendors wait in earnest elsewhere (test_http.py); here only the effect of it counts."""
    hurry = Hurry()
    monkeypatch.setitem(VendorHTTP.__init__.__kwdefaults__, "sleep", hurry.sleep)
    monkeypatch.setitem(VendorHTTP.__init__.__kwdefaults__, "clock", hurry.clock)
