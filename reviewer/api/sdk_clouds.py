"""`upload` of the vendor's SDK with gs:// or s3:// addresses: an import that a worker starts, as the page's are."""

import time
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import BadRequest
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.models import CloudImport, CloudProvider, Connection, Folder, FolderScope
from batches.sync.clouds import MAX_OBJECTS
from reviewer.api.auth import START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.sdk import WireView, clean_id
from reviewer.api.sdk_starts import InvalidField, editable
from reviewer.api.sdk_uploads import WAITING, NotDone, TooManyUploads, only_account

INTENTS = UUID("b1f0c3de-52a7-4c0b-9d1a-6b7e7d1f0a35")
LONGEST = 60.0  # seconds that a script's connection is held open until the vendor has named the import
LOOK_AGAIN = 0.2  # seconds


class _ObjectName(serializers.CharField):
    """Each becomes one line of a list of addresses."""

    def __init__(self) -> None:
        super().__init__(max_length=1300, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> str:
        name = str(super().to_internal_value(data))
        if not name.isprintable() or name != name.rstrip():
            raise serializers.ValidationError(f"No object can have this name: {name[:120]!r}.")
        return name


class CloudQuestion(serializers.Serializer[dict[str, Any]]):
    integration_id = serializers.CharField(max_length=255, required=False, default="")
    folder_id = serializers.CharField(max_length=255, required=False, allow_null=True, default=None)
    scope = serializers.ChoiceField(choices=FolderScope.values, default=FolderScope.USER)


class GcsQuestion(CloudQuestion):
    files = LimitedList(child=_ObjectName(), max_length=MAX_OBJECTS)


class S3Question(CloudQuestion):
    bucket = serializers.RegexField(r"\A[a-z0-9][a-z0-9._-]{1,221}\Z")
    keys = LimitedList(child=_ObjectName(), max_length=MAX_OBJECTS)


class CloudView(WireView):
    scopes = {"POST": START}

    def started(self, request: Request, connection: Connection, folder: Folder | None, addresses: str,
                fields: dict[str, Any]) -> Response:  # fmt: skip
        """The vendor's id of the import. One for each request id, which the SDK repeats with every try of a call."""
        by = person(request)
        key = request.headers.get("Idempotency-Key") or request.headers.get("X-Request-ID") or uuid4().hex
        if not WAITING.acquire(blocking=False):
            raise TooManyUploads
        try:
            run = _named(
                actions.start_cloud_import(
                    connection=connection, addresses=addresses, integration=fields["integration_id"], folder=folder,
                    scope=fields["scope"], by=by, idempotency_key=uuid5(INTENTS, f"{by.pk} {key}"),
                )
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        finally:
            WAITING.release()
        if not run.job_id:
            raise NotDone(run, "The import is still being started; the page of imports has its state.")
        return Response({"import_job_id": run.job_id})


class GcsUpload(CloudView):
    def post(self, request: Request) -> Response:
        mine = editable(request)
        fields = _fields(GcsQuestion, request)
        connection, folder = _target(mine, fields["folder_id"])
        bucket = _bucket(connection, fields["integration_id"])
        addresses = "\n".join(f"gs://{bucket}/{name}" for name in fields["files"])
        return self.started(request, connection, folder, addresses, fields)


class S3Upload(CloudView):
    def post(self, request: Request) -> Response:
        mine = editable(request)
        fields = _fields(S3Question, request)
        connection, folder = _target(mine, fields["folder_id"])
        addresses = "\n".join(f"s3://{fields['bucket']}/{key}" for key in fields["keys"])
        return self.started(request, connection, folder, addresses, fields)


def _fields(form: type[CloudQuestion], request: Request) -> dict[str, Any]:
    """Raises ValidationError, InvalidField."""
    if isinstance(request.data, dict) and "sets" in request.data:
        raise InvalidField("sets", "The reviewer imports no sets of views from cloud storage. Upload them as files.")
    question = form(data=request.data)
    question.is_valid(raise_exception=True)
    fields: dict[str, Any] = question.validated_data
    return fields


def _target(mine: Any, folder_id: str | None) -> tuple[Connection, Folder | None]:
    """The account that gets the videos, and the folder there. Raises NotFound, Ambiguous."""
    if not folder_id:
        return only_account(list(mine.order_by("id")[:2])), None
    folder = Folder.objects.filter(connection__in=mine, external_id=clean_id(folder_id)).order_by("id").first()
    if folder is None:
        raise NotFound("None of the accounts you edit has this folder.")
    return folder.connection, folder


def _bucket(connection: Connection, integration: str) -> str:
    """The bucket of a stored access: the SDK does not send it for Google Cloud Storage. Raises InvalidField."""
    integrations = actions.list_integrations(connection=connection)
    gcs = (row for row in integrations if row.provider == CloudProvider.GCS)
    bucket = next((row.bucket for row in gcs if row.external_id == integration), "")
    if not bucket:
        raise InvalidField("integration_id", f"The account has no integration {integration!r} with a bucket.")
    return bucket


def _named(run: CloudImport) -> CloudImport:
    """The import once the vendor has named it or it has ended, or as far as it is after LONGEST."""
    until = time.monotonic() + LONGEST
    while run.unfinished and not run.job_id and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
        run.refresh_from_db()
    return run
