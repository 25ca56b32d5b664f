"""A RabbitMQ of one's own: a node on free loopback ports with its data in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in PATH insists on the package's own folders
START = 180.0  # seconds; a loaded machine takes more than one minute


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


@contextmanager
def rabbitmq() -> Iterator[str]:
    """Yields its amqp:// address."""
    if not PROGRAM.exists():
        sys.exit("RabbitMQ is missing: install the package rabbitmq-server.")
    folder = Path(tempfile.mkdtemp(prefix="reviewer-rabbit-"))
    # RabbitMQ runs as root, but what it leaves behind should not be root's; its package brings a user for it.
    owner = {"user": "rabbitmq", "group": "rabbitmq"} if os.geteuid() == 0 else {}
    if owner:
        account = pwd.getpwnam("rabbitmq")
        os.chown(folder, account.pw_uid, account.pw_gid)
    port, distribution, mapper = free_ports(3)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": f"reviewer-{uuid4().hex[:8]}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    # A group of its own: the program is a shell script, the server its child.
    server = subprocess.Popen(
        [PROGRAM], env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, **owner,
    )  # fmt: skip
    try:
        _wait_for(port, server)
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
        subprocess.run(["epmd", "-port", str(mapper), "-kill"], env=env, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    sys.exit("RabbitMQ did not start.")
