"""The promises that must always hold, and the tests that show them. `python -m tests.catalogue` writes the page;
with the files that `pytest --results` wrote, it takes over their results first.

A test names its cases: `@pytest.mark.case("K01")`; with `measured="…"` where the rest of them was measured
(docs/measurements.md), with `lacks="…"` where it shows only a part.
"""

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust.md"
RESULTS = ROOT / "tests" / "results.json"  # run → its day, and test → passed, failed or skipped
RUNS = {"SQLite": "on SQLite", "PostgreSQL": "on PostgreSQL", "browser": "in the browser"}
HEAD = "| Case | Promise | Tests | Last result | [Measured](measurements.md) | Not shown |"
GROUPS = {
    "A": "Access", "B": "Sessions and headers", "X": "Text from outside", "S": "Addresses and media", "C": "CSV",
    "F": "Filters", "T": "Tokens and secrets", "U": "Faults of vendors", "N": "Concurrency",
    "K": "Crashes and copies", "L": "Limits", "Y": "Accessibility",
}  # fmt: skip
CASES = {
    "A01": "Without signing in every address answers with the sign-in page or 401, except the few that are public.",
    "A02": "Every address, role and method answers as one table says; an address that is not in it fails the test.",
    "A03": "A viewer changes nothing by page, script or API, and calls no vendor.",
    "A04": "Ids of other teams are not found on any page or API, and no count or search includes them.",
    "A05": "A bulk verdict with one foreign event is refused as a whole, without naming the event.",
    "A06": "Forged fields of a form or body change nothing.",
    "A07": "In the console, nobody sees or gives more rights than they have.",
    "A08": "A deactivated person's session, tokens and links end with the next request.",
    "B01": "A state-changing request without the CSRF token is refused.",
    "B02": "Reading methods change nothing.",
    "B03": "Requests with a foreign or null Origin are refused.",
    "B04": "No other origin may read a response.",
    "B05": "Personal pages are never cached or framed, and have a strict content security policy.",
    "B06": "Django's deployment checks pass; `next` never leads to another site.",
    "X01": "Hostile text of a vendor is shown as text on every page.",
    "X02": "No template lets text become code.",
    "X03": "Data for scripts is never part of a script.",
    "X04": "Addresses that are not web addresses never become links or pictures.",
    "X05": "No text or address from outside becomes code in the console.",
    "X06": "Text from outside never becomes a parameter of a request.",
    "X07": "Reflected values are escaped.",
    "X08": "The API always answers with JSON, whatever a browser asks for.",
    "S01": "The address that is fetched comes from the row, never from the request.",
    "S02": "Private addresses are refused in every spelling, before a packet is sent.",
    "S03": "A host name whose address changes is reached only at the address that was checked.",
    "S04": "Redirects of vendors are errors, and the key goes to one host only.",
    "S05": "A host name with a public and a private address is refused.",
    "S06": "A private address of a connection needs a setting, and a change of host clears the key.",
    "S07": "A vendor's error messages are shortened and escaped, and hold no key.",
    "S08": "Only pictures are served as pictures.",
    "S09": "Media of other teams are not found; an expired address is requested once more.",
    "S10": "Ranges, slow hosts and huge bodies have limits.",
    "C01": "Text that a spreadsheet would run is defused.",
    "C02": "Any text is read back from the CSV unchanged.",
    "C03": "Filters return exactly their rows; a wrong value is 400.",
    "C04": "Page, CSV and API return the same events for each filter.",
    "C05": "A file name is safe in its header.",
    "C06": "An interrupted download is recognisable, and repeats no row.",
    "F01": "A parameter reaches no other column.",
    "F02": "Only known orders are accepted.",
    "F03": "Keys and values of metadata are matched literally.",
    "F04": "ORM names give no access to columns; endless and malformed lists are refused.",
    "F05": "Search is literal and takes linear time.",
    "T01": "No URL returns a usable token or key.",
    "T02": "A token can do only what its scope allows.",
    "T03": "The database holds digests of tokens only; guessing is slowed down.",
    "T04": "The key of a connection is shown nowhere; an empty field keeps it.",
    "T05": "No log line holds a secret.",
    "T06": "A token of one kind gives no access to another kind.",
    "T07": "A link stops working when it expires, is revoked, or its creator loses the right.",
    "T08": "Without its secrets nothing starts.",
    "U01": "A vendor's Retry-After is obeyed in every form.",
    "U02": "Failing calls do not change the result of a sync.",
    "U03": "A refusal costs one call and does not stop other work.",
    "U04": "An incomplete answer is not stored as complete.",
    "U05": "An unreadable record is set aside and the rest is saved.",
    "U06": "A record that is sent twice is stored once.",
    "U07": "Lists that move between pages lose nothing.",
    "U08": "Decompression bombs and endless answers stop at a limit, and cost at most 64 MB.",
    "U09": "With wrong clocks, no sync is skipped or repeated for ever.",
    "U10": "Events that vanish at the vendor keep their decisions.",
    "U11": "Failed and unfinished items are not errors.",
    "U12": "A verdict never applies to content that nobody saw.",
    "U13": "A batch has one sync at a time; a sync without changes writes nothing.",
    "N01": "Of many verdicts on one version, one is saved and the others are refused.",
    "N02": "A repeated request makes one decision and gets the same answer.",
    "N03": "An idempotency key is valid for one request of one person.",
    "N04": "Simultaneous bulk and single verdicts leave one consistent history for each event.",
    "N05": "A verdict on content that has changed is refused.",
    "N06": "Two editors of metadata never lose each other's changes.",
    "N07": "Nobody rewrites the ledger, and it agrees with the events.",
    "N08": "A vendor that was down gets all edits in the end, in order.",
    "K01": "Killing web workers neither loses nor doubles an acknowledged decision.",
    "K02": "A killed sync continues where it was.",
    "K03": "A killed import or bulk verdict is completed, or stops after a whole step.",
    "K04": "Verdicts wait in the browser until the server has them.",
    "K05": "A database that is away or locked is 503; a full or read-only one is read on and refuses writes with 503.",
    "K06": "A backup made under load has every decision acknowledged before it, and can be restored.",
    "K07": "Databases of older versions are upgraded, also after an interruption.",
    "K08": "Problems that would fail later are named at the start.",
    "L01": "A million events are paged in milliseconds.",
    "L02": "A slow download of a million rows blocks nobody.",
    "L03": "Long values are stored whole or refused, by one limit.",
    "L04": "Large requests, or ones with many fields, are refused immediately.",
    "L05": "With two hundred simultaneous reviewers nothing is lost.",
    "Y01": "No page has a serious accessibility finding.",
    "Y02": "Everything can be decided by keyboard alone.",
    "Y03": "Colour is never the only sign; targets are large enough.",
    "Y04": "Saving, refusals and conflicts are announced.",
}


class Proof(NamedTuple):
    case: str
    file: str  # from the root
    test: str
    lacks: str
    measured: str


def proofs() -> Iterator[Proof]:
    """Every case that a test names, read from the source: nothing is imported."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for mark in filter(_is_case, node.decorator_list):
                    assert isinstance(mark, ast.Call)
                    notes = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}
                    lacks, measured = notes.get("lacks", ""), notes.get("measured", "")
                    for case in map(ast.literal_eval, mark.args):
                        yield Proof(case, path.relative_to(ROOT).as_posix(), node.name, lacks, measured)


def _is_case(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.case"


def results() -> dict[str, dict[str, Any]]:
    """Of the last whole runs that were taken over."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def take_over(files: list[Path]) -> None:
    """Replace the results of the runs that these files are named after: `RUN.json`, or `RUN-part.json` each."""
    taken: dict[str, Any] = {}
    for file in files:
        part = json.loads(file.read_text())
        run = taken.setdefault(file.stem.partition("-")[0], part)
        run["tests"] |= part["tests"]
    if unknown := taken.keys() - RUNS.keys():
        raise SystemExit(f"Unknown run {min(unknown)}; expected {', '.join(RUNS)}.")
    RESULTS.write_text(json.dumps(results() | taken, indent=1, sort_keys=True) + "\n")


def last_result(shown_by: list[Proof], runs: dict[str, dict[str, Any]]) -> str:
    """Of all tests of a case together, in each run that has any of them; `not run yet` names those without a result."""
    by_outcome: dict[str, list[str]] = defaultdict(list)
    names = [f"{proof.file}::{proof.test}" for proof in shown_by]
    for run in RUNS:
        outcomes = {runs[run]["tests"].get(name) for name in names} - {None, "skipped"} if run in runs else set()
        if outcomes:
            by_outcome["failed" if "failed" in outcomes else "passed"].append(RUNS[run])
    cells = [f"{outcome} {' and '.join(where)}" for outcome, where in sorted(by_outcome.items())]
    waiting = [name for name in names if not any(name in runs[run]["tests"] for run in runs)]
    return "; ".join([*cells, *(f"{name.partition('::')[2]}: not run yet" for name in waiting)])


def page() -> str:
    """The text of docs/trust.md."""
    runs = results()
    by_case: dict[str, list[Proof]] = defaultdict(list)
    for proof in proofs():
        by_case[proof.case].append(proof)
    whole = sum(any(not proof.lacks for proof in by_case[case]) for case in CASES)
    part = sum(bool(by_case[case]) for case in CASES) - whole
    lines = [
        "# What is promised, and the tests that show it", "",
        "Written by `python -m tests.catalogue`. All but the browser's run on SQLite and PostgreSQL before a merge.",
        "*Last result* is that of the last whole run"
        + "".join(f", {where} of {runs[run]['day']}" for run, where in RUNS.items() if run in runs) + ".",
        "",
        f"{len(CASES)} cases: {whole} shown, {part} in part, {len(CASES) - whole - part} without a test.",
    ]  # fmt: skip
    for letter, title in GROUPS.items():
        lines += [
            "",
            f"## {title}",
            "",
            HEAD,
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(case, by_case[case], runs) for case in CASES if case[0] == letter]
    return "\n".join(lines) + "\n"


def _row(case: str, shown_by: list[Proof], runs: dict[str, dict[str, Any]]) -> str:
    tests = "<br>".join(f"[{proof.test}](../{proof.file})" for proof in shown_by)
    whole = any(not proof.lacks for proof in shown_by)
    lacks = "" if whole else "; ".join(sorted({proof.lacks for proof in shown_by})) or "no test"
    measured = "; ".join(sorted({proof.measured for proof in shown_by} - {""}))
    return f"| {case} | {CASES[case]} | {tests} | {last_result(shown_by, runs)} | {measured} | {lacks} |"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take_over([Path(name) for name in sys.argv[1:]])
    PAGE.write_text(page())
