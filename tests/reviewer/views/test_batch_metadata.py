"""The metadata editor's page: what it shows, what a form changes, and every way in which it says no."""

import io
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import edit_metadata
from batches.models import Batch, Connection, MetadataEdit, MetadataEntry, MetadataPush, SummaryChoice
from batches.models.batch_metadata import SUMMARY_NAMES, metadata_of
from reviewer.forms.metadata_rows import anchor_of
from tests.factories import make_batch, make_connection
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, vendor_metadata={"version": 2, "note": "two\r\nlines"})


def form(page: Any, *, drop: str = "", **changed: tuple[str, str]) -> dict[str, Any]:
    """What the page's form would send: rows as shown, with (kind, text) changed or added by name."""
    rows = {row.name: (row.kind, row.text) for row in page.context["rows"]} | changed
    seen = {f"seen-{row.anchor}": row.seen for row in page.context["rows"]}
    sent = fields(*((name, *row) for name, row in rows.items()))
    return sent | seen | ({f"form-{list(rows).index(drop)}-DELETE": "on"} if drop else {})


def fields(*rows: tuple[str, str, str]) -> dict[str, Any]:
    """The fields of rows of (name, kind, text)."""
    columns = ("name", "kind", "value")
    cells = {
        f"form-{number}-{column}": cell
        for number, row in enumerate(rows)
        for column, cell in zip(columns, row, strict=True)
    }
    return {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0} | cells


def address(batch: Batch, rest: str = "") -> str:
    return f"/batches/{batch.pk}/metadata{rest or '/'}"


def errors(page: Any) -> dict[str, str]:
    return {row.name: row.error for row in page.context["rows"] if row.error}


def test_saving_changes_exactly_what_was_changed(editor: Client, batch: Batch) -> None:
    page = editor.get(address(batch))
    sent = form(page, version=("number", "3"), owner=("text", "edda"))
    saved = editor.post(address(batch), sent, follow=True)
    assert "2 keys saved." in saved.content.decode()
    assert metadata_of(batch) == {"version": 3, "note": "two\r\nlines", "owner": "edda"}
    states = {row.name: row.state for row in saved.context["rows"]}
    assert states == {"version": "waiting", "note": "vendor", "owner": "waiting"}
    assert editor.post(address(batch), form(saved), follow=True).status_code == 200
    assert MetadataEntry.objects.count() == 2


def test_the_preview_says_what_would_happen_and_does_nothing(editor: Client, batch: Batch) -> None:
    sent = form(editor.get(address(batch)), version=("number", "3"), owner=("text", "edda"))
    whole = editor.post(address(batch), sent | {"do": "preview"})
    assert (whole.context["effect"].adds, whole.context["effect"].overwrites) == (("owner",), ("version",))
    assert 'value="edda"' not in whole.content.decode()
    assert "edda</textarea>" in whole.content.decode(), "what was typed stays"
    part = editor.post(address(batch), sent, headers={"HX-Target": "effect"}).content.decode()
    assert part.lstrip().startswith('<p id="effect"')
    assert "adds <b>1</b>" in part
    assert "overwrites <b>1</b>" in part
    assert MetadataEdit.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "text", "phrase"),
    [("number", "1.5", "digits only"), ("number", "", "digits only"), ("number", "true", "digits only"),
     ("number", "9" * 25, "64 bits"), ("number", "٣", "digits only"), ("text", "x" * 10_001, "at most 10,000")],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_field_and_what_was_typed_stays(
    editor: Client, batch: Batch, kind: str, text: str, phrase: str
) -> None:
    answer = editor.post(address(batch), form(editor.get(address(batch)), version=(kind, text), owner=("text", "edda")))
    assert (answer.status_code, list(errors(answer))) == (422, ["version"])
    assert phrase in errors(answer)["version"]
    assert {row.name: row.text for row in answer.context["rows"]}["owner"] == "edda"
    assert MetadataEdit.objects.count() == 0


def test_a_value_without_a_key_and_a_key_twice_are_refused(editor: Client, batch: Batch) -> None:
    blank = fields(("", "text", ""), (" ", "text", "lost?"), ("a", "text", "1"), ("a", "text", "2"))
    answer = editor.post(address(batch), blank)
    assert (answer.status_code, answer.context["form_error"], errors(answer)["a"]) == (
        422, "A key needs a name.", "This key appears twice.",
    )  # fmt: skip
    assert "lost?" in answer.content.decode()
    assert MetadataEdit.objects.count() == 0


@pytest.mark.case("N06")
def test_a_second_edit_of_a_key_is_reported_before_overwriting(editor: Client, batch: Batch, sign_in: SignIn) -> None:
    sent = form(editor.get(address(batch)), version=("number", "3"))
    other = sign_in(batch.connection, "editor")
    edit_metadata(batch_id=batch.pk, values={"version": 9}, by=other.user)  # type: ignore[attr-defined]
    answer = editor.post(address(batch), sent)
    assert (answer.status_code, errors(answer)) == (412, {"version": "Changed by somebody else; the value is now 9."})
    assert {row.name: row.text for row in answer.context["rows"]}["version"] == "3"
    assert editor.post(address(batch), form(answer)).status_code == 302
    assert metadata_of(batch)["version"] == 3


def test_removing_a_key_somebody_else_changed_is_refused(editor: Client, batch: Batch, sign_in: SignIn) -> None:
    other = sign_in(batch.connection, "editor").user  # type: ignore[attr-defined]
    edit_metadata(batch_id=batch.pk, values={"oops": "mine"}, by=other)
    page = editor.get(address(batch))
    edit_metadata(batch_id=batch.pk, values={"oops": "theirs"}, by=other)
    assert editor.post(address(batch), form(page, drop="oops")).status_code == 412
    assert MetadataEntry.objects.get(name="oops").value == "theirs"


def test_the_same_form_with_other_values_is_refused_with_what_was_typed(editor: Client, batch: Batch) -> None:
    page = editor.get(address(batch))
    key = {"form_key": str(uuid4())}
    assert editor.post(address(batch), form(page, version=("number", "3")) | key).status_code == 302
    answer = editor.post(address(batch), form(page, version=("number", "4")) | key)
    assert answer.status_code == 422
    assert "already been saved" in answer.content.decode()
    many = form(page, version=("number", "5")) | key | {"batch": str(batch.pk)}
    assert editor.post("/batches/metadata/", many).status_code == 422


@pytest.mark.parametrize("seen", ["[" * 100_000, "9" * 5_000, "{"])
def test_invalid_hidden_fields_do_not_crash(editor: Client, batch: Batch, seen: str) -> None:
    answer = editor.post(address(batch), fields(("version", "number", "3")) | {f"seen-{anchor_of('version')}": seen})
    assert answer.status_code == 302
    resolved = {"name": "version", "keep": "ours", "shown": seen}
    assert editor.post(f"/batches/{batch.pk}/metadata/resolve/", resolved).status_code == 422


def test_untouched_keys_cause_no_conflict(editor: Client, batch: Batch, sign_in: SignIn) -> None:
    sent = form(editor.get(address(batch)), owner=("text", "edda"))
    edit_metadata(batch_id=batch.pk, values={"version": 9}, by=sign_in(batch.connection, "editor").user)  # type: ignore[attr-defined]
    assert editor.post(address(batch), sent).status_code == 302
    assert metadata_of(batch) == {"version": 9, "note": "two\r\nlines", "owner": "edda"}


def test_a_key_that_never_reached_the_vendor_can_be_removed(editor: Client, batch: Batch) -> None:
    edit_metadata(batch_id=batch.pk, values={"oops": 1}, by=editor.user)  # type: ignore[attr-defined]
    page = editor.get(address(batch))
    assert [row.name for row in page.context["rows"] if row.droppable] == ["oops"]
    assert editor.post(address(batch), form(page, drop="oops")).status_code == 302
    assert "oops" not in metadata_of(batch)
    answer = editor.post(address(batch), form(page, drop="version"))
    assert (answer.status_code, "has no way to remove one" in answer.content.decode()) == (422, True)


def test_a_conflict_is_shown_from_three_sides_and_ended_as_it_was_shown(editor: Client, batch: Batch) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=editor.user)  # type: ignore[attr-defined]
    MetadataEntry.objects.update(state="conflict")
    Batch.objects.update(vendor_metadata={"version": 7})
    page = editor.get(address(batch))
    row = page.context["three"][0]
    assert (row.entry.base, row.entry.value, row.theirs) == (2, 3, 7)
    Batch.objects.update(vendor_metadata={"version": 8})
    late = editor.post(address(batch, "/resolve/"), {"name": "version", "keep": "ours", "shown": row.seen})
    assert (late.status_code, MetadataEntry.objects.get().state) == (412, "conflict")
    sent = {"name": "version", "keep": "theirs", "shown": late.context["three"][0].seen}
    assert editor.post(address(batch, "/resolve/"), sent).status_code == 302
    assert (metadata_of(Batch.objects.get()), MetadataEntry.objects.count()) == ({"version": 8}, 0)


@pytest.mark.parametrize(
    "sent", [{}, {"name": "a", "keep": "both", "shown": "[0, 1, 1]"}, {"name": "a", "keep": "ours", "shown": "[1]"},
             {"name": "a", "keep": "ours", "shown": '["1", 2, 3]'}],
)  # fmt: skip
def test_a_resolution_that_makes_no_sense_is_422(editor: Client, batch: Batch, sent: dict[str, str]) -> None:
    assert editor.post(address(batch, "/resolve/"), sent).status_code == 422


def test_a_change_at_the_vendor_after_a_push_is_shown(editor: Client, batch: Batch) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=editor.user)  # type: ignore[attr-defined]
    MetadataEntry.objects.update(state="pushed", base=3)
    Batch.objects.update(vendor_metadata={"version": 7})
    assert [row.state for row in editor.get(address(batch)).context["three"]] == ["changed"]


def test_json_goes_out_and_comes_in_by_text_or_file(editor: Client, batch: Batch) -> None:
    answer = editor.get(address(batch, ".json"))
    exported = json.loads(answer.content)
    assert exported == {"version": 2, "note": "two\r\nlines"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="metadata-{batch.pk}.json"'
    editor.post(address(batch), {"json": json.dumps(exported | {"version": 3})})
    editor.post(address(batch), {"file": io.BytesIO(b'\xef\xbb\xbf{"file": "x"}')})
    assert metadata_of(batch) == {"version": 3, "note": "two\r\nlines", "file": "x"}
    asked = editor.post(address(batch), {"json": '{"new": 1}', "do": "preview"})
    assert (asked.context["effect"].adds, "new" in metadata_of(batch)) == (("new",), False)


def test_a_file_in_another_encoding_is_refused_and_changes_nothing(editor: Client, batch: Batch) -> None:
    answer = editor.post(address(batch), {"file": io.BytesIO('{"name": "Köln"}'.encode("latin-1"))})
    assert (answer.status_code, answer.context["form_error"]) == (
        422, "The file is not UTF-8 text: byte 12 cannot be read.",
    )  # fmt: skip
    assert MetadataEdit.objects.count() == 0


def test_an_import_is_refused_by_key(editor: Client, batch: Batch) -> None:
    answer = editor.post(address(batch), {"json": '{"a": true, "b": {"c": 1}, "": 1, "ok": 1}'})
    assert (answer.status_code, set(answer.context["errors"])) == (422, {"a", "b", ""})
    assert editor.post(address(batch), {"json": "nonsense"}).status_code == 422
    assert MetadataEdit.objects.count() == 0


def test_a_viewer_sees_all_of_it_and_no_field(viewer: Client, batch: Batch) -> None:
    page = viewer.get(address(batch)).content.decode()
    assert "version" in page
    assert "<textarea" not in page
    assert "<select" not in page


def test_keys_of_other_batches_are_suggested_but_not_of_foreign_ones(editor: Client, batch: Batch) -> None:
    other = make_batch(batch.connection, vendor_metadata={"theirs": 1})
    edit_metadata(batch_id=other.pk, values={"ours": 1}, by=editor.user)  # type: ignore[attr-defined]
    make_batch(vendor_metadata={"foreign": 1})
    assert editor.get(address(batch)).context["suggested"] == ["note", "ours", "theirs", "version"]


def test_a_thousand_keys_are_shown_and_the_form_has_an_end(editor: Client, batch: Batch) -> None:
    Batch.objects.update(vendor_metadata={f"key {n}": n for n in range(1000)})
    page = editor.get(address(batch))
    assert (len(page.context["rows"]), len(page.context["more"])) == (150, 850)
    assert editor.post(address(batch), form(page, version=("number", "3"))).status_code == 422, "one too many"


def test_the_push_is_shown_with_its_next_try_and_can_be_tried_again(editor: Client, batch: Batch) -> None:
    edit_metadata(batch_id=batch.pk, values={"version": 3}, by=editor.user)  # type: ignore[attr-defined]
    MetadataPush.objects.update(state="waiting", retry_at="2030-01-01T10:30Z", message="The vendor cannot be reached.")
    part = compact(editor.get(address(batch), headers={"HX-Target": "push-panel"}).content)
    assert part.startswith('<section id="push-panel"')
    ids = re.findall(r'id="([a-z]+)-[^"]*" hx-swap-oob', part)
    assert sorted(ids) == [*["drop"] * 2, "seen", *["state"] * 2, *["theirs"] * 2], "each key's state with it"
    assert "The vendor cannot be reached." in part
    assert editor.post(address(batch, "/push/")).status_code == 302
    assert MetadataPush.objects.get().retry_at.year < 2030


def test_with_the_end_of_a_push_what_the_vendor_has_is_shown_and_can_no_longer_be_removed(
    editor: Client, batch: Batch
) -> None:
    edit_metadata(batch_id=batch.pk, values={"new": "one"}, by=editor.user)  # type: ignore[attr-defined]
    (row,) = (row for row in editor.get(address(batch)).context["rows"] if row.name == "new")
    panel = {"HX-Target": "push-panel"}
    gone = f'<span id="drop-{row.anchor}" hx-swap-oob="true"></span>'
    assert gone not in compact(editor.get(address(batch), headers=panel).content), "a tick would be lost"
    Batch.objects.update(vendor_metadata={"new": "one"})
    MetadataEntry.objects.update(state="pushed", base="one")
    MetadataPush.objects.update(state="done", finished_at=timezone.now())
    part = compact(editor.get(address(batch), headers=panel).content)
    assert gone in part
    assert f'id="theirs-{row.anchor}" hx-swap-oob="true" dir="auto">one</span>' in part
    seen = f'value="[{row.entry.step_id}, &quot;one&quot;, &quot;one&quot;]" id="seen-{row.anchor}-{row.entry.step_id}"'
    assert seen in part, "the next edit goes over what the vendor has now"


def test_the_summary_is_chosen_and_published(editor: Client, batch: Batch) -> None:
    names = dict.fromkeys(SUMMARY_NAMES, "") | {"approved": "ok", "pending": "open"}
    assert editor.post(address(batch, "/summary/"), names | {"do": "remember"}).status_code == 302
    assert (SummaryChoice.objects.get().names, MetadataEdit.objects.count()) == (
        {"approved": "ok", "pending": "open"},
        0,
    )
    editor.post(address(batch, "/summary/"), names | {"do": "publish", "automatic": "1"})
    assert metadata_of(batch)["ok"] == 0
    choice = SummaryChoice.objects.get()
    assert choice.automatic_since is not None
    assert f"Published with the rights of {choice.chosen_by}." in editor.get(address(batch)).content.decode()
    same = editor.post(address(batch, "/summary/"), names | {"pending": "ok"})
    assert (same.status_code, same.context["form_error"]) == (422, "Two figures cannot have the same key.")


def test_where_the_vendor_takes_none_it_says_so(editor: Client, account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="wickson")
    batch = make_batch(account)
    page = editor.post(address(batch), {"json": '{"a": 1}'}, follow=True)
    assert "does not accept metadata" in page.content.decode()
    assert (page.context["rows"][0].state, MetadataPush.objects.count()) == ("local", 0)


# ── several batches, and the list ──


def test_several_batches_get_the_same_keys(editor: Client, batch: Batch) -> None:
    other = make_batch(batch.connection)
    address = f"/batches/metadata/?batch={batch.pk}&batch={other.pk}"
    assert [entry.pk for entry, *_ in editor.get(address).context["effects"]] == [other.pk, batch.pk]
    sent = {"batch": [batch.pk, other.pk], **fields(("version", "number", "5"))}
    asked = editor.post("/batches/metadata/", sent | {"do": "preview"})
    assert [(effect.adds, effect.overwrites) for _, effect in asked.context["effects"]] == [
        (("version",), ()), ((), ("version",)),
    ]  # fmt: skip
    assert MetadataEdit.objects.count() == 0
    assert editor.post("/batches/metadata/", sent).status_code == 302
    assert dict(MetadataEntry.objects.values_list("batch", "value")) == {batch.pk: 5, other.pk: 5}


def test_an_edit_of_several_is_refused_as_a_whole(editor: Client, batch: Batch, sign_in: SignIn) -> None:
    sent = fields(("a", "number", "x"))
    assert editor.post("/batches/metadata/", sent | {"batch": [batch.pk]}).status_code == 422
    sent = fields(("a", "number", "1"))
    foreign = make_batch(make_connection())
    assert editor.post("/batches/metadata/", sent | {"batch": [batch.pk, foreign.pk]}).status_code == 404
    assert (
        sign_in(batch.connection, "reviewer").post("/batches/metadata/", sent | {"batch": batch.pk}).status_code == 403
    )
    for nothing in ({}, {"batch": "x"}, {"batch": "9" * 30}):
        assert editor.post("/batches/metadata/", sent | nothing).status_code == 422
    assert MetadataEdit.objects.count() == 0


@pytest.mark.case("F03")
def test_the_list_filters_by_key_and_shows_columns(editor: Client, batch: Batch) -> None:
    other = make_batch(batch.connection, vendor_metadata={"version": "2"})
    third = make_batch(batch.connection, vendor_metadata={"site": "north"})
    edit_metadata(batch_id=third.pk, values={"version": 5}, by=editor.user)  # type: ignore[attr-defined]

    def matching_ids(**query: Any) -> list[int]:
        return [entry.pk for entry, *_ in editor.get("/batches/", query).context["rows"]]

    assert matching_ids(key="version", value="2") == [other.pk, batch.pk]
    assert matching_ids(key="version") == [third.pk, other.pk, batch.pk]
    assert matching_ids(key=["version", "site"], value=["5", "north"]) == [third.pk]
    assert matching_ids(key="nobody's", value="") == []
    page = editor.get("/batches/", {"column": ["version", "site"], "q": "near", "after": ""})
    assert page.context["cells"][third.pk] == [("version", "5"), ("site", "north")]
    assert page.context["cells"][other.pk] == [("version", "2"), ("site", None)]
    assert page.context["filter"].chips == [
        ("column version", "column=site&q=near"),
        ("column site", "column=version&q=near"),
    ]


def test_the_other_choices_of_the_list_stay_with_those_of_metadata(editor: Client, batch: Batch) -> None:
    selected = {"key": "version", "value": "2", "review": "not_started", "sort": "status", "q": ""}
    page = editor.get("/batches/", selected)
    assert page.context["filter"].chips == [("version is 2", "review=not_started&sort=status&q=")]
    rows = editor.get("/batches/", selected, headers={"HX-Request": "true", "HX-Target": "batch-rows"}).text
    for text, oob in ((page.text, ""), (rows, ' hx-swap-oob="true"')):
        kept = text.split(f'id="meta-kept"{oob}>')[1].partition("</div>")[0]
        assert '<input type="hidden" name="review" value="not_started">' in kept
        assert '<input type="hidden" name="sort" value="status">' in kept


@pytest.mark.parametrize("page", ["", "/summary/"])
def test_an_unknown_button_changes_nothing(editor: Client, batch: Batch, page: str) -> None:
    sent = {"json": '{"new": 1}', "approved": "approved_count", "do": "explode"}
    answer = editor.post(address(batch, page) if page else address(batch), sent)
    assert (answer.status_code, "do: expected one of" in answer.text) == (422, True)
    assert MetadataEdit.objects.count() == 0
