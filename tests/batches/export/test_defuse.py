"""Text that a spreadsheet would run gets an apostrophe; all other text stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.export.defuse import defuse, defuse_all

DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1+1", "＋1", "－1", "＠x", '"=1+1"', "'=1+1", "  =1+1",
    "\u00a0=1", "\u3000＝1", ' "\' @x', "\ufeff=1", "\u200b=1", "\x00=1", "\x0b=1", "\x1f-1", "“=1”",
    "-", "=", "\t", "\n=1",
]  # fmt: skip
HARMLESS = [
    "",
    "a=b",
    "1-2",
    "00:04-00:07",
    "car + van",
    "a@b.example",
    " text",
    '"quoted"',
    "'",
    "{}",
    "−1",
    "nul\0=no",
]


@pytest.mark.parametrize("cell", DANGEROUS)
@pytest.mark.case("C01")
def test_what_a_spreadsheet_would_run_is_defused(cell: str) -> None:
    assert defuse(cell) == "'" + cell
    assert defuse_all(["a", "", cell, "b"]) == ["a", "", "'" + cell, "b"]


@pytest.mark.parametrize("cell", HARMLESS[:-1])
def test_harmless_text_stays_as_it_is(cell: str) -> None:
    assert defuse(cell) == cell
    assert defuse_all(["a", cell, ""]) == ["a", cell, ""]


def test_a_nul_inside_a_harmless_cell_changes_nothing() -> None:
    assert defuse_all([HARMLESS[-1], "a"]) == [HARMLESS[-1], "a"]


@given(st.lists(st.text(st.sampled_from("ab =+-@\t\r\n\0'\"＝\u200b,"), max_size=6), max_size=6))
def test_a_column_is_defused_cell_by_cell(cells: list[str]) -> None:
    assert defuse_all(cells) == [defuse(cell) for cell in cells]


def test_long_runs_of_blanks_and_nuls_take_no_time() -> None:
    cells = [" " * 200_000 + "a", "\0" * 200_000 + "a", "\0 " * 100_000]
    assert defuse_all(cells) == cells
