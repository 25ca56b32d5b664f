"""The pages of structured ODDs: columns chosen and saved, tables requested for selected videos, and their files."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.export.odd_tables import write_table
from batches.models import AccountVideo, Connection, OddColumns, OddRun, OddTable
from batches.sync.odd_columns import DEFAULT_COLUMNS
from tests.factories import make_connection
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Connection:
    return make_connection(name="Fleet West")


@pytest.fixture
def page(account: Connection) -> str:
    return f"/connections/{account.pk}/odd/"


def order(**fields: Any) -> dict[str, Any]:
    """The page as it is sent: two columns, the second not used, and an empty row."""
    return {
        "do": "request", "key": str(uuid4()), "video": ["v1"], "more": "v2\n", "name": ["speed", "rain", ""],
        "prompt": ["How fast?", "Does it rain?", ""], "type": ["km/h", "categorical", ""],
        "literals": ["", "yes, no", ""], "use": ["0", "2"],
    } | fields  # fmt: skip


def test_videos_selected_on_their_page_are_asked_for_once(editor: Client, account: Connection, page: str) -> None:
    AccountVideo.objects.create(connection=account, external_id="v1", name="Night.mp4")
    videos = compact(editor.get(f"/connections/{account.pk}/videos/").content)
    assert f'formaction="{page}"' in videos
    assert f'href="{page}?video=v1"' in videos
    for answer in (editor.post(page, {"do": "choose", "video": ["v1"]}), editor.get(f"{page}?video=v1")):
        assert [name for _, name in answer.context["videos"]] == ["Night.mp4"]
        assert len(answer.context["columns"]) == len(DEFAULT_COLUMNS) + 2
    sent = order()
    answers = [editor.post(page, sent) for _ in range(2)]
    table = OddTable.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/odd/{table.pk}/"] * 2
    assert (table.requested_by, table.videos) == (editor.user, ["v1", "v2"])  # type: ignore[attr-defined]
    assert table.columns == [{"name": "speed", "prompt": "How fast?", "type": "km/h"}]
    assert [run.name for run in table.runs.all()] == ["Night.mp4", "v2"]
    assert "2 videos, 1 column" in editor.get(page).text


def test_a_null_character_makes_no_video(editor: Client, account: Connection, page: str) -> None:
    start = f"/batches/start/?connection={account.pk}"
    account.listings.create(state="done", finished_at=timezone.now())
    for answer in (editor.get(f"{page}?video=v%001"), editor.post(page, order(video=["v\0"], more=""))):
        assert answer.context["videos"] == []
    for fields in ({"do": "choose"}, {"key": str(uuid4()), "prompt": "near misses"}):
        assert editor.post(start, fields | {"video": ["v\0"]}).status_code in (200, 422)
    assert not OddTable.objects.exists()


def test_columns_are_saved_for_the_connection_and_restored(editor: Client, account: Connection, page: str) -> None:
    answer = editor.post(page, order(do="save"))
    assert "Columns saved." in answer.text
    assert [video for video, _ in answer.context["videos"]] == ["v1"], "the selection stays"
    stored = editor.get(page).context["columns"]
    assert [(column.name, column.literals, column.used) for column in stored] == [
        ("speed", (), True), ("rain", ("yes", "no"), False), ("", (), True), ("", (), True),
    ]  # fmt: skip
    editor.post(page, order(do="reset"))
    assert not OddColumns.objects.exists()
    assert editor.get(page).context["columns"][0] == DEFAULT_COLUMNS[0]


def test_what_makes_no_sense_is_refused_with_what_was_typed(editor: Client, page: str) -> None:
    for fields, message in (
        (order(video=[], more=""), "Select at least one video."), (order(prompt=["", "?", ""]), "needs a prompt"),
        (order(use=[]), "Select at least one column."), (order(name=["a"]), "columns: "), (order(key="x"), "key: "),
        (order(do="save", use=["1"], type=["x", "", ""]), "needs a prompt and a type"),
    ):  # fmt: skip
        answer = editor.post(page, fields)
        assert (answer.status_code, message in answer.text) == (422, True), fields
    assert 'value="Does it rain?"' in editor.post(page, order(video=[], more="")).text
    assert not OddTable.objects.exists()


def test_the_state_of_each_video_is_shown_with_its_problems(editor: Client, account: Connection) -> None:
    table = OddTable.objects.create(
        connection=account, idempotency_key=uuid4(), columns=[{"name": "speed"}], videos=["a", "b", "c"]
    )
    ended = {"table": table, "connection": account, "finished_at": timezone.now()}
    share = "https://share.example/odd/1"
    made = OddRun.objects.create(
        **ended, state="done", video_id="a", video_name="Tag und Nacht.mp4", total=2, seconds=41.5, share_url=share,
        problems=["Row 1: 3 cells, not 1"],
    )  # fmt: skip
    OddRun.objects.filter(pk=made.pk).update(size=write_table(made.pk, ["speed"], [["80", ""]]))
    OddRun.objects.create(**ended, state="incomplete", video_id="b", message="The answer was lost.")
    OddRun.objects.create(table=table, connection=account, video_id="c")
    text = compact(editor.get(f"/odd/{table.pk}/").content)
    for shown in ("1 made, 1 to go", "Row 1: 3 cells, not 1", share, "Answer lost", "The answer was lost.", "every 2s"):
        assert shown in text
    polled = editor.get(f"/odd/{table.pk}/", headers={"HX-Target": "odd-panel"}).text
    assert "<html" not in polled
    answer = editor.get(f"/odd-runs/{made.pk}/odd.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="odd-Tag-und-Nacht.csv"'
    assert answer.content == b"speed,Problem\r\n80,\r\n"
    joined = editor.get(f"/odd/{table.pk}/odd.csv").getvalue()
    assert joined == b"Video,Video ID,speed,Problem\r\nTag und Nacht.mp4,a,80,\r\n"
    assert editor.get(f"/odd/{table.pk}/odd.zip").getvalue().startswith(b"PK")
    assert editor.head(f"/odd/{table.pk}/odd.zip").getvalue() == b""
    assert editor.post(f"/odd/{table.pk}/", {"do": "retry"}).status_code == 302
    assert table.runs.unfinished().count() == 2
    OddRun.objects.filter(pk=made.pk).update(size=None)
    assert editor.get(f"/odd-runs/{made.pk}/odd.csv").status_code == 404
    assert "The file was removed." in editor.get(f"/odd/{table.pk}/").text


def test_only_editors_of_a_vendor_with_tables_request_them(sign_in: SignIn, account: Connection, page: str) -> None:
    for client, status in ((sign_in(account, "reviewer"), 403), (sign_in(), 404)):
        assert (client.get(page).status_code, client.post(page, order()).status_code) == (status, status)
    other = make_connection(vendor="twelvelabs")
    client = sign_in(other, "editor")
    address = f"/connections/{other.pk}/odd/"
    assert "makes no structured ODD" in client.get(address).text
    assert client.post(address, order()).status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_database_as_often_for_many(
    editor: Client, account: Connection, page: str, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        table = OddTable.objects.create(connection=account, idempotency_key=uuid4(), columns=[], videos=[])
        for number in range(rows):
            OddRun.objects.create(table=table, connection=account, video_id=str(number))
    editor.get(page)
    with django_assert_num_queries(6):
        editor.get(page)
    with django_assert_num_queries(6):
        editor.get(f"/odd/{table.pk}/")
