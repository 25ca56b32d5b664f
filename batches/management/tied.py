"""Ends a process when its parent ends, even where that was killed.

As a program, `python -m … PARENT_PID COMMAND…`, it runs a command that ends so. Only Linux tells a process of its
parent's death; elsewhere nothing is tied.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def tie(parent: int) -> None:
    """This process gets SIGTERM when its parent ends. Exits if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("The parent process has ended.")


def name_process(name: str) -> None:
    """What `ps` and `top` show."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())


def main(parent: str, *argv: str) -> None:
    tie(int(parent))
    os.execv(argv[0], argv)  # noqa: S606  (an argument list of our own, without a shell)


if __name__ == "__main__":
    main(*sys.argv[1:])
