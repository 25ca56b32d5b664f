"""What the server needs before its first page: a sound installation, applied migrations, collected static files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import ERROR, WARNING, CheckMessage, run_checks
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

PREPARE_LOCK = 0x7265766965776572  # "reviewer": a number nobody else in the database uses

SPARE_CONNECTIONS = 3


def pending_migrations() -> int:
    """How many migrations the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def static_files_missing() -> bool:
    """Whether a page would name a static file that nobody has collected."""
    try:
        staticfiles_storage.url("css/tokens.css")
    except ValueError:
        return True
    return False


def static_files_outdated() -> bool:
    """Whether a static file is missing or newer than what was collected last."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if static_files_missing() or not manifest.exists():
        return True
    collected_at = manifest.stat().st_mtime
    files = ((storage, path) for finder in get_finders() for path, storage in finder.list([]))
    return any(Path(storage.path(path)).stat().st_mtime > collected_at for storage, path in files)


@contextmanager
def one_host_at_a_time(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Hosts that start together migrate one after the other. A SQLite database has one host."""
    if connections[using].vendor != "postgresql":
        yield
        return
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARE_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARE_LOCK])


def problems() -> list[str]:
    """The warnings of the start-up checks, database included, a line each. Raises CommandError with the errors."""
    checks = run_checks(databases=["default"])
    messages = [message for message in checks if message.level >= WARNING and not message.is_silenced()]
    errors = [message for message in messages if message.level >= ERROR]
    if errors:
        raise CommandError(" ".join(map(line_of, errors)))
    return [line_of(message) for message in messages]


def line_of(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()


def check_connections(needed: int) -> None:
    """Raises CommandError where PostgreSQL allows fewer connections than the processes need at most."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting::int FROM pg_settings WHERE name IN ('max_connections', 'superuser_reserved_connections',"
            " 'reserved_connections') ORDER BY name = 'max_connections'"
        )
        *reserved, allowed = [number for (number,) in cursor.fetchall()]
    usable = allowed - sum(reserved)
    if needed + SPARE_CONNECTIONS > usable:
        raise CommandError(
            f"PostgreSQL has {usable} connections for this; {needed} are needed, and {SPARE_CONNECTIONS} for a backup."
            f" Set max_connections to at least {needed + SPARE_CONNECTIONS + sum(reserved)}, or lower --workers,"
            " --threads, --jobs or DATABASE_POOL."
        )


def prepare() -> list[str]:
    """Check the installation, apply pending migrations, collect outdated static files; a sentence for each of them."""
    sentences = problems()
    with one_host_at_a_time():
        if pending := pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)
            sentences.append(f"Applied {pending} pending migration{'' if pending == 1 else 's'}.")
        if static_files_outdated():
            call_command("collectstatic", interactive=False, verbosity=0)
            sentences.append("Collected the static files.")
    return sentences
