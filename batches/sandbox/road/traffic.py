"""Situations between vehicles. Each is played from second `t` on and takes about six seconds."""

from collections.abc import Generator

from batches.sandbox.road.actors import ONCOMING, PAINTS, Actor
from batches.sandbox.road.motion import Track
from batches.sandbox.road.script import Script

Play = Generator[None]


def cut_in(script: Script, t: float) -> Play:
    script.slow(t + 1.6, t + 2.8, t + 3.4, t + 5.6, 0.68)
    yield
    ours, left = script.layout.ours, script.layout.ours - 3.5
    kind, paint = script.pick("sedan", "suv", "van"), script.paint()
    gaps = [(t - 3, -10), (t + 0.4, 8.5), (t + 2.2, 8.8), (t + 3.4, 11.5), (t + 6.5, 22), (t + 15, 150)]
    places = [(t - 3, left), (t + 0.5, left), (t + 2.2, ours - 0.1), (t + 5.2, ours), (t + 7.4, left)]
    actor = script.companion(kind, paint, gaps, places, blinks={1: (t + 1.2, t + 2.2)}, brakes=[(t + 2.4, t + 3.1)])
    gap = script.distance(actor, t + 2.2)
    script.find(
        "Cut-in", (t + 0.3, t + 3.2), f"{paint.capitalize()} {kind} cuts into the ego lane from the left", "high",
        f"A {paint} {kind} in the left lane crosses the line and enters the ego lane {gap:.0f} m ahead with a late "
        "signal.",
        actor, best=t + 1.9, gap_m=round(gap, 1),
    )  # fmt: skip
    script.find(
        "Hard Braking", (t + 1.6, t + 3.3), "Ego vehicle brakes after a cut-in", "medium",
        f"The ego vehicle slows from {script.kmh(t + 1.5):.0f} to {script.kmh(t + 3):.0f} km/h to keep clear of the "
        f"{kind} that moved in.",
        actor, best=t + 2.7,
    )  # fmt: skip


def hard_braking(script: Script, t: float) -> Play:
    script.slow(t + 1.0, t + 2.6, t + 3.2, t + 6.0, 0.45)
    yield
    kind, paint = script.pick("sedan", "suv", "van", "truck"), script.paint()
    gaps = [(t - 14, 165), (t - 0.2, 27), (t + 1.8, 13.5), (t + 3.4, 12.5), (t + 6.0, 24), (t + 17, 190)]
    actor = script.companion(kind, paint, gaps, [(t, script.layout.ours)], brakes=[(t, t + 3.2)])
    near = script.distance(actor, t + 2.4)
    script.find(
        "Hard Braking", (t, t + 3.3), f"{kind.capitalize()} ahead brakes sharply", "High",
        f"Brake lights of the {paint} {kind} ahead come on and the distance shrinks to {near:.0f} m; the ego vehicle "
        "brakes too.",
        actor, best=t + 1.9, gap_m=round(near, 1),
    )  # fmt: skip
    script.find(
        "Near Miss", (t + 1.3, t + 3.0), "Distance to braking vehicle falls below one second", "critical",
        f"At {script.kmh(t + 1.6):.0f} km/h only {near:.0f} m remain to the {kind} in front.",
        actor, best=t + 2.4, gap_m=round(near, 1),
    )  # fmt: skip


def tailgating(script: Script, t: float) -> Play:
    yield
    kind, paint = script.pick("sedan", "suv", "truck"), script.paint()
    gaps = [(t - 14, 150), (t, 15), (t + 5, 12.5), (t + 7, 16), (t + 17, 185)]
    actor = script.companion(kind, paint, gaps, [(t, script.layout.ours)])
    gap = script.distance(actor, t + 3)
    headway = gap / max(script.drive.speed(t + 3), 1)
    script.find(
        "Tailgating", (t + 0.2, t + 5.4), f"Ego follows a {paint} {kind} too closely", "Medium",
        f"For about five seconds the ego vehicle stays {gap:.0f} m behind the {kind}, a time gap of {headway:.1f} s.",
        actor, headway_s=round(headway, 2),
    )  # fmt: skip


def lane_departure(script: Script, t: float) -> Play:
    script.shift((t, 0), (t + 1.7, 1.45), (t + 3.0, -0.15), (t + 4.0, 0))
    yield
    script.find(
        "Lane Departure", (t + 0.5, t + 3.0), "Ego drifts over the right lane line", "medium",
        "The ego vehicle drifts to the right until its wheels are on the line, then steers back without signalling.",
        best=t + 1.6,
    )  # fmt: skip


def lane_change(script: Script, t: float) -> Play:
    script.shift((t, 0), (t + 2.4, -3.5), (t + 6.4, -3.5), (t + 9.0, 0))
    yield
    kind, paint = script.pick("truck", "van", "bus"), script.paint()
    actor = script.companion(kind, paint, [(t - 9, 120), (t + 0.5, 34), (t + 7.0, -12)], [(t, script.layout.ours)])
    script.find(
        "Lane Change", (t, t + 2.6), f"Ego changes to the left lane behind a {kind}", "low",
        f"Approaching a slower {paint} {kind}, the ego vehicle moves one lane to the left.", actor, best=t + 1.2,
    )  # fmt: skip
    script.find(
        "Overtaking", (t + 2.6, t + 6.4), f"Ego overtakes a {paint} {kind}", "low",
        f"The ego vehicle passes the {kind} in the lane to its right with steady speed.", actor, best=t + 4.0,
    )  # fmt: skip


def stopped_on_shoulder(script: Script, t: float) -> Play:
    yield
    kind, paint = script.pick("sedan", "van", "truck"), script.paint()
    x = max(script.layout.asphalt[1] - 1.1, script.layout.ours + 2.7)
    actor = script.place(kind, script.drive.s(t + 4.2), x, hazards=True, colour=PAINTS[paint])
    near_person = script.rng.random() < 0.6
    script.find(
        "Stopped Vehicle", (t + 0.4, t + 4.0),
        f"{paint.capitalize()} {kind} stopped at the right edge with hazard lights", "medium",
        f"A {paint} {kind} stands at the right edge of the road with flashing hazard lights.", actor, best=t + 3.0,
    )  # fmt: skip
    if near_person:
        person = script.walker(
            "pedestrian", script.drive.s(t + 4.2) - 4.0, [(t - 9, x - 1.2), (t + 20, x - 1.0)], moves=False
        )
        script.find(
            "Pedestrian on Roadway", (t + 1.0, t + 3.9), "Person standing beside a stopped vehicle", "High",
            f"A person stands on the carriageway side of the {kind}, less than two metres from passing traffic.",
            person, best=t + 3.1,
        )  # fmt: skip


def fast_overtaker(script: Script, t: float) -> Play:
    yield
    kind, paint = script.pick("sedan", "suv", "motorcycle"), script.pick("black", "red", "white", "silver")
    x = script.layout.ours - 3.5
    actor = script.companion(kind, paint, [(t - 2, -16), (t + 6.5, 165)], [(t, x)])
    fast = script.kmh(t + 2) + 181 / 8.5 * 3.6
    script.find(
        "Speeding", (t - 0.2, t + 3.6), f"{paint.capitalize()} {kind} overtakes at high speed", "medium",
        f"A {paint} {kind} passes on the left at roughly {fast:.0f} km/h, far above the flow of traffic.", actor,
        best=t + 1.2,
        estimated_speed_kmh=round(fast),
    )  # fmt: skip


def wrong_way(script: Script, t: float) -> Play:
    script.slow(t + 0.8, t + 2.4, t + 3.2, t + 5.4, 0.6)
    yield
    paint = script.paint()
    x = script.layout.ours - 3.5 if len(script.layout.lanes) > 1 else script.layout.ours - 0.9
    s = script.drive.s(t + 3.4)
    speed = 20.0
    track = Track((t - 6, s + speed * 9.4), (t + 6, s - speed * 2.6), ease=False)
    actor = Actor("sedan", track, Track((t, x)), yaw=ONCOMING, colour=PAINTS[paint], span=(t - 4.5, t + 5))
    script.actors.append(actor)
    script.find(
        "Wrong-Way Driver", (t + 0.4, t + 3.4), f"{paint.capitalize()} sedan comes against the direction of travel",
        "Critical",
        f"A {paint} sedan with its front towards us drives in a lane of our direction; the ego vehicle slows and keeps "
        "right.",
        actor, best=t + 2.7,
    )  # fmt: skip


def emergency_vehicle(script: Script, t: float) -> Play:
    script.shift((t - 0.5, 0), (t + 1.5, 0.7), (t + 4.0, 0.7), (t + 6.0, 0))
    script.slow(t - 0.5, t + 1.2, t + 3.0, t + 5.5, 0.7)
    yield
    kind = script.pick("police car", "ambulance")
    x = script.layout.ours - 3.4
    actor = script.companion(
        kind, "white", [(t - 2, -14), (t + 1.5, 9), (t + 5, 42), (t + 11, 170)], [(t, x)], beacon=True
    )
    script.find(
        "Emergency Vehicle", (t, t + 5.0), f"{kind.capitalize()} with flashing lights passes", "low",
        f"A {kind} with its beacons on passes on the left; the ego vehicle slows and moves aside.", actor, best=t + 1.9,
    )  # fmt: skip


def lane_splitting(script: Script, t: float) -> Play:
    yield
    actor = script.companion(
        "motorcycle",
        script.pick("red", "black", "blue"),
        [(t - 1.5, -8), (t + 5.5, 70), (t + 9, 160)],
        [(t, script.layout.ours - 1.75)],
    )
    script.find(
        "Lane Splitting", (t - 0.2, t + 3.2), "Motorcycle rides between the lanes", "Medium",
        "A motorcycle passes closely on the left, riding on the line between two lanes.", actor, best=t + 0.9,
    )  # fmt: skip


def swerving(script: Script, t: float) -> Play:
    yield
    lane = (
        script.layout.lanes[-1]
        if len(script.layout.lanes) > 1 and script.layout.lane != len(script.layout.lanes) - 1
        else script.layout.ours
    )
    gap = 24.0
    places = [(t - 0.5, lane), (t + 1.2, lane - 1.5), (t + 2.6, lane + 0.5), (t + 4.0, lane)]
    kind, paint = script.pick("truck", "van", "bus"), script.paint()
    actor = script.companion(kind, paint, [(t - 14, 170), (t, gap), (t + 5, 20), (t + 9, 40), (t + 18, 190)], places)
    script.find(
        "Lane Departure", (t, t + 3.4), f"{kind.capitalize()} ahead weaves across its lane line", "high",
        f"The {paint} {kind} ahead leaves its lane to the left and corrects abruptly.", actor, best=t + 1.2,
    )  # fmt: skip


def oncoming_over_line(script: Script, t: float) -> Play:
    script.shift((t + 0.6, 0), (t + 1.9, 0.9), (t + 3.0, 0.9), (t + 4.6, 0))
    script.slow(t + 0.5, t + 1.8, t + 2.6, t + 5.0, 0.55)
    yield
    paint, kind = script.paint(), script.pick("sedan", "suv", "van")
    s, speed = script.drive.s(t + 2.3), script.layout.cruise
    lane = script.layout.oncoming[0]
    track = Track((t - 7, s + speed * 9.3), (t + 6, s - speed * 3.7), ease=False)
    x = Track((t - 1, lane), (t + 1.2, lane + 1.5), (t + 2.2, lane + 1.3), (t + 3.4, lane))
    actor = Actor(kind, track, x, yaw=ONCOMING, colour=PAINTS[paint], span=(t - 7, t + 5))
    script.actors.append(actor)
    script.find(
        "Near Miss", (t + 0.5, t + 2.5), f"Oncoming {paint} {kind} crosses the centre line", "critical",
        f"An oncoming {paint} {kind} comes more than a metre over the centre line; the ego vehicle moves to the edge.",
        actor, best=t + 1.85,
    )  # fmt: skip


def slow_vehicle(script: Script, t: float) -> Play:
    script.slow(t - 0.5, t + 2.0, t + 4.4, t + 7.0, 0.5)
    yield
    kind, paint = script.pick("truck", "van", "school bus"), script.pick("green", "beige", "orange")
    paint = "yellow" if kind == "school bus" else paint
    turn_off = [(t, script.layout.ours), (t + 4.2, script.layout.ours), (t + 6.4, script.layout.asphalt[1] + 9)]
    actor = script.companion(
        kind,
        paint,
        [(t - 9, 150), (t + 1.2, 17), (t + 4.2, 15), (t + 6.6, 12)],
        turn_off,
        brakes=[(t + 3, t + 6)],
        blinks={1: (t + 2.4, t + 6)},
    )
    script.find(
        "Slow Vehicle", (t + 0.2, t + 4.4), f"Slow {kind} ahead", "low",
        f"A {paint} {kind} drives well below the usual speed; the ego vehicle closes up to "
        f"{script.distance(actor, t + 3):.0f} m and follows.", actor,
    )  # fmt: skip
    script.find(
        "Turning Vehicle", (t + 3.2, t + 6.2), f"{kind.capitalize()} ahead brakes and turns off to the right", "low",
        f"The {kind} signals, brakes and leaves the road to the right.", actor, best=t + 4.8,
    )  # fmt: skip
