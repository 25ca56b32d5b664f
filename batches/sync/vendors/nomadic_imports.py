"""Uploads, and imports from cloud storage, at NomadicML: bodies of the calls, and what the answers say."""

from pathlib import PurePosixPath
from typing import Any

from batches.errors import BadRecord
from batches.sync.clouds import CloudObjects, ImportJob, ImportRow, Integration
from batches.sync.fields import NAME_LIMIT, URL_LIMIT, clean, count_or_none, identifier, kind
from batches.sync.multipart import FilePart, MultipartBody
from batches.sync.vendors.base import VideoFile

PAGE_ROWS = 500
MAX_PAGES = 100  # of one pass: fifty thousand rows, many times the largest import


def import_body(objects: CloudObjects, integration: str, folder_id: str, scope: str) -> dict[str, Any]:
    """The body that starts an import. For Google Cloud Storage the integration names the bucket."""
    body: dict[str, Any] = {"collection": "videos", "folder_id": folder_id or None, "scope": scope}
    if objects.provider == "gcs":
        return {"integration_id": integration, "files": list(objects.keys), **body}
    body |= {"integration_id": integration} if integration else {}
    return {"keys": list(objects.keys), "bucket": objects.bucket, **body}


# What the vendor's own client sends; it knows no type of .webm.
CONTENT_TYPES = {".mp4": "video/mp4", ".avi": "video/x-msvideo", ".mov": "video/quicktime"}


def file_body(file: VideoFile, folder_id: str, scope: str) -> MultipartBody:
    """The form that uploads a file. The part's name is the video's; its metadata has the same base name."""
    fields = {"source": "file", "firebase_collection_name": "videos", "scope": scope}
    fields |= {"folder_id": folder_id} if folder_id else {}
    name = PurePosixPath(file.name)
    parts = [file.part("file", CONTENT_TYPES.get(name.suffix.lower(), "application/octet-stream"))]
    if file.sidecar:
        text = file.sidecar.encode()
        metadata = FilePart("metadata_file", f"{name.stem}.json", "application/json", len(text), lambda: iter([text]))
        parts.insert(0, metadata)
    return MultipartBody(fields, parts, gated=True)


def read_integrations(answer: Any) -> list[Integration]:
    """Those of a bare list that read Google Cloud Storage or S3. Raises BadRecord if there is no list."""
    if not isinstance(answer, list):
        raise BadRecord("integrations", f"expected a list, got {kind(answer)}")
    rows = [row for row in answer if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"]]
    integrations = [
        Integration(row["id"], *(_text(row.get(name)) for name in ("name", "type", "bucket"))) for row in rows
    ]
    return [row for row in integrations if row.provider in ("gcs", "s3") and len(row.external_id) <= NAME_LIMIT]


def read_import_started(answer: Any) -> str:
    """The id of the import that was started. Raises BadRecord if the answer names none."""
    job_id = identifier(answer, "import_job_id", "import") if isinstance(answer, dict) else None
    if job_id is None:
        raise BadRecord("import_job_id", f"expected an id, got {kind(answer)}")
    return job_id


def read_uploaded(answer: Any) -> str:
    """The id of the video that was uploaded. Raises BadRecord if the answer names none."""
    video_id = identifier(answer, "video_id", "upload") if isinstance(answer, dict) else None
    if video_id is None:
        raise BadRecord("video_id", f"expected an id, got {kind(answer)}")
    return video_id


def check_joined(answer: Any) -> None:
    """Raises BadRecord if the answer does not say that the views are joined: a set that is apart looks the same."""
    if not isinstance(answer, dict) or not isinstance(answer.get("views"), dict):
        raise BadRecord("views", f"expected an object, got {kind(answer)}")


def read_upload_state(answer: Any) -> str:
    """Where the vendor's own client looks for the state of an upload. Raises BadRecord if there is none."""
    word = answer
    for name in ("metadata", "visual_analysis", "status", "status"):
        word = word.get(name) if isinstance(word, dict) else None
    if not _text(word):
        raise BadRecord("video status", f"expected a word, got {kind(word)}")
    return _text(word).lower()


def read_job(answer: Any) -> ImportJob:
    """How many objects were asked for, and whether the vendor says that it is over. Raises BadRecord."""
    if not isinstance(answer, dict):
        raise BadRecord("import job", f"expected an object, got {kind(answer)}")
    total = count_or_none(answer, "total", "import job")
    return ImportJob(total or None, bool(answer.get("completed_at")) or answer.get("terminal") is True)


def read_rows(answer: Any, cursor: str) -> tuple[list[ImportRow], str]:
    """One page of an import's videos, and the cursor of the next, "" for none. Raises BadRecord.

    A cursor that leads nowhere, or back, would be followed for ever.
    """
    rows = answer.get("videos") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise BadRecord("import videos", f"expected a list, got {kind(rows)}")
    read = [row for number, line in enumerate(rows) if (row := _row(line, f"import videos {number}"))]
    if answer.get("has_more") is not True:
        return read, ""
    following = answer.get("next_cursor")
    if not isinstance(following, str) or not following or following == cursor:
        raise BadRecord("import videos next_cursor", f"does not lead to the next page: {kind(following)}")
    return read, following


def _row(line: Any, path: str) -> ImportRow | None:
    video_id = identifier(line, "video_id", path) if isinstance(line, dict) else None
    if video_id is None:
        return None
    source = line.get("import_source_uri")
    return ImportRow(
        video_id, _text(line.get("status")).lower(), clean(source, URL_LIMIT) if isinstance(source, str) else ""
    )


def _text(value: Any) -> str:
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""
