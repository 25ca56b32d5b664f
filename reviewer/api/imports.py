"""Imports of files: send one, see what it would become, say how it is read, and write or discard it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import ColumnMapping, ImportRun
from batches.sync.files.names import FIELDS
from batches.sync.files.options import NAMES, bad_option
from reviewer import access
from reviewer.api.auth import ANY, NONE, person
from reviewer.api.pages import NEWEST, PAGING, page, page_of
from reviewer.api.verbs import CONFLICT, read

SIGNED_IN = "For signed-in editors; tokens are refused."


class FileOrder(serializers.Serializer[dict[str, Any]]):
    connection = serializers.IntegerField(min_value=1, max_value=2**62)
    file = serializers.FileField(allow_empty_file=True)
    batch = serializers.CharField(max_length=255, required=False, default="", allow_blank=True)


class ImportStep(serializers.Serializer[dict[str, Any]]):
    """`read`: check the file again with `mapping` and `options`. `confirm`: import it. `discard`: delete it.
    `cancel`: stop a running import; the rows it has written stay. The others save, use, rename and delete mappings.
    """

    step = serializers.ChoiceField(
        choices=["read", "confirm", "discard", "cancel", "save-mapping", "use-mapping", "rename-mapping",
                 "delete-mapping"]
    )  # fmt: skip
    saved = serializers.CharField(
        max_length=80, required=False, default="", allow_blank=True, help_text="The name of a saved mapping."
    )
    name = serializers.CharField(
        max_length=80, required=False, default="", allow_blank=True, help_text="The name that a mapping gets."
    )
    mapping = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=255), required=False, default=dict,
        help_text=f"Field → column, empty for none; fields that are left out are guessed. Fields: {', '.join(FIELDS)}.",
    )  # fmt: skip
    options = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=255, trim_whitespace=False), required=False,
        default=dict, help_text=f"How the file is read; what is left out is guessed. Options: {', '.join(NAMES)}.",
    )  # fmt: skip
    batch = serializers.CharField(max_length=255, required=False, default="", allow_blank=True)
    decide = serializers.BooleanField(default=False, help_text="Approvals of the file become your own decisions.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["step"] in ("save-mapping", "rename-mapping") and not attrs["name"].strip():
            raise serializers.ValidationError("Enter a name for the mapping.")
        return attrs

    def validate_mapping(self, mapping: dict[str, str]) -> dict[str, str]:
        if wrong := next((field for field in mapping if field not in FIELDS), ""):
            raise serializers.ValidationError(f"There is no field {wrong[:40]!r}.")
        return mapping

    def validate_options(self, options: dict[str, str]) -> dict[str, str]:
        if reason := next(filter(None, (bad_option(name, value) for name, value in options.items())), ""):
            raise serializers.ValidationError(reason)
        return options


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    """`summary` is the preview of the check; what it has as `missing` is to be answered before the file is written."""

    connection = serializers.CharField(source="connection.name")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    unfinished = serializers.BooleanField()
    records_per_second = serializers.IntegerField()
    seconds_left = serializers.IntegerField(allow_null=True)
    summary = serializers.SerializerMethodField()
    mappings = serializers.SlugRelatedField[ColumnMapping](
        source="connection.column_mappings", slug_field="name", many=True, read_only=True
    )

    class Meta:
        model = ImportRun
        fields = (
            "id", "connection", "phase", "state", "unfinished", "file_name", "size", "mapping", "options", "position",
            "total", "records_per_second", "seconds_left",
            "mappings", "summary", "events_created", "events_updated", "events_gone", "decided", "refused", "message",
            "requested_by", "created_at", "finished_at",
        )  # fmt: skip

    def get_summary(self, run: ImportRun) -> dict[str, Any]:
        return {name: value for name, value in run.summary.items() if name != "refused_file"}


class Imports(APIView):
    scopes = {"GET": ANY, "POST": NONE}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="imports",
        summary="The imports of the connections you edit, newest first",
        parameters=PAGING,
        responses=page_of(ImportSerializer),
    )
    def get(self, request: Request) -> Response:
        runs = access.imports_of(person(request)).prefetch_related("connection__column_mappings")
        return page(request, NEWEST, runs, ImportSerializer)

    @extend_schema(
        operation_id="import_file",
        summary="Send a file and check it; nothing is written yet",
        description=SIGNED_IN,
        request={"multipart/form-data": FileOrder},
        responses={202: ImportSerializer},
    )
    def post(self, request: Request) -> Response:
        order = read(FileOrder, request)
        connection = access.connection_for(person(request), order["connection"])
        run = actions.upload_results(
            connection=connection, file=order["file"], name=order["file"].name.replace("\0", ""), by=person(request),
            batch_text=order["batch"].strip(),
        )  # fmt: skip
        return Response(ImportSerializer(run).data, status=202)


class OneImport(APIView):
    scopes = {"GET": ANY, "POST": NONE}

    @extend_schema(operation_id="import_state", summary="Preview and state of an import", responses=ImportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ImportSerializer(access.import_for(person(request), pk)).data)

    @extend_schema(
        operation_id="import_step",
        summary="Check a file again, import it, or discard it",
        description=SIGNED_IN,
        request=ImportStep,
        responses={202: ImportSerializer, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = access.import_for(person(request), pk)
        order = read(ImportStep, request)
        match order["step"]:
            case "read":
                batch = order["batch"].strip() or run.batch_text
                actions.map_columns(run=run, mapping=order["mapping"], options=order["options"], batch_text=batch)
            case "confirm":
                actions.confirm_import(run=run, by=person(request), decide=order["decide"])
            case "use-mapping":
                actions.use_mapping(run=run, name=order["saved"])
            case "save-mapping":
                actions.save_mapping(run=run, name=order["name"].strip())
            case "rename-mapping":
                actions.rename_mapping(connection=run.connection, name=order["saved"], new_name=order["name"].strip())
            case "delete-mapping":
                actions.delete_mapping(connection=run.connection, name=order["saved"])
            case "cancel":
                actions.cancel_import(run=run)
            case _:
                actions.discard_import(run=run)
        run.refresh_from_db()
        return Response(ImportSerializer(run).data, status=202)
