"""Where files lie that several hosts need: folders they share, or a bucket.

Imports no models, because the settings do this.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

VALID = "empty (folders) or s3://BUCKET/PREFIX?endpoint=URL&region=NAME"
MEMORY = 4_000_000  # bytes of a file that is read; the rest of it waits on the disk
OPTION_NAMES = {"endpoint": "endpoint_url", "region": "region_name"}


def storages_of(url: str, *, uploads: Path, exports: Path) -> dict[str, dict[str, Any]]:
    """Django's storages `default` (uploads) and `exports`, for a FILES_URL. Raises ImproperlyConfigured."""
    if not url:
        return {"default": _folder(uploads), "exports": _folder(exports)}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.netloc or query.keys() - OPTION_NAMES.keys():
        raise ImproperlyConfigured(f"FILES_URL: valid is {VALID}.")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "FILES_URL: the package django-storages[s3] is missing; it comes with the extra `scale`."
        )
    options = {OPTION_NAMES[name]: value for name, value in query.items()}
    prefix = parts.path.strip("/")
    return {name: _bucket(parts.netloc, f"{prefix}/{name}".strip("/"), options) for name in ("default", "exports")}


def _folder(path: Path) -> dict[str, Any]:
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": path}}


def _bucket(name: str, prefix: str, options: dict[str, str]) -> dict[str, Any]:
    # The credentials are those of the environment, or of the machine's role.
    fixed = {"bucket_name": name, "location": prefix, "file_overwrite": True, "default_acl": None,
             "max_memory_size": MEMORY}  # fmt: skip
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": fixed | options}
