"""`get_import_job` and its videos, of the vendor's SDK: from our tables, as the import's page shows them. Its
`retry_import_job` has the vendor fetch the failed ones again.
"""

from typing import Any

from django.core.exceptions import BadRequest
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.models import CloudImport
from batches.sync.clouds import MAX_OBJECTS
from reviewer.api.auth import ANY, START
from reviewer.api.limited_list import LimitedList
from reviewer.api.sdk import WireView, clean_id
from reviewer.api.sdk_starts import InvalidField, editable
from reviewer.web.numbers import read_number

MOST_ROWS = 500  # of one page, the vendor's own size


class ImportView(WireView):
    scopes = {"GET": ANY}

    def job(self, request: Request, job_id: str) -> CloudImport:
        """Raises PermissionDenied, NotFound."""
        jobs = CloudImport.objects.filter(connection__in=editable(request), job_id=clean_id(job_id)).exclude(job_id="")
        job = jobs.select_related("folder").order_by("id").first()
        if job is None:
            raise NotFound("Import job not found.")
        return job


class ImportJob(ImportView):
    def get(self, request: Request, job_id: str) -> Response:
        job = self.job(request, job_id)
        return Response({
            "job_id": job.job_id, "source": "gcs" if job.provider == "gcs" else "s3", "bucket": job.bucket,
            "prefix": None, "folder_id": job.folder.external_id if job.folder else None,
            "folder_name": job.folder.name if job.folder else None, "total": job.total, "status": job.state,
            "terminal": not job.unfinished, "created_at": job.created_at, "updated_at": job.changed_at,
            "completed_at": job.finished_at,
        })  # fmt: skip


class ImportVideos(ImportView):
    def get(self, request: Request, job_id: str) -> Response:
        job, query = self.job(request, job_id), request.query_params
        limit = min(read_number(query.get("limit", "")) or MOST_ROWS, MOST_ROWS)
        rows = job.videos.order_by("external_id")
        if cursor := query.get("cursor", ""):
            rows = rows.filter(external_id__gt=clean_id(cursor))
        offset = 0 if cursor else min(read_number(query.get("offset", "")) or 0, 1_000_000)
        page: list[Any] = list(rows[offset : offset + limit + 1])
        more, page = len(page) > limit, page[:limit]
        videos = [
            {"video_id": row.external_id, "status": row.status.upper(), "import_source_uri": row.source_uri}
            for row in page
        ]
        return Response({
            "import_job_id": job.job_id, "total": job.total, "limit": limit, "cursor": cursor or None,
            "has_more": more, "next_cursor": page[-1].external_id if more else None, "video_count": len(videos),
            "videos": videos,
        })  # fmt: skip


class RetryQuestion(serializers.Serializer[dict[str, Any]]):
    video_ids = LimitedList(
        child=serializers.CharField(max_length=255), max_length=MAX_OBJECTS, required=False, allow_null=True
    )


class RetryImport(ImportView):
    scopes = {"POST": START}

    def post(self, request: Request, job_id: str) -> Response:
        job = self.job(request, job_id)
        question = RetryQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        asked = question.validated_data.get("video_ids")
        if asked is not None and set(asked) != set(job.videos.failed().values_list("external_id", flat=True)):
            raise InvalidField("video_ids", "The reviewer has all failed videos of an import fetched again, not some.")
        try:
            count = actions.retry_cloud_import(run=job)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response({"import_job_id": job.job_id, "status": "importing", "retried": count})
