"""The download of a batch: what the page's filter shows, as CSV."""

import csv
import re
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import polars
import pytest
from django.http import HttpResponseBase, QueryDict
from django.test import Client
from django.urls import reverse

from batches.actions import decide
from batches.export.columns import DECISIONS, DOCUMENTED, FULL, ITEMS, SDK
from batches.models import Batch, Event
from reviewer.filters.events import EventFilter
from reviewer.forms.downloads import FILES
from tests.factories import make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
APPROVALS = ("pending", "approved", "rejected", "invalid")


@pytest.fixture
def batch() -> Batch:
    """Eight events, two of each state, of two items; a third item has none."""
    batch = make_batch(make_connection(), prompt="cut-ins")
    for number in range(2):
        item = make_item(batch, position=number)
        for approval in APPROVALS:
            make_event(
                item,
                label=f"{approval} {number}",
                vendor_approval=approval,
                raw_approval=approval,
                confidence=number / 2,
            )
    make_item(batch, position=2)
    return Batch.objects.get(pk=batch.pk)


@pytest.fixture
def viewer(batch: Batch, client: Client) -> Client:
    client.force_login(make_member(batch.connection, "viewer"))
    return client


def address(batch: Batch, query: str = "") -> str:
    return reverse("event-download", args=[batch.pk]) + query


def rows(response: HttpResponseBase) -> list[list[str]]:
    assert response.status_code == 200
    return list(csv.reader(StringIO(b"".join(response).decode(), newline="")))


def labels(response: HttpResponseBase) -> list[str]:
    table = rows(response)
    return [row[table[0].index("Label")] for row in table[1:]]


def test_a_program_without_a_sign_in_is_told_so_and_never_saves_an_empty_file(batch: Batch) -> None:
    address = f"/batches/{batch.pk}/events.csv"
    answer = Client().get(address, headers={"Accept": "*/*"})  # curl
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "text/plain; charset=utf-8")
    assert "needs the sign-in of a browser" in answer.content.decode()
    assert Client().get(address, headers={"Accept": "text/html,*/*"}).status_code == 302
    assert Client().get(f"/batches/{batch.pk}/", headers={"Accept": "*/*"}).status_code == 302


def test_a_viewer_gets_the_documented_columns_of_all_events(batch: Batch, viewer: Client) -> None:
    response = viewer.get(address(batch))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Row-Count"] == "8"
    table = rows(response)
    assert table[0] == list(DOCUMENTED)
    assert [row[5] for row in table[1:]] == [f"{word} {number}" for number in range(2) for word in APPROVALS]


@pytest.mark.parametrize(
    ("columns", "header"), [("documented", DOCUMENTED), ("sdk", SDK), ("full", FULL), ("Note,Label", ("Note", "Label"))]
)
def test_the_columns_are_chosen_in_the_address(
    batch: Batch, viewer: Client, columns: str, header: tuple[str, ...]
) -> None:
    table = rows(viewer.get(address(batch), {"columns": columns}))
    assert table[0] == list(header)
    assert len(table) == 9


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("kind_of_rows", "columns", "header"),
    [("items", "full", ITEMS), ("items", "Approved, Video", ("Approved", "Video")),
     ("decisions", "", DECISIONS), ("decisions", "Reviewer,Step", ("Reviewer", "Step"))],
)  # fmt: skip
def test_other_rows_have_columns_to_choose_from_too(
    batch: Batch, viewer: Client, kind_of_rows: str, columns: str, header: tuple[str, ...], kind: str
) -> None:
    event = batch.events.earliest("pk")
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid",
           by=make_member(batch.connection, "reviewer"), idempotency_key=uuid4())  # fmt: skip
    answer = viewer.get(f"/batches/{batch.pk}/{kind_of_rows}.{kind}", {"columns": columns})
    data = BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    read = {"csv": polars.read_csv, "jsonl": polars.read_ndjson, "parquet": polars.read_parquet}[kind]
    assert read(data).columns == list(header)


def test_training_data_obeys_the_filter_and_says_why_it_would_be_empty(batch: Batch, viewer: Client) -> None:
    read = viewer.get(f"/batches/{batch.pk}/dataset.csv", {"columns": "Label", "approval": "approved,rejected"})
    wanted = batch.events.filter(approval="approved").in_order().values_list("label", flat=True)
    lines = b"".join(read.streaming_content).decode().split()  # type: ignore[attr-defined]
    assert lines == ["Label", *" ".join(wanted).split()]
    refused = viewer.get(f"/batches/{batch.pk}/dataset.coco.json", {"approval": "rejected"})
    assert (refused.status_code, "only has approved events" in refused.text) == (400, True)
    for fps in ("0", "x", "nan", "1001"):
        assert viewer.get(f"/batches/{batch.pk}/dataset.cvat.xml", {"fps": fps}).status_code == 400


def test_a_column_that_other_rows_have_not_is_refused(batch: Batch, viewer: Client) -> None:
    answer = viewer.get(f"/batches/{batch.pk}/items.csv", {"columns": "Label"})
    assert answer.status_code == 400
    assert "Unknown column &#x27;Label&#x27;" in answer.text


def test_the_menu_offers_every_kind_of_rows_in_every_format_it_has(batch: Batch, viewer: Client) -> None:
    page = viewer.get(f"/batches/{batch.pk}/").text
    offered = re.findall(rf'formaction="/batches/{batch.pk}/(\w+\.[\w.]+)"', page)
    assert list(dict.fromkeys(offered)) == FILES
    assert 'name="bom"' in page


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?approval=approved", {"approved"}),
        ("?approval=pending", {"pending"}),
        ("?approval=rejected", {"rejected"}),
        ("?approval=invalid", {"invalid"}),
        ("?approval=pending,rejected", {"pending", "rejected"}),
        ("?approval=pending&approval=rejected", {"pending", "rejected"}),
        ("?approval=", set(APPROVALS)),
    ],
)
@pytest.mark.parametrize("columns", ["documented", "sdk", "full"])
@pytest.mark.case("C03")
def test_approvals_are_filtered(batch: Batch, viewer: Client, query: str, wanted: set[str], columns: str) -> None:
    expected = [f"{word} {number}" for number in range(2) for word in APPROVALS if word in wanted]
    assert labels(viewer.get(f"{address(batch, query)}&columns={columns}")) == expected


def test_the_words_of_the_vendor_that_nobody_knows_match_no_filter_of_the_sdks(batch: Batch, viewer: Client) -> None:
    make_event(batch.items.get(position=2), label="odd", vendor_approval=None, raw_approval="flagged")
    assert labels(viewer.get(address(batch, "?approval=pending"))) == ["pending 0", "pending 1", "odd"]
    assert labels(viewer.get(address(batch, "?approval=pending&columns=sdk"))) == ["pending 0", "pending 1"]
    assert labels(viewer.get(address(batch, "?columns=sdk")))[-1] == "odd"


@pytest.mark.parametrize(
    "query", ["", "approval=pending,invalid", "q=approved", "confidence_min=0.4&sort=-confidence", "severity=low"]
)
def test_the_rows_are_the_events_of_the_pages_filter(batch: Batch, viewer: Client, query: str) -> None:
    shown = EventFilter.of(batch, QueryDict(query)).qs
    table = rows(viewer.get(address(batch, f"?columns=Event Permalink&{query}")))[1:]
    assert [row[0].split("/")[-2] for row in table] == [
        str(pk) for pk in shown.order_by("sequence", "id").values_list("pk", flat=True)
    ]


def test_an_item_without_events_has_no_row(batch: Batch, viewer: Client) -> None:
    assert batch.items.get(position=2).external_id not in [row[8] for row in rows(viewer.get(address(batch)))]


@pytest.mark.parametrize(
    ("query", "count"), [("?approval=approved,invalid", "4"), ("?q=approved", None), ("?columns=sdk", None)]
)
def test_the_row_count_is_sent_first_where_it_is_known(
    batch: Batch, viewer: Client, query: str, count: str | None
) -> None:
    assert viewer.get(address(batch, query)).headers.get("X-Row-Count") == count


def test_formulas_are_defused_except_in_the_sdks_columns(batch: Batch, viewer: Client) -> None:
    Event.objects.filter(batch=batch).update(label="=1+1")
    assert set(labels(viewer.get(address(batch)))) == {"'=1+1"}
    assert set(labels(viewer.get(address(batch, "?columns=sdk")))) == {"=1+1"}


# ── refused ──


@pytest.mark.case("C03")
def test_a_wrong_approval_is_refused_with_the_valid_ones(batch: Batch, viewer: Client) -> None:
    response = viewer.get(address(batch, "?approval=aproved"))
    assert response.status_code == 400
    assert "pending, approved, rejected, invalid" in response.content.decode()


def test_an_unknown_column_is_refused_with_the_valid_ones(batch: Batch, viewer: Client) -> None:
    response = viewer.get(address(batch, "?columns=Label,Password"))
    assert response.status_code == 400
    assert (
        "Valid: documented, sdk, full, or some of these, separated by commas: Query, Video,"
        in response.content.decode()
    )


@pytest.mark.parametrize("query", ["?raw=1", "?raw=1&columns=sdk", "?raw=yes", "?raw="])
def test_raw_bytes_are_not_for_a_session(batch: Batch, viewer: Client, query: str) -> None:
    response = viewer.get(address(batch, query))
    assert response.status_code == 400
    assert "raw=1 needs a token" in response.content.decode()


def test_a_stranger_finds_nothing(batch: Batch, client: Client) -> None:
    client.force_login(make_member(make_connection(), "editor"))
    assert client.get(address(batch)).status_code == 404


def test_nobody_is_sent_to_the_login(batch: Batch, client: Client) -> None:
    response = client.get(address(batch, "?columns=sdk"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("login") + "?next=")


def test_staff_may_download_without_a_membership(batch: Batch, client: Client) -> None:
    client.force_login(make_user(is_staff=True))
    assert len(rows(client.get(address(batch)))) == 9


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_reading_is_allowed(batch: Batch, viewer: Client, method: str) -> None:
    assert getattr(viewer, method)(address(batch)).status_code == 405


def test_head_gives_the_headers_and_reads_no_event(
    batch: Batch, viewer: Client, django_assert_num_queries: Any
) -> None:
    expected = viewer.get(address(batch)).headers
    with django_assert_num_queries(4):  # session with user, the limit (2), batch
        response = viewer.head(address(batch))
        assert b"".join(response) == b""
    assert response.headers == expected


@pytest.mark.parametrize("events", [1, 3])
def test_the_number_of_queries_does_not_grow(client: Client, events: int, django_assert_num_queries: Any) -> None:
    batch = make_batch()
    for _ in range(events):
        make_event(make_item(batch))
    client.force_login(make_member(batch.connection, "viewer"))
    # Session with user, the limit (2), batch; any corrections, events, their cells, their items.
    with django_assert_num_queries(8):
        assert len(rows(client.get(address(batch)))) == events + 1


# ── the file's name ──


@pytest.mark.parametrize(
    ("name", "query", "header"),
    [
        ("", "", "attachment; filename=\"cut-ins.csv\"; filename*=UTF-8''cut-ins.csv"),
        ("Night drive", "?approval=approved,invalid", "attachment; filename=\"Night-drive-approved-invalid.csv\"; "
         "filename*=UTF-8''Night%20drive-approved-invalid.csv"),
        ("日本", "", "attachment; filename=\"batch-{pk}.csv\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.csv"),
        ("../../x\"\r\nSet-Cookie: a", "",
         "attachment; filename=\"x-Set-Cookie--a.csv\"; filename*=UTF-8''x-Set-Cookie-%20a.csv"),
        ("a\u202egpj.exe", "", "attachment; filename=\"a-gpj.exe.csv\"; filename*=UTF-8''a-gpj.exe.csv"),
        ("...", "", "attachment; filename=\"batch-{pk}.csv\"; filename*=UTF-8''batch-{pk}.csv"),
    ],
)  # fmt: skip
@pytest.mark.case("C05")
def test_the_file_is_named_after_the_batch_and_safely(
    batch: Batch, viewer: Client, name: str, query: str, header: str
) -> None:
    Batch.objects.filter(pk=batch.pk).update(name=name)
    response = viewer.get(address(batch, query))
    assert response.headers["Content-Disposition"] == header.format(pk=batch.pk)


def test_bom_makes_a_csv_that_excel_reads_as_utf8(viewer: Client, batch: Batch) -> None:
    plain = b"".join(viewer.get(address(batch)))
    assert b"".join(viewer.get(address(batch, "?bom=1"))) == "\ufeff".encode() + plain
    assert b"".join(viewer.get(address(batch, "?bom=0"))) == plain


@pytest.mark.parametrize(
    ("file", "query", "message"),
    [
        ("events.csv", "bom=yes", "bom: 1 for a byte order mark, 0 for none."),
        ("events.jsonl", "bom=1", "bom: a byte order mark is for CSV."),
        ("events.csv", "aproval=approved", "Unknown parameter: aproval. Known: approval, as_of,"),
        ("items.csv", "page=2&limit=5", "Unknown parameters: limit, page. Known:"),
    ],
)
def test_what_a_download_does_not_know_is_refused(
    viewer: Client, batch: Batch, file: str, query: str, message: str
) -> None:
    answer = viewer.get(reverse("batch-download", args=[batch.pk, file]), QueryDict(query).dict(), headers=JSON)
    assert (answer.status_code, message in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("zone", ["%2B02:00", "+02:00", "+0200"])
def test_a_time_with_a_plus_is_understood_as_sent(viewer: Client, batch: Batch, zone: str) -> None:
    for name in ("since", "until", "as_of"):
        assert viewer.get(address(batch, f"?{name}=2026-05-04T10:00:00{zone}")).status_code == 200
