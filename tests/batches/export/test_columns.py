"""Which columns a word or a list of names means."""

import csv
from io import StringIO

import pytest
from nomadic import NomadicAI

from batches.export.columns import DATASET, DECISIONS, DOCUMENTED, FULL, ITEMS, NUMERIC, SDK, Columns, parse_columns


def test_the_documented_columns_are_the_documents_in_its_order() -> None:
    assert ", ".join(DOCUMENTED) == (
        "Query, Video, Approval Status, Timestamp, Category, Label, AI Analysis, Severity, Video ID, Analysis ID, "
        "Batch ID, Batch Viewer URL, Status, Confidence, Annotated Thumbnail URL, Import Source URI, Summary"
    )


def test_the_sdks_columns_are_what_the_sdk_writes() -> None:
    header = NomadicAI("tests-only-key").video._batch_results_to_csv({})
    assert next(csv.reader(StringIO(header))) == list(SDK)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", Columns(DOCUMENTED)),
        ("documented", Columns(DOCUMENTED)),
        (" sdk ", Columns(SDK, sdk=True)),
        ("full", Columns(FULL)),
        ("Label,Approval Status", Columns(("Label", "Approval Status"))),
        (" Reviewer , Video", Columns(("Reviewer", "Video"))),
        ("Note", Columns(("Note",))),
    ],
)
def test_columns_are_a_set_or_names_in_the_order_wanted(text: str, columns: Columns) -> None:
    assert parse_columns(text) == columns


@pytest.mark.parametrize("text", ["SDK", "Video Name", "Label,", ",", "label", "Label,Password", "documented,sdk"])
def test_an_unknown_column_is_refused_with_the_valid_ones(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^Unknown column '.*'\. Valid: documented, sdk, full, or some of these"
    ) as caught:
        parse_columns(text)
    assert str(caught.value).endswith(", ".join(FULL) + ".")


def test_other_rows_have_columns_of_their_own() -> None:
    assert parse_columns("Approved,Video", ITEMS).names == ("Approved", "Video")
    with pytest.raises(ValueError, match=r"separated by commas: Video, Video ID, .*, Gone Upstream\.$"):
        parse_columns("Label", ITEMS)


def test_a_column_is_not_given_twice() -> None:
    with pytest.raises(ValueError, match="named twice"):
        parse_columns("Label,Video,Label")


def test_numbers_are_columns_that_exist() -> None:
    assert {*FULL, *SDK, *ITEMS, *DECISIONS, *DATASET} >= NUMERIC
