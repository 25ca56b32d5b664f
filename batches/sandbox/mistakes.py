"""Findings that are wrong, so that there is something to reject: what a model claims and the film does not show."""

from dataclasses import replace

import numpy as np

from batches.sandbox.road.actors import VEHICLES, Actor
from batches.sandbox.road.boxes import box, in_view, shown
from batches.sandbox.road.renderer import Renderer
from batches.sandbox.road.script import Finding

# category → (label, claim, severity, kinds that could be mistaken for it)
CLAIMS: dict[str, tuple[str, str, str, frozenset[str]]] = {
    "Pedestrian Crossing": ("Pedestrian steps into the road",
        "A person appears to step off the kerb in front of the vehicle.", "medium", frozenset()),
    "Wrong-Way Driver": ("Vehicle drives against the direction of travel",
        "A vehicle approaches head-on in our direction's lane.", "critical", VEHICLES),
    "Cut-in": ("Vehicle cuts in sharply from the right", "A vehicle moves into the ego lane with very little distance.",
        "high", VEHICLES),
    "Red Light Violation": ("Ego vehicle passes a red light",
        "The ego vehicle crosses the junction while the signal shows red.", "critical", frozenset()),
    "Near Miss": ("Collision narrowly avoided", "Another vehicle comes within a metre of the ego vehicle.", "high",
        VEHICLES),
    "Animal on Road": ("Dog at the edge of the road", "A small animal seems to run beside the road.", "medium",
        frozenset()),
    "Road Debris": ("Object lies in the lane", "A dark object lies in the path of the ego vehicle.", "low",
        frozenset()),
    "Stopped Vehicle": ("Vehicle blocks the lane", "A stationary vehicle obstructs the ego lane.", "medium", VEHICLES),
}  # fmt: skip
CONFUSED = {
    "Cyclist": "Lane Splitting", "Animal on Road": "Pedestrian Crossing", "Overtaking": "Cut-in",
    "Stopped Vehicle": "Double Parking",
    "Tailgating": "Hard Braking", "Emergency Vehicle": "Speeding", "Pedestrian": "Jaywalking",
    "Lane Change": "Lane Departure",
    "Oncoming Traffic": "Wrong-Way Driver", "Work Zone": "Road Debris", "Slow Vehicle": "Stopped Vehicle",
    "Stop Sign": "Stop Sign Violation",
}  # fmt: skip


def mistakes(renderer: Renderer, rng: np.random.Generator) -> list[Finding]:
    """Phantoms, repeats and wrong names, about one for every three true findings."""
    script = renderer.script
    made: list[Finding] = []
    for category in rng.permutation(list(CLAIMS))[: int(rng.integers(2, 5))]:
        phantom = _phantom(renderer, str(category), rng)
        if phantom:
            made.append(phantom)
    true = script.findings
    for index in rng.permutation(len(true))[: int(rng.integers(1, 3))]:
        repeat = shown(renderer, _repeated(true[index], script.seconds, rng))
        made += [repeat] if repeat else []
    renamed = [finding for finding in true if finding.category in CONFUSED]
    if renamed and rng.random() < 0.7:
        finding = renamed[int(rng.integers(len(renamed)))]
        made.append(replace(finding, category=CONFUSED[finding.category], start=finding.start + 0.2, true=False))
    return made


def _phantom(renderer: Renderer, category: str, rng: np.random.Generator) -> Finding | None:
    """A claim about a moment at which nothing of the kind happens, boxed on whatever could be taken for it."""
    script = renderer.script
    label, claim, severity, kinds = CLAIMS[category]
    for start in rng.permutation(np.arange(1.0, script.seconds - 5, 1.0)):
        end = float(start + rng.uniform(1.4, 3.4))
        if any(f.category == category and f.start < end + 4 and f.end > start - 4 for f in script.findings):
            continue
        best = float(start + 0.5 * (end - start))
        marked = _mistakable(renderer, kinds, best)
        if kinds and marked is None:
            continue
        facts = {
            "ego_speed_kmh": round(script.kmh(best)),
            "weather": script.look.weather,
            "actors": [marked.kind] if marked else [],
        }
        text = f"{claim} Recorded {script.layout.phrase} {script.look.phrase}; ego speed {script.kmh(best):.0f} km/h."
        actors = (marked,) if marked else ()
        return Finding(float(start), end, best, category, label, severity, text, actors, facts, true=False)
    return None


def _mistakable(renderer: Renderer, kinds: frozenset[str], time: float) -> Actor | None:
    """A vehicle in view, of no part in any finding, large enough to be pointed at."""
    reported = {id(actor) for finding in renderer.script.findings for actor in finding.actors}
    for actor in renderer.script.actors:
        if actor.kind in kinds and id(actor) not in reported:
            bounds = box(renderer, actor, time)
            if bounds and bounds[3] - bounds[1] > 22 and in_view(renderer, actor, time):
                return actor
    return None


def _repeated(finding: Finding, seconds: float, rng: np.random.Generator) -> Finding:
    """The same event reported once more, a little later: half of them in other words, half in the same."""
    late = float(rng.uniform(0.3, 0.9))
    start, end = finding.start + late, min(finding.end + late, seconds - 0.1)
    other = f"{finding.category}: {finding.label[0].lower()}{finding.label[1:]}"
    label = other if int(finding.start) % 2 else finding.label
    return replace(finding, start=start, end=end, best=finding.best + 0.2, label=label, true=False)
