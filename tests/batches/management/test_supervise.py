"""The supervisor: restarts what dies, ever more slowly, and says which process it is."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from batches.management import supervise, tied
from batches.management.supervise import Child, exit_text


def test_pauses_between_deaths_grow_and_a_long_life_ends_them() -> None:
    child = Child("worker 1", print, started=time.monotonic())
    assert [child.note_death(1) for _ in range(8)] == [0, 0.5, 1, 2, 4, 8, 16, 30]
    child.started = time.monotonic() - supervise.HEALTHY - 1
    assert child.note_death(1) == 0
    assert [exit_text(code) for code in (3, -9)] == ["exited with 3", "was killed by SIGKILL"]


DYING = """
import json, os, signal, sys, time
from batches.management import supervise

supervise.ROUND, supervise.LONGEST_PAUSE = 0.01, 0.05
lines, states = [], []
acts = {"worker 1": lambda: sys.exit(3), "sweep": lambda: time.sleep(60)}
supervisor = supervise.Supervisor(acts, say=lines.append)

def is_ready():
    states.append(supervise.state())
    if supervisor.children[0].deaths >= supervise.FAILING:
        os.kill(os.getpid(), signal.SIGINT)
    return False

supervisor.run(is_ready=is_ready, on_ready=print)
alive = [child.name for child in supervisor.children if child.process and child.process.exitcode is None]
print(json.dumps([lines, states, alive]))
"""


def test_a_process_that_dies_again_and_again_is_named() -> None:
    # In a process without threads, as `up` is one: a fork of this one would be warned of.
    result = subprocess.run([sys.executable, "-c", DYING], capture_output=True, text=True, check=True)
    lines, states, alive = json.loads(result.stdout)
    assert lines[0] == "worker 1 exited with 3; restarting it"
    assert lines[2].startswith("worker 1 exited with 3, 3 times in a row; restarting it")
    assert states[0] == {"stopping": False, "failing": {}}
    assert states[-1]["failing"] == {"worker 1": "exited with 3"}
    assert alive == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent's death")
def test_a_tied_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, subprocess, sys, time
command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
argv = [sys.executable, "-I", {tied.__file__!r}, str(os.getpid()), *command]
print(subprocess.Popen(argv, start_new_session=True).pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    while "tied" in " ".join(child.cmdline()):
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with suppress(psutil.NoSuchProcess):
        child.wait(timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_tied_process_does_not_start_without_its_parent() -> None:
    argv = [sys.executable, "-I", tied.__file__, "1", sys.executable, "-c", "print('started')"]
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "The parent process has ended.\n")


def test_the_state_is_empty_without_a_supervisor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(supervise.STATE_FILE, raising=False)
    assert supervise.state() == {"stopping": False, "failing": {}}
    (tmp_path / "state").write_text(json.dumps({"stopping": True, "failing": {"web": "exited with 1"}}))
    monkeypatch.setenv(supervise.STATE_FILE, str(tmp_path / "state"))
    assert supervise.state() == {"stopping": True, "failing": {"web": "exited with 1"}}
