"""Situations with people, riders, animals and things on the road. Each is played from second `t` on."""

from collections.abc import Generator

from batches.sandbox.road.actors import AHEAD, CLOTHES, Actor
from batches.sandbox.road.motion import Track
from batches.sandbox.road.roadway import Zebra
from batches.sandbox.road.script import Script

Play = Generator[None]


def jaywalker(script: Script, t: float) -> Play:
    script.slow(t + 0.7, t + 2.2, t + 3.6, t + 6.0, 0.2)
    yield
    s = script.drive.s(t + 2.3) + 8.5
    edge, ours = script.layout.asphalt[1], script.layout.ours
    person = script.walker(
        "pedestrian",
        s,
        [(t - 2, edge + 2.0), (t - 0.2, edge + 0.3), (t + 2.3, ours), (t + 6.5, script.layout.asphalt[0])],
    )
    gap = script.distance(person, t + 2.2)
    script.find(
        "Jaywalking", (t - 0.1, t + 4.4), "Pedestrian crosses outside a crosswalk", "High",
        "A pedestrian steps from the right kerb into the road with no crossing nearby and walks over all lanes.",
        person, best=t + 2.1,
    )  # fmt: skip
    script.find(
        "Near Miss", (t + 1.2, t + 3.2), "Close call with a pedestrian", "critical",
        f"The ego vehicle brakes from {script.kmh(t + 0.6):.0f} to {script.kmh(t + 2.3):.0f} km/h; the pedestrian is "
        f"{gap:.0f} m ahead.",
        person, best=t + 2.0, gap_m=round(gap, 1),
    )  # fmt: skip


def crosswalk(script: Script, t: float) -> Play:
    script.slow(t, t + 2.8, t + 6.0, t + 8.6, 0.04)
    yield
    zebra = Zebra(script.drive.s(t + 2.9) + 8.6)
    script.crossings.append(zebra)
    left, right = script.layout.asphalt
    pair = [
        script.walker(
            "pedestrian", zebra.s + 0.5, [(t - 3, right + 2.5), (t + 1.4, right), (t + 8.2, left), (t + 12, left - 2)]
        )
    ]
    if script.rng.random() < 0.6:
        pair.append(
            script.walker(
                "child",
                zebra.s - 0.3,
                [(t - 3, right + 3.0), (t + 1.7, right + 0.4), (t + 8.5, left + 0.4), (t + 12, left - 2)],
            )
        )
    who = "Pedestrian with a child crosses" if len(pair) > 1 else "Pedestrian crosses"
    script.find(
        "Pedestrian Crossing", (t + 1.2, t + 6.4), f"{who} at the zebra crossing", "low",
        "The ego vehicle gives way and waits until the marked crossing is clear.", *pair, best=t + 3.9,
    )  # fmt: skip


def cyclist_ahead(script: Script, t: float) -> Play:
    script.shift((t + 2.0, 0), (t + 3.8, -1.3), (t + 5.6, -1.3), (t + 7.4, 0))
    script.slow(t, t + 1.8, t + 3.2, t + 5.6, 0.62)
    yield
    x = min(script.layout.asphalt[1] - 0.7, script.layout.ours + 1.75)
    colour = CLOTHES[int(script.rng.integers(len(CLOTHES)))]
    actor = Actor(
        "cyclist",
        Track((t - 8, 105), (t + 2.2, 16), (t + 5.4, -3)),
        Track((t, x)),
        follows=True,
        colour=colour,
        span=(t - 8, t + 5.4),
    )
    script.actors.append(actor)
    script.find(
        "Cyclist", (t - 0.5, t + 4.6), "Cyclist rides ahead at the right edge", "low",
        "A cyclist rides along the right edge; the ego vehicle slows before it passes.", actor, best=t + 2.4,
    )  # fmt: skip
    if script.layout.name != "city":
        script.find(
            "Unsafe Passing", (t + 3.0, t + 5.2), "Ego passes a cyclist with little room", "medium",
            "While overtaking, the ego vehicle leaves only about one and a half metres to the cyclist.", actor,
            best=t + 3.7,
        )  # fmt: skip


def cyclist_crosses(script: Script, t: float) -> Play:
    script.slow(t + 0.8, t + 2.1, t + 3.0, t + 5.4, 0.25)
    yield
    s = script.drive.s(t + 2.2) + 8
    edge = script.layout.asphalt[1]
    actor = script.walker(
        "cyclist",
        s,
        [
            (t - 0.5, edge + 6),
            (t + 1.0, edge),
            (t + 2.4, script.layout.ours - 0.5),
            (t + 5.0, script.layout.asphalt[0] - 6),
        ],
    )
    actor.span = (t - 0.5, t + 5.2)
    script.find(
        "Near Miss", (t + 0.6, t + 3.0), "Cyclist crosses from the right", "Critical",
        f"A cyclist rides off the pavement and crosses the ego lane {script.distance(actor, t + 2.1):.0f} m ahead; the "
        "ego vehicle brakes hard.",
        actor, best=t + 2.0,
    )  # fmt: skip
    script.find(
        "Hard Braking", (t + 0.8, t + 2.6), "Ego brakes hard for a cyclist", "high",
        f"Speed falls from {script.kmh(t + 0.7):.0f} to {script.kmh(t + 2.2):.0f} km/h within two seconds.", actor,
        best=t + 1.7,
    )  # fmt: skip


def child_after_ball(script: Script, t: float) -> Play:
    script.slow(t + 0.5, t + 1.9, t + 3.6, t + 6.0, 0.12)
    yield
    s = script.drive.s(t + 2.0) + 9
    left, right = script.layout.asphalt
    script.actors.append(
        Actor(
            "ball",
            Track((0, s + 0.5)),
            Track((t - 0.4, right + 2), (t + 1.4, script.layout.ours), (t + 4, left), ease=False),
            span=(t - 0.4, t + 6),
        )
    )
    child = script.walker(
        "child",
        s,
        [(t - 0.4, right + 3.5), (t + 2.0, script.layout.ours + 0.9), (t + 4.6, left + 0.5), (t + 6, left - 1)],
    )
    child.span = (t - 0.4, t + 9)
    script.find(
        "Near Miss", (t + 0.2, t + 3.4), "Child runs after a ball into the road", "critical",
        "A ball rolls onto the road from the right and a child runs after it; the ego vehicle brakes almost to a halt.",
        child, best=t + 2.0,
    )  # fmt: skip


def sidewalk_walker(script: Script, t: float) -> Play:
    """Somebody on the pavement: nothing happens, and some models still report it."""
    yield
    s = script.drive.s(t + 1.9) + 18  # where they are at t + 1.9
    x = script.layout.asphalt[1] + 1.3
    colour = CLOTHES[int(script.rng.integers(len(CLOTHES)))]
    kind = script.pick("pedestrian", "pedestrian", "child", "cyclist")
    pace = 3.4 if kind == "cyclist" else 1.2
    person = Actor(
        kind,
        Track((t - 6, s - 7.9 * pace), (t + 9, s + 7.1 * pace), ease=False),
        Track((t, x)),
        yaw=AHEAD,
        colour=colour,
        span=(t - 9, t + 9),
    )
    script.actors.append(person)
    word = "rides" if kind == "cyclist" else "walks"
    script.find(
        "Pedestrian" if kind != "cyclist" else "Cyclist", (t + 0.4, t + 3.0),
        f"{kind.capitalize()} {word} on the pavement", "low",
        f"A {kind} {word} along the right pavement in the direction of travel and stays off the road.", person,
        best=t + 1.9,
    )  # fmt: skip
