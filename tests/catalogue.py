"""What must hold whatever happens, by id, and the tests that show it: `python -m tests.catalogue` writes docs/trust.md.

A test names its cases: `@pytest.mark.case("K01")`; with `lacks="…"` where it shows only a part of them.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust.md"
GROUPS = {
    "A": "Access", "B": "Sessions and headers", "X": "Text of others", "S": "Addresses and media", "C": "CSV",
    "F": "Filters", "T": "Tokens and secrets", "U": "Faults of vendors", "N": "At the same moment",
    "K": "Crashes and copies", "L": "Limits", "Y": "Accessibility",
}  # fmt: skip
CASES = {
    "A01": "Without signing in every address answers with the sign-in page or 401, except the few that are public.",
    "A02": "Every address, role and method answers as one table says; an address that is not in it fails the test.",
    "A03": "A viewer changes nothing by page, script or API, and calls no vendor.",
    "A04": "Ids of other teams are not found anywhere, and no count or search includes them.",
    "A05": "One foreign event in a bulk verdict refuses the whole and is not named.",
    "A06": "Forged fields of a form or body change nothing.",
    "A07": "Nobody gives, or sees, more than they have in the console.",
    "A08": "A deactivated person's session, tokens and links end with the next request.",
    "B01": "A state-changing request without the CSRF token is refused.",
    "B02": "Reading methods change nothing.",
    "B03": "Requests with a foreign or null Origin are refused.",
    "B04": "No other origin may read a response.",
    "B05": "Pages of a person are stored nowhere, framed by nobody, and have a strict content policy.",
    "B06": "Django's deployment checks pass; `next` leads to no other site.",
    "X01": "Hostile text of a vendor is shown as text on every page.",
    "X02": "No template opens a way for code.",
    "X03": "Data for scripts never stands in a script.",
    "X04": "Addresses that are no web addresses become no link and no picture.",
    "X05": "No text or address of others becomes code in the console.",
    "X06": "Text of others becomes no parameter of a request.",
    "X07": "Reflected values are escaped.",
    "X08": "The API answers JSON whatever a browser asks for.",
    "S01": "The address that is fetched comes from the row, never from the request.",
    "S02": "Addresses of this network are refused in every spelling, before a packet.",
    "S03": "A name that changes its address is reached only at the address that was checked.",
    "S04": "Redirects of vendors are errors, and the key goes to one host only.",
    "S05": "A name with a public and a private address is refused.",
    "S06": "A connection's private address needs a setting, and another host clears the key.",
    "S07": "Error messages of a vendor are cut, escaped and hold no key.",
    "S08": "What is no picture is not served as one.",
    "S09": "Media of other teams are not found; an expired address is asked for once more.",
    "S10": "Ranges, slow hosts and huge bodies have limits.",
    "C01": "What a spreadsheet would run is defused.",
    "C02": "Any text comes back from the CSV as it was.",
    "C03": "Filters give exactly their rows; a wrong value is 400.",
    "C04": "Page, CSV and API have the same events for each filter.",
    "C05": "The name of a file is safe in its header.",
    "C06": "A download that breaks looks broken, and gives no row twice.",
    "F01": "A parameter reaches no other column.",
    "F02": "Only named orders are orders.",
    "F03": "Keys and values of metadata are literal.",
    "F04": "Names of the ORM reach no column; endless and misshapen lists are refused.",
    "F05": "Search is literal and takes linear time.",
    "T01": "No address gives out a usable token or key.",
    "T02": "A token does what its scope allows.",
    "T03": "The database holds digests of tokens only; guessing is slowed down.",
    "T04": "The key of a connection is shown nowhere; an empty field keeps it.",
    "T05": "No log line holds a secret.",
    "T06": "A token of one kind opens nothing of another.",
    "T07": "A link ends with its time, its revocation or its creator's rights.",
    "T08": "Without its secrets nothing starts.",
    "U01": "A vendor's Retry-After is obeyed in every form.",
    "U02": "Failing calls end in the same data as none.",
    "U03": "A refusal costs one call and stops nothing else.",
    "U04": "An answer that breaks off is not stored as whole.",
    "U05": "An unreadable record is set aside and the rest is saved.",
    "U06": "A record that comes twice is one row.",
    "U07": "Lists that move between pages lose nothing.",
    "U08": "Bombs and endless answers end at a limit, and cost at most 64 MB.",
    "U09": "Wrong clocks make no sync skip or repeat for ever.",
    "U10": "What vanishes at the vendor keeps its decisions.",
    "U11": "Failed and unfinished items are no error.",
    "U12": "A verdict never moves to content that nobody saw.",
    "U13": "One batch is synced once at a time; a sync without news writes nothing.",
    "N01": "Of many verdicts on one version one wins, the others are told.",
    "N02": "A repeated request is one decision with one answer.",
    "N03": "A key is good for one request of one person.",
    "N04": "Bulk and single verdicts at once leave one history for each event.",
    "N05": "A verdict on content that changed meanwhile is refused.",
    "N06": "Two editors of metadata lose nothing of each other.",
    "N07": "Nobody rewrites the ledger, and it agrees with the events.",
    "N08": "A vendor that is down has all edits in the end, in order.",
    "K01": "Kills of web workers lose and double no acknowledged decision.",
    "K02": "A killed sync goes on where it was.",
    "K03": "A killed bulk verdict ends whole, or in whole steps.",
    "K04": "Verdicts wait in the browser until the server has them.",
    "K05": "A database that is away, full, locked or read-only is 503, and work goes on when it is back.",
    "K06": "A copy made under load has every decision acknowledged before, and comes back.",
    "K07": "Databases of older versions are upgraded, also after an interruption.",
    "K08": "What would fail later is named at the start.",
    "L01": "A million events are paged in milliseconds.",
    "L02": "A slow download of a million rows blocks nobody.",
    "L03": "Long values are stored or refused by one limit.",
    "L04": "Requests of many fields, or large ones, are refused at once.",
    "L05": "Two hundred reviewers at once lose nothing.",
    "Y01": "No page has a serious accessibility finding.",
    "Y02": "Everything is decided by keyboard alone.",
    "Y03": "Colour is never the only sign; targets are large enough.",
    "Y04": "Saving, refusals and conflicts are announced.",
}


class Proof(NamedTuple):
    case: str
    file: str  # from the root
    test: str
    lacks: str


def proofs() -> Iterator[Proof]:
    """Every case that a test names, read from the source: nothing is imported."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for mark in filter(_is_case, node.decorator_list):
                    assert isinstance(mark, ast.Call)
                    lacks = next((ast.literal_eval(word.value) for word in mark.keywords if word.arg == "lacks"), "")
                    for case in map(ast.literal_eval, mark.args):
                        yield Proof(case, path.relative_to(ROOT).as_posix(), node.name, lacks)


def _is_case(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.case"


def page() -> str:
    """The text of docs/trust.md."""
    by_case: dict[str, list[Proof]] = defaultdict(list)
    for proof in proofs():
        by_case[proof.case].append(proof)
    whole = sum(any(not proof.lacks for proof in by_case[case]) for case in CASES)
    part = sum(bool(by_case[case]) for case in CASES) - whole
    lines = [
        "# What is promised, and the tests that show it", "",
        "Written by `python -m tests.catalogue`. All but the browser's run on SQLite and PostgreSQL before a merge.",
        "",
        f"{len(CASES)} cases: {whole} shown, {part} in part, {len(CASES) - whole - part} without a test.",
    ]  # fmt: skip
    for letter, title in GROUPS.items():
        lines += ["", f"## {title}", "", "| Case | Promise | Tests | Not shown |", "|---|---|---|---|"]
        lines += [_row(case, by_case[case]) for case in CASES if case[0] == letter]
    return "\n".join(lines) + "\n"


def _row(case: str, shown_by: list[Proof]) -> str:
    tests = "<br>".join(f"[{proof.test}](../{proof.file})" for proof in shown_by)
    whole = any(not proof.lacks for proof in shown_by)
    lacks = "" if whole else "; ".join(proof.lacks for proof in shown_by) or "no test"
    return f"| {case} | {CASES[case]} | {tests} | {lacks} |"


if __name__ == "__main__":
    PAGE.write_text(page())
