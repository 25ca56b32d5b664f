"""A PostgreSQL of one's own for one command: `python -m tests.postgres COMMAND…` runs it with DATABASE_URL set.

Uses the installed server programs; the cluster lives in a temporary folder and is gone afterwards.
"""

import glob
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


def programs() -> Path:
    """The folder of the newest installed server. Exits with one line that names what is missing."""
    result = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: float(path.split("/")[4]))
    single = shutil.which("postgres")
    if not result and not single:
        sys.exit("PostgreSQL's server programs are missing: install the package postgresql (15 or newer).")
    return Path(result[-1] if result else str(single)).parent


@contextmanager
def postgres(*, durable: bool = True, address: str = "127.0.0.1", network: str = "") -> Iterator[str]:
    """A running server on a free loopback port, or on that of another `address`, for clients of a `network`; yields
    its DATABASE_URL.

    Not `durable`: it writes through the system's cache, for tests that kill its clients but never the machine.
    """
    careless = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    bin_folder, folder = programs(), Path(tempfile.mkdtemp(prefix="reviewer-pg-"))
    # PostgreSQL does not run as root; its package brings a user for it.
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if owner:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.socket() as probe:
        probe.bind((address, 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "reviewer", "--auth=trust", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner,
    )  # fmt: skip
    if network:
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network} trust\n")
    server = subprocess.Popen(
        [bin_folder / "postgres", "-D", data, "-k", folder, "-p", str(port), "-c", f"listen_addresses={address}",
         "-c", "max_connections=100", "-c", "logging_collector=off", "-c", "log_min_messages=fatal", *careless],
        cwd=folder, **owner,
    )  # fmt: skip
    try:
        for _ in range(200):
            ready = subprocess.run(
                [bin_folder / "pg_isready", "-h", address, "-p", str(port), "-U", "reviewer", "-d", "postgres"],
                capture_output=True,
                check=False,
            )
            if ready.returncode == 0:
                break
            time.sleep(0.1)
        else:
            sys.exit("PostgreSQL did not start.")
        yield f"postgres://reviewer@{address}:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with postgres(durable=False) as url:
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}, check=False).returncode)
