"""What every test shares: which run it belongs to, a quick clean-up of the test database, and a clock."""

import gc
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.utils import timezone
from hypothesis import settings as hypothesis_settings

from batches.sync.http import VendorHTTP
from batches.sync.vendors import wickson
from tests.clock import Clock, Hurry

hypothesis_settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis_settings.load_profile("suite")


# What the migrations wrote: the same before and after every test.
KEPT = {"django_content_type", "auth_permission"}
FEW_KILLS = 4  # of each kind, where nobody asks for more


@pytest.fixture(autouse=True)
def new_quotas() -> None:
    """A sandbox may get the port of an earlier one, whose requests of this hour are not its own."""
    wickson._QUOTAS.clear()


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Between transactional tests only the tables with rows are emptied; the ledger's triggers step aside for that."""
    operations = type(connection.ops)  # the class: a browser test runs where Django opens another connection
    django_flush, emit = operations.sql_flush, flush.emit_post_migrate_signal

    def sql_flush(self, style, tables, **kwargs):  # type: ignore[no-untyped-def]
        with self.connection.cursor() as cursor:
            full = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in set(tables) - KEPT]
            cursor.execute(" UNION ALL ".join(full))
            full = [name for (name,) in cursor.fetchall()]
            deletes = [f'DELETE FROM "{name}"' for name in full]
            if self.connection.vendor != "sqlite":
                return ["SET session_replication_role = replica", *deletes, "SET session_replication_role = DEFAULT"]
            cursor.execute(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%!_no!_%'"
                " ESCAPE '!'"
            )
            triggers = [(name, sql) for name, table, sql in cursor.fetchall() if table in full]
        return [*(f'DROP TRIGGER "{name}"' for name, _ in triggers), *deletes, *(sql for _, sql in triggers)]

    operations.sql_flush, flush.emit_post_migrate_signal = sql_flush, lambda *args, **kwargs: None
    yield
    operations.sql_flush, flush.emit_post_migrate_signal = django_flush, emit


WORST_FIRST = ("failed", "passed", "skipped")  # a test of which some parameters are skipped has passed
outcomes: dict[str, set[str]] = {}
DATABASE = {"db", "transactional_db"}  # fixtures, by whatever way a test comes to them


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what meets it: modules with a test that asks for a database or makes its own, without
    `once`. `make bench-trust` leaves out nothing that meets it.
    """
    for item in items:
        if item.get_closest_marker("case"):
            item.user_properties.append(("shows", item.nodeid.partition("[")[0]))
    if connection.vendor == "sqlite":
        return
    meets = {item.path for item in items if DATABASE & set(item.fixturenames) or item.get_closest_marker("django_db")}
    meets |= {item.path for item in items if "own_database" in vars(item.module)}
    everything = config.getoption("kills") > FEW_KILLS
    once = {item for item in items if item.get_closest_marker("once") and not everything}
    left_out = {item for item in items if item.path not in meets} | once
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What is loaded stays until the end: the garbage collector need not look at it again and again."""
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write what the browser shows to docs/pictures")
    parser.addoption("--decisions", type=int, default=100, help="how many are made while web workers are killed")
    parser.addoption("--kills", type=int, default=FEW_KILLS, help="how often a sync of each vendor is killed")
    parser.addoption("--results", type=Path, help="write what became of the tests that show a case, for its page")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the worst outcome of each test that shows a case, over its parameters."""
    shows = dict(report.user_properties).get("shows")
    if isinstance(shows, str) and (report.when == "call" or not report.passed):
        outcomes.setdefault(shows, set()).add(report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if path := session.config.getoption("results"):
        worst = {test: next(name for name in WORST_FIRST if name in seen) for test, seen in sorted(outcomes.items())}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"day": f"{datetime.now(UTC):%Y-%m-%d}", "tests": worst}, indent=1) + "\n")


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
