"""The product's own settings with the environment of a test run. DATABASE_URL chooses the database."""

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

# A twentieth of a run is the garbage collector looking again at what stays. Before the product reads what is usual.
gc.set_threshold(50_000, 20, 100)

# Compiling Django and the product again takes 2.7 s of CPU, for every one of the programs that tests start.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""

os.environ["SECRET_KEY"] = "tests-only-" + "x" * 40
os.environ["CREDENTIALS_KEY"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
os.environ["LOCAL"] = "1"
os.environ.setdefault("DATABASE_URL", "sqlite:///" + os.path.join(tempfile.gettempdir(), "reviewer-tests.sqlite3"))
# A program that a test starts works in the folder of that test run, and leaves it there.
if "TESTS_ROOT" not in os.environ:
    os.environ["TESTS_ROOT"] = tempfile.mkdtemp(prefix="reviewer-tests-")
    atexit.register(shutil.rmtree, os.environ["TESTS_ROOT"], ignore_errors=True)
ROOT = Path(os.environ["TESTS_ROOT"])
os.environ.setdefault("MEDIA_URL_ROOT", str(ROOT / "media"))
os.environ.setdefault("EXPORTS_ROOT", str(ROOT / "exports"))

from reviewer.settings import *  # noqa: E402, F403  (the environment comes first)

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
MAIL_IS_PRINTED = False  # it goes into a list

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: the browser tests' server has threads, and tables in shared memory lock without waiting.
    DATABASES["default"]["TEST"] = {"NAME": str(ROOT / f"{os.getpid()}.sqlite3")}  # noqa: F405
    # Tests kill processes, never the machine: what the system has taken is safe.
    OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
    OPTIONS["init_command"] = OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=OFF")
