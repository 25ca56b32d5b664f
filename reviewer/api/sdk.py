"""The NomadicML wire format, for the vendor's own SDK with our address as `base_url` and one of our tokens as key."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.errors import VendorRefused
from batches.models import (
    AccountVideo,
    AccountVideoQuerySet,
    Batch,
    BatchStart,
    Folder,
    FolderScope,
    Item,
    Role,
    Vendor,
)
from batches.models.batch import BatchQuerySet
from batches.models.batch_metadata import metadata_of
from batches.sync.metadata_values import read_metadata
from reviewer import access, media
from reviewer.api import errors, sdk_bodies
from reviewer.api.addresses import redact_addresses, sees_media
from reviewer.api.auth import ANY, MEDIA, META, KeyAuthentication, person, token_of
from reviewer.api.batch_metadata import add_metadata
from reviewer.api.limited_list import LimitedList
from reviewer.web.vendor_refusals import vendor_refusal

BULK_LIMIT = 500  # videos in one call, the same as the vendor's limit


class Ambiguous(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "ambiguous"


SERVED = {
    Vendor.NOMADIC: (
        "get_batch_analysis, get_visual(s), my_videos, get_folder, visualize, add_batch_metadata, verify_auth, analyze,"
        " search, upload, create_folder, generate_structured_odd, get_import_job, get_import_job_videos and"
        " retry_import_job"
    ),
    Vendor.TWELVELABS: "the list, status and results of batches",
    Vendor.WICKSON: "the results of batches",
}
PASSED_ON = {400, 404, 409, 413, 415, 422}  # what a vendor refuses about a call; other refusals are about our key
MAX_PATH = 200  # characters of a path in an error message


def not_served(request: Request, vendor: Vendor) -> str:
    """The error message for a path or method of the vendor that the reviewer does not serve."""
    return (
        f"The reviewer does not serve {request.method} {request.path[:MAX_PATH]}. It answers for {SERVED[vendor]}, from"
        f" synced data; ask {vendor.label} for everything else."
    )


class WireView(APIView):
    authentication_classes = (KeyAuthentication,)
    schema = None  # the vendor documents it
    vendor = Vendor.NOMADIC
    unknown = "Batch not found."  # {} is the batch's id

    def http_method_not_allowed(  # type: ignore[override]  # DRF calls it with its own request
        self, request: Request, *args: object, **kwargs: object
    ) -> NoReturn:
        raise MethodNotAllowed(str(request.method), not_served(request, Vendor(self.vendor)))

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return self._refused

    def _refused(self, error: Exception, context: dict[str, Any]) -> Response | None:
        response = errors.answer(error, context)
        if response is not None and isinstance(error, VendorRefused) and error.status in PASSED_ON:
            response.status_code = error.status
        if response is not None and self.vendor != Vendor.NOMADIC:  # our errors have its form
            response.data = vendor_refusal(self.vendor, response.status_code, str(response.data["detail"]))
        return response

    def batches(self, request: Request) -> BatchQuerySet:
        """The batches of this vendor that the person may see."""
        return access.batches_of(person(request)).filter(connection__vendor=self.vendor)

    def batch(self, request: Request, batch_id: str) -> Batch:
        """The batch with this id of the vendor. Raises NotFound, Ambiguous."""
        batches = self.batches(request).filter(external_id=clean_id(batch_id))
        rows = list(batches.prefetch_related("metadata_entries").order_by("id")[:2])
        if not rows:
            raise NotFound(self.unknown.format(batch_id))
        if len(rows) > 1:
            raise Ambiguous("Several of your connections have this batch; use the token of somebody who sees only one.")
        return rows[0]


def clean_id(identifier: str) -> str:
    """An id from the address. Raises NotFound for one that a PostgreSQL query cannot contain."""
    if "\0" in identifier:
        raise NotFound("An id cannot contain a NUL character.")
    return identifier


def text(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


def _redacted_text(request: Request, body: str, *unredacted: str) -> HttpResponse:
    """The body, without addresses of media if the request may not see them. The fields `unredacted` stay unchanged."""
    if sees_media(request):
        return text(body)
    data = json.loads(body)
    return text(json.dumps(redact_addresses(request, data) | {name: data[name] for name in unredacted}))


class Verify(WireView):
    def post(self, request: Request) -> Response:
        user, token = person(request), token_of(request)
        uid = str(user.pk)
        who = {"user_id": uid, "uid": uid, "email": user.email or user.get_username(), "org_id": None}
        return Response({"valid": True, **who, "scope": token.scope if token else None})


class Status(WireView):
    def batches(self, request: Request) -> BatchQuerySet:
        """With the vendor's document, which the answer begins with."""
        return super().batches(request).defer(None).defer("connection__api_key")

    def get(self, request: Request, batch_id: str) -> HttpResponse:
        listing = request.query_params.get("include_videos", "true").lower() not in ("false", "0")
        batch = self.batch(request, batch_id)
        return _redacted_text(request, sdk_bodies.status_body(batch, listing=listing), "metadata")


class BulkQuestion(serializers.Serializer[dict[str, Any]]):
    video_ids = LimitedList(child=serializers.CharField(max_length=255), max_length=BULK_LIMIT)


class Bulk(WireView):
    def post(self, request: Request, batch_id: str) -> HttpResponse:
        batch = self.batch(request, batch_id)
        question = BulkQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        return _redacted_text(request, sdk_bodies.bulk_body(batch, question.validated_data["video_ids"]))


class Metadata(WireView):
    scopes = {"GET": ANY, "POST": META}

    def get(self, request: Request, batch_id: str) -> Response:
        return self._answer(self.batch(request, batch_id))

    def post(self, request: Request, batch_id: str) -> Response:
        """Merge keys, given as JSON text in the only field of the body. They are pushed in the background."""
        batch = access.batch_for(person(request), self.batch(request, batch_id).pk, Role.EDITOR)
        question = MetadataQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        add_metadata(request, batch, read_metadata(question.validated_data["metadata"]))
        return self._answer(self.batch(request, batch_id))

    def _answer(self, batch: Batch) -> Response:
        return Response({"success": True, "batch_id": batch.external_id, "metadata": metadata_of(batch)})


class MetadataQuestion(serializers.Serializer[dict[str, Any]]):
    metadata = serializers.CharField(trim_whitespace=False)


class ItemsView(WireView):
    def items(self, request: Request) -> QuerySet[Item]:
        """The items of this vendor's batches that the person may see."""
        return Item.objects.filter(batch__in=self.batches(request).order_by().values("pk"))


class MediaView(ItemsView):
    scopes = {"POST": MEDIA}

    def item(self, request: Request, **named: str) -> Item:
        """The newest item with these ids in a batch that the person may see. Raises NotFound."""
        named = real_analysis({name: clean_id(value) for name, value in named.items()})
        items = self.items(request).filter(**named).select_related("batch__connection")
        item = items.defer("raw", "batch__raw").order_by("-id").first()
        if item is None:
            raise NotFound("Analysis not found." if "analysis_id" in named else "Video not found.")
        return item


def analysis_alias(run: BatchStart) -> str:
    """Names the analysis of a start of one video before the vendor gives it an id."""
    return f"start-{run.pk}"


def start_of_alias(analysis_id: str) -> BatchStart | None:
    match = re.fullmatch(r"start-([0-9]{1,18})", analysis_id)
    return BatchStart.objects.filter(pk=int(match[1]), batch__isnull=False).first() if match else None


def real_analysis(named: dict[str, str]) -> dict[str, Any]:
    """The fields that identify an item, with the item of the batch in place of an alias."""
    run = start_of_alias(named.get("analysis_id", ""))
    return {"external_id": named["external_id"], "batch": run.batch_id} if run else named


class Thumbnails(MediaView):
    parser_classes = ()  # the SDK sends a form, which is not needed

    def post(self, request: Request, video_id: str, analysis_id: str) -> HttpResponse:
        """Return the existing thumbnails. If the token is an editor's, missing ones are made in the background."""
        item = self.item(request, external_id=video_id, analysis_id=analysis_id)
        actions.request_item_thumbnails(item=item, by=person(request))
        return text(sdk_bodies.thumbnails_body(item))


class SigningQuestion(serializers.Serializer[dict[str, Any]]):
    expires_in = serializers.IntegerField(min_value=60, max_value=604_800, default=900)
    method = serializers.ChoiceField(choices=["GET"], default="GET")


class SignedUrl(MediaView):
    def post(self, request: Request, video_id: str) -> Response:
        item = self.item(request, external_id=video_id)
        question = SigningQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        url, expires_at = media.sign(
            item, connection=item.batch.connection, expires_in=question.validated_data["expires_in"]
        )
        expires = datetime.fromtimestamp(expires_at, UTC).isoformat() if expires_at else None
        return Response({"url": request.build_absolute_uri(url), "expires_at": expires, "method": "GET"})


class MyVideos(ItemsView):
    """The videos of accounts that the person edits, as they were last listed, and those of all batches they see."""

    def get(self, request: Request) -> Response:
        listed = _account_videos(request)
        if name := request.query_params.get("folder"):
            folder = _folder(request, name, request.query_params.get("scope", ""))
            return self._answer(request, sdk_bodies.account_videos(listed.filter(folder=folder)))
        rows = sdk_bodies.account_videos(listed)
        ids = {row["video_id"] for row in rows}
        items = self.items(request).filter(gone_at=None).order_by("id").values_list("external_id", "name")
        others = [row for row in sdk_bodies.videos(items) if row["video_id"] not in ids]
        return self._answer(request, [*rows, *others])

    def _answer(self, request: Request, rows: list[dict[str, Any]]) -> Response:
        return Response({"videos": redact_addresses(request, rows)})


class GetFolder(WireView):
    def get(self, request: Request) -> Response:
        folder = _folder(request, request.query_params.get("name", ""), request.query_params.get("scope", "user"))
        return Response(
            {"id": folder.external_id, "name": folder.name, "scope": folder.scope, "org_id": folder.org_id or None,
             "created_at": folder.vendor_created_at or None, "created_by": None, "description": folder.description,
             "video_count": _account_videos(request).filter(folder=folder).count()}
        )  # fmt: skip


def _account_videos(request: Request) -> AccountVideoQuerySet:
    connections = access.connections_to_edit(person(request)).filter(vendor=Vendor.NOMADIC)
    videos = AccountVideo.objects.listed().filter(connection__in=connections)
    return videos.select_related("folder").order_by("id")


def _folder(request: Request, name: str, scope: str) -> Folder:
    """The folder of this name; without a scope a personal one first. Raises NotFound."""
    connections = access.connections_to_edit(person(request)).filter(vendor=Vendor.NOMADIC)
    folders = Folder.objects.filter(connection__in=connections, name=clean_id(name)).exclude(name="")
    if scope in FolderScope.values:
        folders = folders.filter(scope=scope)
    folder = folders.order_by("-scope", "id").first()  # user before org
    if folder is None:
        raise NotFound(f"No folder {name[:MAX_PATH]!r} is known here. Known are folders of the accounts you edit.")
    return folder
