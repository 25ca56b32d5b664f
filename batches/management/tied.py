"""Runs a command that is ended when its parent ends, even where that was killed: `python -m … PARENT_PID COMMAND…`.

Only Linux tells a process of its parent's death; elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, *argv: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit("The parent process has ended.")
    os.execv(argv[0], argv)  # noqa: S606  (an argument list of our own, without a shell)


if __name__ == "__main__":
    main(*sys.argv[1:])
