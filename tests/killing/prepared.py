"""Management commands in processes of their own that begin where Django is loaded: from nothing, each takes 1.1 s of
CPU before its first line.
"""

import os
import sys
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import NamedTemporaryFile

import environ

SERVER = get_context("forkserver")
SERVER.set_forkserver_preload(["tests.killing.preload"])


def start(env: dict[str, str], *argv: str, output: str = os.devnull) -> BaseProcess:
    """A command with the environment and the database of `env`, and else with the test settings. Its lines are added
    to the file `output`.
    """
    process = SERVER.Process(target=_work, args=(env, ["manage.py", *argv], output))
    process.start()
    return process


def run(env: dict[str, str], *argv: str) -> tuple[int, str]:
    """The exit code of a command and all its lines."""
    with NamedTemporaryFile(prefix="reviewer-output-") as output:
        process = start(env, *argv, output=output.name)
        process.join(timeout=120)
        code = process.exitcode
        process.kill()
        assert code is not None, f"{argv} did not end within two minutes"
        return code, Path(output.name).read_text()


def _work(env: dict[str, str], argv: list[str], output: str) -> None:
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  (lines stay in their order)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = argv

    from django.db import connections  # noqa: PLC0415  (only where Django is set up)

    from reviewer.__main__ import main  # noqa: PLC0415

    where = environ.Env.db_url_config(env["DATABASE_URL"])
    connections.databases["default"] |= {name: where[name] for name in ("NAME", "USER", "HOST", "PORT")}
    main()
