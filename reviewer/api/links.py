"""Download links: tokens list them; signed-in people also make, rotate and revoke them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.actions.links import MAX_DAYS
from batches.models import Link, Role
from reviewer import access
from reviewer.api.auth import NONE, READ, person
from reviewer.api.pages import NEWEST, PAGING, page, page_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read
from reviewer.board.links import create_board_link
from reviewer.downloads.requests import addresses, create_link
from reviewer.forms.downloads import FILES

PEOPLE = "Needs a signed-in person; tokens are refused."


class LinkOrder(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=80)
    file = serializers.ChoiceField(choices=FILES, default="events.csv")
    columns = serializers.CharField(max_length=1000, default="documented")
    query = serializers.CharField(
        max_length=2000, default="", allow_blank=True, help_text="The filter, as in the URL of a page."
    )
    view = serializers.IntegerField(
        min_value=1, max_value=2**62, default=None, allow_null=True, help_text="A saved view instead of the filter."
    )
    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, default=30)
    vendor_thumbnails = serializers.BooleanField(
        default=False, help_text="Thumbnail addresses of the vendor instead of ours."
    )
    clips = serializers.BooleanField(default=False, help_text="Also open the page with pictures and clips.")


class BoardLinkOrder(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=80)
    query = serializers.CharField(
        max_length=2000, default="", allow_blank=True, help_text="The filter, as in the URL of the board."
    )
    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, default=30)


class LinkSerializer(serializers.ModelSerializer[Link]):
    """A link. Its address is not stored: it is shown only when the link is created or its token replaced."""

    live = serializers.BooleanField(
        source="is_live", help_text="Whether it works: not expired, not revoked, and its creator still has access."
    )
    query = serializers.CharField(help_text="The filter.")
    created_by = serializers.CharField(source="created_by.username")
    revoked_by = serializers.CharField(source="revoked_by.username", allow_null=True, default=None)

    class Meta:
        model = Link
        fields = (
            "id", "name", "live", "batch", "file", "columns", "query", "view", "vendor_thumbnails", "clips", "prefix",
            "created_by", "created_at", "expires_at", "rotated_at", "revoked_at", "revoked_by", "revoked_why",
            "last_used_at", "uses",
        )  # fmt: skip


class MadeLinkSerializer(LinkSerializer):
    address = serializers.CharField(help_text="Address of the file. Keep it: it is shown only once.")
    clips_address = serializers.CharField(help_text="Address of the page with clips, if there is one.")

    class Meta:
        model = Link
        fields = (*LinkSerializer.Meta.fields, "address", "clips_address")


class Links(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="links",
        summary="Links you can revoke, newest first",
        parameters=PAGING,
        responses=page_of(LinkSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = Link.objects.manageable_by(person(request)).with_people()
        return page(request, NEWEST, rows.defer("batch__raw"), LinkSerializer)


class BatchLinks(APIView):
    scopes = {"GET": READ, "POST": NONE}

    @extend_schema(
        operation_id="batch_links",
        summary="Links of a batch that you can revoke, newest first",
        parameters=PAGING,
        responses=page_of(LinkSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk)
        rows = Link.objects.manageable_by(person(request)).filter(batch=batch).with_people()
        return page(request, NEWEST, rows.defer("batch__raw"), LinkSerializer)

    @extend_schema(
        operation_id="make_link",
        summary="Create a link",
        description=f"{PEOPLE} A retry with the same key gives the same link a new address, unless the link was used.",
        parameters=[KEY],
        request=LinkOrder,
        responses={201: MadeLinkSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk, Role.REVIEWER)
        order = read(LinkOrder, request) | {"idempotency_key": key_of(request)}
        return Response(_made(*create_link(person(request), batch, order)), status=201)


class BoardLinks(APIView):
    scopes = {"GET": READ, "POST": NONE}

    @extend_schema(
        operation_id="board_links",
        summary="Links to the board that you can revoke, newest first",
        parameters=PAGING,
        responses=page_of(LinkSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = Link.objects.manageable_by(person(request)).filter(batch=None).with_people()
        return page(request, NEWEST, rows, LinkSerializer)

    @extend_schema(
        operation_id="make_board_link",
        summary="Create a link to the board",
        description=f"{PEOPLE} It shows the batches in which you may decide. A retry with the same key gives the same"
        " link a new address, unless the link was used.",
        parameters=[KEY],
        request=BoardLinkOrder,
        responses={201: MadeLinkSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        batches = access.batches_to_share(person(request))
        order = read(BoardLinkOrder, request) | {"idempotency_key": key_of(request)}
        return Response(_made(*create_board_link(person(request), batches, order)), status=201)


class OneLink(APIView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="link", summary="One link", responses=LinkSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_body(access.link_for(person(request), pk)))


class Revoke(APIView):
    scopes = {"POST": NONE}

    @extend_schema(
        operation_id="revoke_link", summary="Revoke a link", description=PEOPLE, request=None,
        responses=LinkSerializer,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        link = access.link_for(person(request), pk)
        actions.revoke_link(link=link, by=person(request))
        return Response(_body(link))


class Rotate(APIView):
    scopes = {"POST": NONE}

    @extend_schema(
        operation_id="rotate_link", summary="Rotate the address of a link", request=None, responses=MadeLinkSerializer,
        description=f"{PEOPLE} Only for its creator; the old URL stops working at once.",
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        link = access.link_for(person(request), pk, own=True)
        return Response(_made(link, actions.rotate_link(link=link, by=person(request))))


def _body(link: Link) -> dict[str, Any]:
    return LinkSerializer(Link.objects.with_people().get(pk=link.pk)).data


def _made(link: Link, token: str) -> dict[str, Any]:
    return _body(link) | addresses(link, token)
