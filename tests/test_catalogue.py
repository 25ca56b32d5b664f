"""The page of promises is that of the tests there are."""

from tests.catalogue import CASES, GROUPS, PAGE, page, proofs


def test_every_case_a_test_names_is_in_the_catalogue() -> None:
    assert {proof.case for proof in proofs()} <= CASES.keys()
    assert {case[0] for case in CASES} == GROUPS.keys()


def test_the_page_of_promises_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.catalogue`"
