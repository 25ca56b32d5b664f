"""An earlier analysis of the demo's drives: some findings elsewhere, some in other words, some not there or only
there.
"""

from collections.abc import Iterable
from dataclasses import replace

from batches.sandbox.road.script import Finding

FIRST_PROMPT = "near misses and hard braking"


def as_first_found(findings: Iterable[Finding], seconds: float) -> list[Finding]:
    """The findings as another prompt gave them, in a film of this length: the same every time."""
    proposals: list[Finding] = []
    for number, finding in enumerate(findings):
        if number % 6 == 4:
            continue  # only the later analysis has it
        if number % 5 == 1:
            finding = _later(finding, min(1.2, max(0.0, seconds - finding.end)))
        if number % 7 == 3:
            finding = replace(finding, label=f"Possibly: {finding.label[0].lower()}{finding.label[1:]}")
        proposals.append(finding)
        if number % 8 == 2 and finding.end + 9 < seconds:
            ghost = replace(finding, label="Shadow across the lane", category="Road Debris", severity="low", true=False)
            proposals.append(_later(ghost, 7.5))
    return sorted(proposals, key=lambda finding: finding.start)


def _later(finding: Finding, by: float) -> Finding:
    return replace(finding, start=finding.start + by, end=finding.end + by, best=finding.best + by)
