"""Situations of the city: lights, turns, what stands at the kerb. Each is played from second `t` on."""

from collections.abc import Generator

from batches.sandbox.road.actors import FROM_LEFT, FROM_RIGHT, ONCOMING, PAINTS, Actor
from batches.sandbox.road.motion import Track
from batches.sandbox.road.roadway import Junction
from batches.sandbox.road.script import Script

Play = Generator[None]


def red_light(script: Script, t: float) -> Play:
    """Stops at a red light; sometimes somebody crosses it on red when ours is green again."""
    script.slow(t, t + 3.4, t + 5.6, t + 9.0, 0.0)
    yield
    junction = Junction(script.drive.s(t + 3.6) + 13.5)
    script.crossings.append(junction)
    lamp = script.place(
        "traffic light",
        junction.s - junction.half - 1.0,
        script.layout.asphalt[1] - 1.0,
        lights=[(-9, "green"), (t - 1.2, "yellow"), (t - 0.2, "red"), (t + 5.4, "green")],
    )
    for offset, start in ((-2.4, t + 0.8), (2.4, t + 1.9)):
        way = FROM_LEFT if offset < 0 else FROM_RIGHT
        reach = 46.0 if way == FROM_LEFT else -46.0
        track = Track((start, -reach), (start + 6.5, reach), ease=False)
        script.actors.append(
            Actor(
                script.pick("sedan", "suv", "van"),
                Track((0, junction.s - offset)),
                track,
                yaw=way,
                colour=PAINTS[script.paint()],
                span=(start, start + 6.5),
            )
        )
    script.find(
        "Traffic Light Stop", (t + 0.2, t + 5.4), "Ego stops at a red light", "low",
        "The signal changes to red and the ego vehicle stops before the line; crossing traffic passes.", lamp,
        best=t + 3.0,
    )  # fmt: skip
    person = script.walker(
        "pedestrian",
        junction.s - junction.half - 2.2,
        [(t + 2.2, script.layout.asphalt[1] + 1), (t + 9.0, script.layout.asphalt[0])],
    )
    script.find(
        "Pedestrian Crossing", (t + 2.4, t + 6.6), "Pedestrian crosses at the signal", "low",
        "A pedestrian uses the marked crossing while the ego vehicle waits at the red light.", person, best=t + 4.2,
    )  # fmt: skip


def red_light_runner(script: Script, t: float) -> Play:
    script.slow(t + 0.9, t + 2.2, t + 3.0, t + 5.6, 0.22)
    yield
    junction = Junction(script.drive.s(t + 2.4) + 11.0)
    script.crossings.append(junction)
    script.place(
        "traffic light", junction.s - junction.half - 1.0, script.layout.asphalt[1] - 1.0, lights=[(-9, "green")]
    )
    kind, paint = script.pick("sedan", "suv"), script.paint()
    track = Track((t + 0.2, -34.0), (t + 4.4, 38.0), ease=False)
    actor = Actor(kind, Track((0, junction.s + 1.6)), track, yaw=FROM_LEFT, colour=PAINTS[paint], span=(t, t + 4.4))
    script.actors.append(actor)
    script.find(
        "Red Light Violation", (t + 0.6, t + 3.2), f"{paint.capitalize()} {kind} crosses on red", "critical",
        f"While our signal is green, a {paint} {kind} crosses the junction from the left without slowing.", actor,
        best=t + 2.35,
    )  # fmt: skip
    script.find(
        "Near Miss", (t + 1.6, t + 3.0), "Near collision with crossing vehicle", "Critical",
        f"The ego vehicle brakes to {script.kmh(t + 2.4):.0f} km/h; the {kind} passes "
        f"{script.distance(actor, t + 2.4):.0f} m ahead.", actor, best=t + 2.5,
    )  # fmt: skip


def oncoming_turns(script: Script, t: float) -> Play:
    script.slow(t + 1.0, t + 2.3, t + 3.0, t + 5.4, 0.3)
    yield
    junction = Junction(script.drive.s(t + 2.4) + 13.0, zebra=False, stop_line=False)
    script.crossings.append(junction)
    script.place(
        "traffic light", junction.s - junction.half - 1.0, script.layout.asphalt[1] - 1.0, lights=[(-9, "green")]
    )
    paint = script.paint()
    lane, out = script.layout.oncoming[0], script.layout.asphalt[1] + 24
    s = Track((t - 4, junction.s + 70), (t + 0.8, junction.s + 8), (t + 2.6, junction.s + 1.5), ease=False)
    x = Track((t + 0.8, lane), (t + 1.8, lane + 3.2), (t + 2.8, script.layout.ours + 2.5), (t + 5.2, out), ease=False)
    yaw = Track((t + 0.7, ONCOMING), (t + 2.4, FROM_LEFT))
    actor = Actor("suv", s, x, yaw=yaw, colour=PAINTS[paint], span=(t - 4, t + 5.2), blinks={-1: (t - 3, t + 2)})
    script.actors.append(actor)
    script.find(
        "Failure to Yield", (t + 0.5, t + 3.2), f"Oncoming {paint} SUV turns left across the ego path", "critical",
        f"An oncoming {paint} SUV turns left in front of the ego vehicle, which must brake to "
        f"{script.kmh(t + 2.4):.0f} km/h.",
        actor, best=t + 2.1,
    )  # fmt: skip


def double_parked(script: Script, t: float) -> Play:
    script.shift((t + 0.6, 0), (t + 2.6, -2.9), (t + 4.6, -2.9), (t + 6.4, 0))
    yield
    paint = script.pick("white", "blue", "orange", "yellow")
    actor = script.place("van", script.drive.s(t + 3.9), script.layout.ours + 0.5, hazards=True, colour=PAINTS[paint])
    script.find(
        "Double Parking", (t, t + 3.7), f"{paint.capitalize()} delivery van blocks the lane", "medium",
        f"A {paint} van stands in the driving lane with hazard lights on; the ego vehicle steers around it.", actor,
        best=t + 2.0,
    )  # fmt: skip


def bus_pulls_out(script: Script, t: float) -> Play:
    script.slow(t + 0.6, t + 2.2, t + 3.4, t + 6.0, 0.35)
    yield
    kind, edge = "bus", script.layout.asphalt[1] - 1.5
    start = script.drive.s(t + 2.3) + 20
    move = Track(
        (t + 0.2, start),
        (t + 2.4, start + 3),
        (t + 6, start + 22),
        (t + 12, start + 90),
        (t + 20, start + 230),
        ease=False,
    )
    actor = Actor(
        kind,
        move,
        Track((t + 0.2, edge), (t + 3.6, script.layout.ours)),
        colour=PAINTS["red"],
        blinks={-1: (t - 4, t + 3)},
        span=(-10, t + 20),
    )
    script.actors.append(actor)
    script.find(
        "Pulling Out", (t, t + 3.8), "Bus pulls out from the kerb", "medium",
        "A bus signals and leaves its stop into the ego lane; the ego vehicle lets it in.", actor, best=t + 2.4,
    )  # fmt: skip
