"""Requests made from our OpenAPI description, right and wrong ones, against the running server: seeded and bounded."""

import copy
import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.live_server_helper import LiveServer
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from batches.actions import make_token
from batches.actions.check import ledger_problems
from batches.models import AdditionRun, BatchStart, CloudImport, Decision, ImportRun, OddTable, SyncRun, VideoUpload
from reviewer.api.docs import openapi
from reviewer.downloads.tasks import make_export as write_export
from tests.downloads import exports_in
from tests.factories import make_batch, make_connection, make_event, make_export, make_item, make_link, make_member
from tests.reviewer.api.conftest import etag

FILES = re.compile(r"\{file\}$|/v1/(exports|links)/")  # a read token's alone
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def described(transactional_db: None, live_server: LiveServer, settings: Any, tmp_path: Path) -> Any:
    """The description, with ids of which one is there, and the etags of its events; and a token for its downloads."""
    settings.API_RATE, settings.STORAGES = "1000000/min", exports_in(tmp_path)
    batch = make_batch(make_connection())
    event = make_event(make_item(batch), sdk='{"t_start": "00:04"}')
    corrected = make_event(event.item, sdk='{"t_start": "00:08"}')  # a correction makes the etag of a verdict stale
    run = SyncRun.objects.create(batch=batch)
    user = make_member(batch.connection, "editor")
    export = make_export(batch, user)
    write_export(export.pk)
    other = {
        "batches": batch.pk, "items": event.item_id, "events": event.pk, "syncs": run.pk,
        "additions": AdditionRun.objects.create(connection=batch.connection, idempotency_key=uuid4()).pk,
        "imports": ImportRun.objects.create(connection=batch.connection, file_name="a.csv").pk,
        "connections": batch.connection_id,
            "starts": BatchStart.objects.create(
                connection=batch.connection, idempotency_key=uuid4(), question={}, videos=[]
            ).pk,
            "cloud-imports": CloudImport.objects.create(
                connection=batch.connection, idempotency_key=uuid4(), provider="s3", keys=[]
            ).pk,
            "odd": OddTable.objects.create(
                connection=batch.connection, idempotency_key=uuid4(), columns=[], videos=["v"]
            ).pk,
            "uploads": VideoUpload.objects.create(
                connection=batch.connection, idempotency_key=uuid4(), file_name="a.mp4", size=9, part_bytes=9
            ).pk,
            "exports": export.pk, "links": make_link(batch, user)[0].pk,
    }  # fmt: skip
    document = copy.deepcopy(openapi())
    document["components"]["schemas"]["CorrectionsRequest"]["required"] = ["severity"]  # one is: a body is rarely empty
    for path, verbs in document["paths"].items():
        for operation in verbs.values():
            for parameter in operation.get("parameters", []):
                corrects = path.endswith("/corrections/")
                if parameter["name"] == "id":
                    key = corrected.pk if corrects else other[path.split("/")[3]]
                    parameter["schema"] = {"type": "integer", "enum": [key, 10**6]}
                if parameter["name"] == "If-Match":
                    parameter["schema"] = {"type": "string", "enum": [etag(corrected if corrects else event)]}
    _, text = make_token(user=user, scope="review", name="fuzz", days=1)
    _, reads = make_token(user=user, scope="read", name="downloads", days=1)
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=live_server.url, headers={"Authorization": f"Bearer {text}"})
    return schema, {"Authorization": f"Bearer {reads}"}


def test_the_description_is_made_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    schemas = openapi.__wrapped__()["components"]["schemas"]
    assert capsys.readouterr().err == ""
    assert schemas["FolderScope"]["enum"] == ["user", "org"]


def test_no_request_breaks_what_the_description_says(described: tuple[schemathesis.BaseSchema, dict[str, str]]) -> None:
    schema, reading = described
    answered: Counter[int] = Counter()
    files: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        decides = operation.path.endswith(("/decisions/", "/corrections/"))  # few of these bodies mean something

        @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)))
        @settings(
            max_examples=24 if decides else 8, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def ask(case: schemathesis.Case) -> None:
            of_files = FILES.search(case.operation.path)
            # The vendor of this test is away, so no address is signed: 502, as described.
            checks = CHECKS[1:] if case.operation.path.endswith("/clip/") else CHECKS
            answer = case.call_and_validate(checks=checks, headers=reading if of_files else None)
            (files if of_files else answered)[answer.status_code] += 1

        ask()
    assert list(ledger_problems()) == []
    # Not only refusals: things were read, one event was decided and the other corrected.
    assert answered[200] > 30
    assert {200, 400, 403, 404, 412} <= set(answered)
    assert Decision.objects.filter(action__kind="decide").count() == 1
    assert Decision.objects.filter(action__kind="correct").count() == 1
    assert files[200] > 10
    assert {200, 400, 403, 404} <= set(files)
