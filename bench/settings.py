"""The product's own settings as in production, with an environment for a run on this machine.

What costs time stays: a commit reaches the disk (`synchronous=FULL`), static files have hashed names, passwords their
slow digest. DATABASE_URL chooses the database.
"""

import atexit
import os
import shutil
import tempfile


def _folder(name: str) -> None:
    """A temporary folder in this variable, until the process that made it ends; those that it starts share it."""
    if name in os.environ:
        return
    folder, owner = tempfile.mkdtemp(prefix="bench-"), os.getpid()
    os.environ[name] = folder
    # A forked process runs this as well.
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))


os.environ.setdefault("SECRET_KEY", "bench-only-" + "x" * 40)
os.environ.setdefault("CREDENTIALS_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
os.environ["LOCAL"] = "1"
_folder("MEDIA_URL_ROOT")
_folder("EXPORTS_ROOT")

from reviewer.settings import *  # noqa: E402, F403  (the environment comes first)
