"""One tiny world, served: a drive of twelve seconds."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from batches.sandbox.demo import tiny_world
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where the tests' footage is kept while they run."""
    path = Path(tempfile.mkdtemp(prefix="footage-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def world(folder: Path) -> World:
    return tiny_world(folder)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[requests.Session]:
    """A session with the demo key."""
    with requests.Session() as session:
        session.headers["X-API-Key"] = sandbox.key
        yield session
