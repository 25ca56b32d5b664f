"""The product's own settings as in production, with an environment for a run on this machine.

What costs time stays: a commit reaches the disk (`synchronous=FULL`), static files have hashed names, passwords their
slow digest. DATABASE_URL chooses the database.
"""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "bench-only-" + "x" * 40)
os.environ.setdefault("CREDENTIALS_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
os.environ["LOCAL"] = "1"
os.environ.setdefault("MEDIA_URL_ROOT", tempfile.mkdtemp(prefix="bench-media-"))
os.environ.setdefault("EXPORTS_ROOT", tempfile.mkdtemp(prefix="bench-exports-"))

from reviewer.settings import *  # noqa: F403  (the environment comes first)
