"""Where files lie that several hosts need, and the operator's own footage: folders they share, or a bucket.

Imports no models, because the settings do this.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.core.files.storage import Storage

BUCKET = "s3://BUCKET/PREFIX?endpoint=URL&region=NAME"
FOOTAGE = "footage"  # the name of the storage with the operator's own videos
MEMORY = 4_000_000  # bytes of a file that is read; the rest of it waits on the disk
CHUNK_BYTES = 1 << 18
FOOTAGE_WAIT = 3  # seconds for the bucket of footage: a person waits for its answer
FILES_WAIT = 10  # seconds for the bucket of uploads and exports: the sweep waits, and with it all that it starts
OPTION_NAMES = {"endpoint": "endpoint_url", "region": "region_name"}


def storages_of(url: str, *, uploads: Path, exports: Path) -> dict[str, dict[str, Any]]:
    """Django's storages `default` (uploads) and `exports`, for a FILES_URL. Raises ImproperlyConfigured."""
    if not url:
        return {"default": _folder(uploads), "exports": _folder(exports)}
    bucket, prefix, options = _read_url("FILES_URL", url, f"empty (folders) or {BUCKET}")
    options["client_config"] = _client_config(FILES_WAIT, attempts=2)
    return {name: _bucket(bucket, f"{prefix}/{name}".strip("/"), options) for name in ("default", "exports")}


def footage_storage(url: str) -> dict[str, dict[str, Any]]:
    """Django's storage `footage` for FOOTAGE_FILES; none if that is empty. Raises ImproperlyConfigured."""
    if not url:
        return {}
    if Path(url).is_absolute():
        return {FOOTAGE: _folder(Path(url))}
    bucket, prefix, options = _read_url("FOOTAGE_FILES", url, f"the absolute path of a folder or {BUCKET}")
    options["client_config"] = _client_config(FOOTAGE_WAIT, attempts=1)
    return {FOOTAGE: _bucket(bucket, prefix, options)}


def read_part(store: "Storage", name: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to before `end`. Raises OSError where the file ends early: half must not look whole."""
    with store.open(name, "rb") as file:
        file.seek(start)
        while start < end:
            chunk = file.read(min(CHUNK_BYTES, end - start))
            if not chunk:
                raise OSError(f"{name} ended early")
            start += len(chunk)
            yield chunk


def _read_url(setting: str, url: str, valid: str) -> tuple[str, str, dict[str, Any]]:
    """The bucket, the prefix and the options of an address. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.netloc or query.keys() - OPTION_NAMES.keys():
        raise ImproperlyConfigured(f"{setting}: valid is {valid}.")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(
            f"{setting}: the package django-storages[s3] is missing; it comes with the extra `scale`."
        )
    return parts.netloc, parts.path.strip("/"), {OPTION_NAMES[name]: value for name, value in query.items()}


def _folder(path: Path) -> dict[str, Any]:
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": path}}


def _client_config(wait: int, *, attempts: int) -> Any:
    """Botocore waits a minute for a host that swallows packets, five times over."""
    from botocore.config import Config  # noqa: PLC0415  (installed only where a bucket is used)

    retries = {"total_max_attempts": attempts}
    return Config(signature_version="s3v4", connect_timeout=wait, read_timeout=wait, retries=retries)


def _bucket(name: str, prefix: str, options: dict[str, Any]) -> dict[str, Any]:
    # The credentials are those of the environment, or of the machine's role.
    fixed = {"bucket_name": name, "location": prefix, "file_overwrite": True, "default_acl": None,
             "max_memory_size": MEMORY}  # fmt: skip
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": fixed | options}
