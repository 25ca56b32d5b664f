"""The product's own settings with the environment of a test run. DATABASE_URL chooses the database."""

import os
import tempfile

# Compiling Django and the product again takes 2.7 s of CPU, for every one of the programs that tests start.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""

os.environ["SECRET_KEY"] = "tests-only-" + "x" * 40
os.environ["CREDENTIALS_KEY"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
os.environ["LOCAL"] = "1"
os.environ.setdefault("DATABASE_URL", "sqlite:///" + os.path.join(tempfile.gettempdir(), "reviewer-tests.sqlite3"))
os.environ.setdefault("MEDIA_URL_ROOT", tempfile.mkdtemp(prefix="reviewer-media-"))
os.environ.setdefault("EXPORTS_ROOT", tempfile.mkdtemp(prefix="reviewer-exports-"))

from reviewer.settings import *  # noqa: F403  (the environment comes first)

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: the browser tests' server has threads, and tables in shared memory lock without waiting.
    FILE = os.path.join(tempfile.gettempdir(), f"reviewer-tests-{os.getpid()}.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": FILE}  # noqa: F405
    # Tests kill processes, never the machine: what the system has taken is safe.
    OPTIONS = DATABASES["default"]["OPTIONS"]  # noqa: F405
    OPTIONS["init_command"] = OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=OFF")
