"""Figures of a bench: printed as a table, and kept as JSON for `python -m bench.figures`, which writes them to the
document.

Every row has what was measured, ours, and what it is beside: a peer, a limit of the machine, or a target.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
DOCUMENT = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- figures of `make bench` -->", "<!-- end of the figures -->"


@dataclass
class Figures:
    """`with Figures("review", "sqlite") as figures: figures.row(…)`"""

    name: str
    database: str
    rows: list[dict[str, str]] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    measured_at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    machine: str = field(default_factory=lambda: f"{os.cpu_count()} cores, Python {platform.python_version()}")

    def __enter__(self) -> "Figures":
        print(f"{self.name}, {self.database}, load {self.load:.1f}", flush=True)
        return self

    def __exit__(self, *error: object) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{self.name}-{self.database}.json").write_text(json.dumps(asdict(self), indent=1) + "\n")

    def row(self, what: str, ours: str, beside: str) -> None:
        self.rows.append({"what": what, "ours": ours, "beside": beside})
        print(f"{what:<44} {ours:<62} {beside}", flush=True)


def document() -> str:
    """The document with the figures that were kept last; a bench that was not run here keeps its table."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    tables = {text.partition("\n")[0]: text.strip() for text in old.split("\n### ")[1:]}
    for path in FOLDER.glob("*.json"):
        kept = json.loads(path.read_text())
        title = f"{kept['name']}, {kept['database']}"
        lines = [title, "",
                 f"{kept['measured_at']}, {kept['machine']}, load at the start {kept['load']:.1f}.", "",
                 "| what | ours | beside |", "|---|---|---|",
                 *(f"| {row['what']} | {row['ours']} | {row['beside']} |" for row in kept["rows"])]  # fmt: skip
        tables[title] = "\n".join(lines)
    return f"{before}{BEGIN}\n\n" + "".join(f"### {tables[title]}\n\n" for title in sorted(tables)) + END + after


if __name__ == "__main__":
    DOCUMENT.write_text(document())
