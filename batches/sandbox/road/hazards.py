"""Situations with animals, things on the road and signs to heed. Each is played from second `t` on."""

from collections.abc import Generator

from batches.sandbox.road.actors import PAINTS, Actor
from batches.sandbox.road.motion import Track
from batches.sandbox.road.roadway import Junction
from batches.sandbox.road.script import Script

Play = Generator[None]


def animal(script: Script, t: float) -> Play:
    script.slow(t + 0.6, t + 2.2, t + 3.0, t + 5.6, 0.35)
    yield
    kind = "deer" if script.layout.name == "country" else "dog"
    s = script.drive.s(t + 2.3) + 9.5
    left, right = script.layout.asphalt
    points = [(t - 0.6, right + 6), (t + 0.9, right), (t + 2.3, script.layout.ours - 0.4), (t + 4.2, left - 5)]
    actor = script.walker(kind, s, points, span=(t - 0.6, t + 4.4))
    script.find(
        "Animal on Road", (t + 0.3, t + 3.4), f"{kind.capitalize()} runs across the road",
        "high" if kind == "deer" else "medium",
        f"A {kind} runs from right to left in front of the vehicle; the ego vehicle brakes and avoids it.", actor,
        best=t + 2.0,
    )  # fmt: skip


def debris(script: Script, t: float) -> Play:
    aside = -1.7 if script.layout.name == "country" else -2.1
    script.shift((t + 1.4, 0), (t + 3.0, aside), (t + 4.2, aside), (t + 5.8, 0))
    script.slow(t + 0.8, t + 2.4, t + 3.8, t + 5.8, 0.75)
    yield
    kind = "branch" if script.layout.name == "country" else script.pick("box", "tyre")
    thing = script.place(kind, script.drive.s(t + 3.7), script.layout.ours + 0.3)
    word = {"branch": "A fallen branch", "box": "A crate", "tyre": "A tyre"}[kind]
    script.find(
        "Road Debris", (t + 0.8, t + 3.6), f"{word} lies in the lane", "Medium",
        f"{word} lies in the middle of the ego lane; the ego vehicle slows and steers around it.", thing, best=t + 2.4,
    )  # fmt: skip


def work_zone(script: Script, t: float) -> Play:
    script.shift((t + 0.4, 0), (t + 2.4, -1.5), (t + 5.6, -1.5), (t + 7.4, 0))
    script.slow(t - 0.5, t + 2.0, t + 5.2, t + 7.6, 0.6)
    yield
    start, end = script.drive.s(t + 2.4), script.drive.s(t + 6.2)
    inner, outer = script.layout.ours + 0.4, script.layout.asphalt[1] - 0.6
    things = []
    board = script.place("arrow board", start + 14, (inner + outer) / 2 + 0.9)
    for k in range(6):
        share = k / 5
        things.append(script.place("cone", start - 14 + 22 * share, outer + (inner - outer) * share))
    s = start + 12
    while s < end:
        things.append(script.place("barrel", s, inner + 0.15))
        s += 6.5
    worker = script.walker(
        "pedestrian", start + 19, [(t - 9, outer - 0.4), (t + 20, outer - 1.4)], colour=PAINTS["orange"]
    )
    script.find(
        "Work Zone", (t + 0.2, t + 6.0), "Lane narrowed by cones and barrels", "low",
        "Cones and barrels close the right side of the road and an arrow board points to the left; the ego vehicle "
        "follows the taper.",
        board, *things[3:6], best=t + 1.5,
    )  # fmt: skip
    script.find(
        "Pedestrian on Roadway", (t + 1.0, t + 4.2), "Road worker behind the barrels", "low",
        "A worker in orange stands within the closed part of the road.", worker, best=t + 2.2,
    )  # fmt: skip


def stop_sign(script: Script, t: float) -> Play:
    rolls = bool(script.rng.random() < 0.5)
    script.slow(t, t + 2.8, t + (3.2 if rolls else 4.6), t + (5.6 if rolls else 7.4), 0.28 if rolls else 0.0)
    yield
    junction = Junction(script.drive.s(t + 3.0) + 12.5, half=4.0)
    script.crossings.append(junction)
    sign = script.place("stop sign", junction.s - junction.half - 5.0, script.layout.asphalt[1] + 0.9)
    if rolls:
        script.find(
            "Stop Sign Violation", (t + 0.8, t + 5.0), "Ego rolls through a stop sign", "high",
            f"The ego vehicle slows to {script.kmh(t + 3):.0f} km/h at the stop line but does not stop.", sign,
            best=t + 1.9, stopped=False,
        )  # fmt: skip
    else:
        script.find(
            "Stop Sign", (t + 0.4, t + 5.0), "Ego stops at a stop sign", "low",
            "The ego vehicle comes to a full stop at the line before it enters the junction.", sign, best=t + 2.0,
            stopped=True,
        )  # fmt: skip


def school_bus(script: Script, t: float) -> Play:
    script.slow(t, t + 3.0, t + 5.6, t + 8.2, 0.05)
    yield
    s = script.drive.s(t + 3.1) + 19
    lane = script.layout.ours + 0.3
    leaving = Track((t + 5.0, s), (t + 8.0, s + 16), (t + 20, s + 200), ease=False)
    bus = Actor(
        "school bus",
        leaving,
        Track((0, lane)),
        colour=PAINTS["yellow"],
        beacon=True,
        brakes=[(t - 9, t + 4.8)],
        span=(-10, t + 20),
    )
    script.actors.append(bus)
    right = script.layout.asphalt[1]
    child = script.walker(
        "child",
        s - 6.8,
        [(t + 0.8, right + 1.0), (t + 4.9, script.layout.asphalt[0] + 0.6), (t + 7, script.layout.asphalt[0] - 2)],
    )
    script.find(
        "School Bus Stop", (t + 0.6, t + 5.4), "School bus stands with flashing lights", "medium",
        "A yellow school bus has stopped with its warning lights on; the ego vehicle stops well behind it.", bus,
        best=t + 2.8,
    )  # fmt: skip
    script.find(
        "Pedestrian Crossing", (t + 1.0, t + 4.8), "Child crosses behind the school bus", "High",
        "A child who left the bus walks across the road in front of the waiting ego vehicle.", child, best=t + 3.2,
    )  # fmt: skip


def debris_on_verge(script: Script, t: float) -> Play:
    """Something lies beside the road: no danger."""
    yield
    kind = script.pick("tyre", "box") if script.layout.name == "highway" else script.pick("box", "branch")
    thing = script.place(kind, script.drive.s(t + 3.0), script.layout.asphalt[1] - 0.2)
    word = {"branch": "Branch", "box": "Crate", "tyre": "Tyre"}[kind]
    script.find(
        "Road Debris", (t + 0.6, t + 2.9), f"{word} lies at the edge of the road", "low",
        f"A {word.lower()} lies at the right edge, outside the driving lane.", thing, best=t + 1.9,
    )  # fmt: skip
