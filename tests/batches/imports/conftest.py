"""Fixtures for importing files as the page and the command do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batches.imports.run import run_import
from batches.models import Connection, ImportRun
from tests.factories import make_connection

Import = Callable[..., ImportRun]


@pytest.fixture
def bring_in(tmp_path: Path) -> Import:
    """`bring_in(connection, "a.csv", b"…")` imports a file and returns the finished run."""

    def bring_in(connection: Connection, name: str, data: bytes, **fields: Any) -> ImportRun:
        path = tmp_path / name
        path.write_bytes(data)
        fields = {"phase": "import"} | fields
        run = ImportRun.objects.create(connection=connection, file_name=name, size=len(data), **fields)
        done = run_import(run.pk, path=path)
        assert done is not None
        return done

    return bring_in


@pytest.fixture
def detector(db: None) -> Connection:
    return make_connection(vendor="open", name="Detector", base_url="")
