"""What a model would fill into a structured ODD of one film: its road, weather and traffic, every few seconds."""

from collections import Counter
from collections.abc import Mapping

from batches.sandbox.road.actors import WALKERS
from batches.sandbox.road.look import Look
from batches.sandbox.road.roadway import Junction
from batches.sandbox.road.script import Script

STEP = 5.0  # seconds between two rows
IN_VIEW = 80.0  # metres ahead
AT_JUNCTION = 40.0
ROADS = {"highway": "motorway", "country": "rural"}
CARS = ("sedan", "suv", "van", "police car", "ambulance")
TRUCKS = ("truck", "bus", "school bus")
EMERGENCY = ("police car", "ambulance")
LIGHTS = {"dusk": "dusk_dawn", "morning": "dusk_dawn"}


def conditions(script: Script) -> list[Mapping[str, str]]:
    """Column of the default schema → value, a row for each step."""
    steps = int(script.seconds // STEP) + 1
    road = _road(script)
    return [road | _weather(script.look) | _moment(script, step * STEP) for step in range(steps)]


def _road(script: Script) -> dict[str, str]:
    layout, look = script.layout, script.look
    surface = "snow_covered" if look.snow else "wet" if look.wet else "dry"
    return {
        "scenery.road.type": ROADS.get(layout.name, "urban_street"),
        "scenery.road.number_of_lanes": str(len(layout.lanes)),
        "scenery.road.lane_marking_type": "blurred" if look.snow else "clear",
        "scenery.road.surface_condition": surface,
        "scenery.road.grade_category": "level",
        "scenery.road.speed_limit": str(round(layout.cruise * 3.6, -1))[:-2],
    }


def _weather(look: Look) -> dict[str, str]:
    falling = look.weather if look.weather in ("rain", "snow") else "none"
    night = "night_unlit" if look.sight < 200 else "night_well_lit"
    return {
        "environment.weather.precipitation_type": falling,
        "environment.weather.precipitation_intensity": {"rain": "moderate", "snow": "light"}.get(falling, "none"),
        "environment.weather.fog_density": "dense" if look.weather == "fog" else "none",
        "environment.weather.is_sun_glare": _flag(look.name in LIGHTS),
        "environment.weather.lighting_condition": night if look.night else LIGHTS.get(look.name, "daylight"),
    }


def _moment(script: Script, time: float) -> dict[str, str]:
    seen, position = _in_view(script, time), script.drive.s(time)
    findings = [finding for finding in script.findings if finding.start <= time + STEP and time <= finding.end]
    signals = any(isinstance(crossing, Junction) and 0 < crossing.s - position < AT_JUNCTION
                  for crossing in script.crossings)  # fmt: skip
    return {
        "timestamp": f"2024-01-01T00:{int(time // 60):02}:{int(time % 60):02}Z",
        "comment": findings[0].label if findings else "Nothing changes",
        "scenery.road.is_construction_zone": _flag(any(finding.category == "Work Zone" for finding in findings)),
        "scenery.junction.type": "four_way" if signals else "none",
        "scenery.junction.traffic_control": "traffic_light" if signals else "none",
        "scenery.junction.is_signalized": _flag(signals),
        "scenery.participants.pedestrian.count": str(sum(seen[kind] for kind in WALKERS)),
        "scenery.participants.cyclist.count": str(seen["cyclist"]),
        "scenery.participants.car.count": str(sum(seen[kind] for kind in CARS)),
        "scenery.participants.truck.count": str(sum(seen[kind] for kind in TRUCKS)),
        "scenery.participants.emergency_vehicle.is_present": _flag(any(seen[kind] for kind in EMERGENCY)),
    }


def _in_view(script: Script, time: float) -> Counter[str]:
    position = script.drive.s(time)
    return Counter(
        actor.kind for actor in script.actors
        if actor.present(time) and 0 < actor.s.at(time) - (0 if actor.follows else position) < IN_VIEW
    )  # fmt: skip


def _flag(value: bool) -> str:
    return "true" if value else "false"
