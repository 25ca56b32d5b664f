"""A table that a model wrote: what is wrong with it is told, and nothing of it is lost or moved to another column."""

import pytest

from batches.errors import BadRecord
from batches.sync.odd_columns import DEFAULT_COLUMNS, MAX_COLUMNS, Column
from batches.sync.odd_csv import MAX_PROBLEMS, check_csv
from batches.sync.odd_schema import check_columns, used_columns

COLUMNS = [
    Column("timestamp", "When?", "string"),
    Column("road.type", "Which road?", "categorical", ("rural", "motorway")),
]
HEADER = "timestamp,road.type\n"


@pytest.mark.parametrize(
    ("answer", "rows", "problems"),
    [
        (HEADER + "1,rural\n", [["1", "rural", ""]], []),
        ("\ufeffROAD.TYPE, timestamp\r\nMotorway, 1\r\n", [["1", "Motorway", ""]], []),
        (f"Sure, here it is:\n```csv\n{HEADER}1,rural\n```\nDone.", [["1", "rural", ""]],
         ["The code fences around the table were removed."]),
        (HEADER + '"1, 2\n3",rural\n\n', [["1, 2\n3", "rural", ""]], []),
        (HEADER + "1\n2,rural,x,y\n", [["1", "", "1 cells, not 2"], ["2", "rural", "4 cells, not 2 (surplus: x, y)"]],
         ["Row 1: 1 cells, not 2", "Row 2: 4 cells, not 2 (surplus: x, y)"]),
        ("1,rural\n", [["1", "rural", ""]], ["The table had no header: its cells are in the order of the columns."]),
        ("timestamp,speed\n1,80\n", [["1", "", ""]],
         ["The column 'road.type' is missing.", "The column 'speed' was not asked for and is left out."]),
        (HEADER + "1,moon\n2,moon\n3,\n", [["1", "moon", ""], ["2", "moon", ""], ["3", "", ""]],
         ["road.type: 2 × not one of its values, for example 'moon'."]),
        (HEADER, [], []),
        (HEADER + "a\0b\ud800,rural\n", [["ab\ufffd", "rural", ""]], []),
    ],
)  # fmt: skip
def test_the_table_is_read_and_its_problems_told(answer: str, rows: list[list[str]], problems: list[str]) -> None:
    checked = check_csv(answer, COLUMNS)
    assert (checked.rows, checked.problems) == (rows, problems)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("```\n```", "holds no rows"), ("I cannot see the video.", "begins with no header"),
        (f'{HEADER}1,"{"x" * 140_000}"\n', "is no CSV"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(answer: str, message: str) -> None:
    with pytest.raises(BadRecord, match=message):
        check_csv(answer, COLUMNS)


def test_many_problems_are_counted_not_listed() -> None:
    checked = check_csv(HEADER + "x\n" * (MAX_PROBLEMS + 5), COLUMNS)
    assert checked.problems[-1] == "5 more."
    assert len(checked.problems) == MAX_PROBLEMS + 1


def test_columns_are_trimmed_and_those_without_a_name_left_out() -> None:
    columns = [Column(" a ", " Which\none? ", "string", (" x", "x", "")), Column(" ", "", "")]
    assert check_columns(columns) == [Column("a", "Which one?", "string", ("x",))]
    assert check_columns(DEFAULT_COLUMNS) == list(DEFAULT_COLUMNS)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([Column("a", "", "string")], "needs a prompt and a type"), ([Column("a", "?", " ")], "needs a prompt"),
        ([Column("a", "?", "s"), Column("A", "?", "s")], "Two columns are named 'a'"),
        ([Column("x" * 101, "?", "s")], "at most 100 characters"), ([Column("a", "x" * 1001, "s")], "at most 1,000"),
        ([Column("a", "?", "s", tuple(map(str, range(51))))], "at most 50 values"),
        ([Column(str(number), "?", "s") for number in range(MAX_COLUMNS + 1)], "at most 60 columns, not 61"),
    ],
)  # fmt: skip
def test_columns_that_make_no_sense_are_refused(columns: list[Column], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_columns(columns)


def test_a_table_needs_a_column_that_is_used() -> None:
    with pytest.raises(ValueError, match="Select at least one column"):
        used_columns([Column("a", "?", "string", used=False)])
