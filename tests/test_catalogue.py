"""The page of promises is that of the tests there are."""

from tests.catalogue import CASES, GROUPS, PAGE, Proof, last_result, page, proofs


def test_every_case_a_test_names_is_in_the_catalogue() -> None:
    assert {proof.case for proof in proofs()} <= CASES.keys()
    assert {case[0] for case in CASES} == GROUPS.keys()


def test_the_page_of_promises_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.catalogue`"


def test_the_last_result_of_a_case_is_the_worst_of_its_tests() -> None:
    shown_by = [Proof("K01", "tests/test_a.py", name, "", "") for name in ("test_kill", "test_race", "test_new")]
    runs = {
        "SQLite": {"tests": {"tests/test_a.py::test_kill": "passed", "tests/test_a.py::test_race": "failed"}},
        "PostgreSQL": {"tests": {"tests/test_a.py::test_kill": "passed", "tests/test_a.py::test_race": "skipped"}},
    }
    assert last_result(shown_by, runs) == "failed on SQLite; passed on PostgreSQL; test_new: not run yet"
