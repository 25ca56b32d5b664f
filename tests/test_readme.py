"""Runs the lines of the README's section "With your own account" in a fresh copy of the product."""

import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import requests

from batches.sandbox.server import Sandbox
from tests.rabbitmq import free_ports
from tests.worlds import BATCH, batch

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("batches", "reviewer", "templates", "static")
SECONDS = 300  # until the test stops waiting for the address


def lines_of_readme() -> list[str]:
    """The lines of the block without the first two, which install an interpreter: the test's own is used."""
    block = re.search(r"## With your own account\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    lines = block[1].splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["python3.13", "-m", "venv"],
        ["pip", "install", "--require-hashes"],
    ]
    return lines[2:]


def script(sandbox: Sandbox, port: int) -> str:
    """The lines as a person would type them, with key, batch and password. Only the addresses are of this machine."""
    text = "\n".join(lines_of_readme()).replace("NOMADIC_KEY=…", f"NOMADIC_KEY={sandbox.key}")
    text = text.replace("BATCH_ID", BATCH).replace("connect nomadic", f"connect nomadic --base-url {sandbox.url}")
    text = text.replace("createsuperuser", "createsuperuser --noinput").replace(
        "manage.py up", f"exec_up --port {port}"
    )
    return text.replace("python exec_up", "exec python manage.py up")


def environment(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(sys.executable)
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        "PRIVATE_HOSTS": sandbox.url.removeprefix("http://"), "PYTHONUNBUFFERED": "1",
        "DJANGO_SUPERUSER_PASSWORD": "a long pass phrase", "DJANGO_SUPERUSER_EMAIL": "ana@fleet.example",
    }  # fmt: skip


def test_the_lines_of_the_readme_lead_to_the_first_card(tmp_path: Path) -> None:
    for name in PRODUCT:
        shutil.copytree(ROOT / name, tmp_path / name)  # with the bytecode, which takes seconds to make
    shutil.copy(ROOT / "manage.py", tmp_path)
    [port] = free_ports(1)
    output = ""
    with Sandbox({BATCH: batch()}) as sandbox:
        command = ["sh", "-e", "-c", script(sandbox, port)]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment(sandbox, tmp_path), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            assert process.stdout
            try:
                output = read_until(process, f"The reviewer is at http://127.0.0.1:{port}.")
                assert "Collected the static files." in output
                visit(f"http://127.0.0.1:{port}")
            finally:
                process.terminate()
                output += process.stdout.read()
        assert "Traceback" not in output
    assert (tmp_path / "approved.csv").read_text().startswith("Query,Video,Approval Status")


def read_until(process: "subprocess.Popen[str]", wanted: str) -> str:
    """The output up to the line with `wanted`. Fails with the whole output if the process ends before."""
    output = ""
    assert process.stdout
    too_late = threading.Timer(SECONDS, process.kill)
    too_late.start()
    for line in process.stdout:
        output += line
        if wanted in line:
            too_late.cancel()
            return output
    raise AssertionError(output)


def visit(address: str) -> None:
    """Sign in and open every page between there and the first card."""
    person = requests.Session()
    ready = person.get(f"{address}/readyz", timeout=30)
    assert (ready.status_code, ready.json()["wrong"]) == (200, [])
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', person.get(f"{address}/login/", timeout=30).text)
    assert token
    fields = {"username": "ana", "password": "a long pass phrase", "csrfmiddlewaretoken": token[1]}
    signed_in = person.post(f"{address}/login/", fields, headers={"Referer": address}, timeout=30)
    assert signed_in.url == f"{address}/desk/"
    for page in ("batches/", "batches/1/", "batches/1/review/", "batches/1/table/", "batches/1/sync/", "events/1/"):
        answer = person.get(f"{address}/{page}", timeout=30)
        assert (page, answer.status_code) == (page, 200)
        for asset in re.findall(r'(?:href|src)="(/static/[^"#]+)', answer.text):
            assert (asset, person.get(address + asset, timeout=30).status_code) == (asset, 200)
