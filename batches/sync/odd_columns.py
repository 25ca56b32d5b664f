"""Columns of a structured ODD (operational design domain): what a vendor's model is asked to fill in for a video."""

from dataclasses import asdict, dataclass
from typing import Any, Self

MAX_COLUMNS = 60
NAME_CHARACTERS, TYPE_CHARACTERS, PROMPT_CHARACTERS = 100, 60, 1000
MAX_LITERALS = 50  # of one column
LITERAL_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is a text for the model: string, integer, boolean, categorical with its `literals`, a unit, a format."""

    name: str
    prompt: str
    type: str
    literals: tuple[str, ...] = ()
    used: bool = True  # False: kept in the connection's columns, but not asked for

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From the form in which it is stored."""
        return cls(**stored | {"literals": tuple(stored.get("literals", ()))})

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"literals": list(self.literals)}

    def sent(self) -> dict[str, Any]:
        """As the vendor takes it: without literals where there are none."""
        column = {"name": self.name, "prompt": self.prompt, "type": self.type}
        return column | ({"literals": list(self.literals)} if self.literals else {})


@dataclass(frozen=True, slots=True)
class OddAnswer:
    """The table of one video as a model wrote it. `seconds`: how long the vendor says that it worked."""

    csv: str
    share_url: str  # https, or empty
    seconds: float | None


def _choice(name: str, prompt: str, *literals: str) -> Column:
    return Column(name, prompt, "categorical", literals)


def _count(name: str, prompt: str) -> Column:
    return Column(f"scenery.participants.{name}.count", prompt, "integer")


# The names, types and literals of the vendor's default schema, after ASAM OpenODD.
DEFAULT_COLUMNS: tuple[Column, ...] = (
    Column(
        "timestamp", "The moment in the video, in ISO 8601, on the placeholder date 2024-01-01.", "YYYY-MM-DDTHH:MM:SSZ"
    ),
    Column("comment", "What changes at this moment, in a few words without commas, quotes or line breaks.", "string"),
    _choice("scenery.road.type", "The kind of road that the vehicle is on.",
            "motorway", "rural", "urban_street", "parking_lot", "unpaved", "unknown"),
    Column("scenery.road.number_of_lanes", "The number of lanes in the direction of travel.", "integer"),
    _choice("scenery.road.lane_marking_type", "The state of the lane markings.",
            "clear", "blurred", "temporary_yellow", "none", "unknown"),
    _choice("scenery.road.surface_condition", "The condition of the road's surface.",
            "dry", "wet", "icy", "snow_covered", "leaves_debris", "potholes", "uneven", "unknown"),
    _choice("scenery.road.grade_category", "The slope of the road in the direction of travel.",
            "level", "slight_incline", "steep_incline", "slight_decline", "steep_decline", "unknown"),
    Column("scenery.road.speed_limit", "The speed limit as signed; empty if no sign is visible.", "km/h"),
    Column("scenery.road.is_construction_zone", "Whether the vehicle passes road works.", "boolean"),
    _choice("scenery.junction.type", "The junction that the vehicle approaches or crosses.",
            "none", "t_junction", "four_way", "roundabout", "merge_lane", "exit_lane", "unknown"),
    _choice("scenery.junction.traffic_control", "What controls the traffic at the junction.",
            "none", "traffic_light", "stop_sign", "yield_sign", "uncontrolled", "unknown"),
    Column("scenery.junction.is_signalized", "Whether traffic lights control the junction.", "boolean"),
    _count("pedestrian", "The number of pedestrians in view."),
    _count("cyclist", "The number of cyclists in view."),
    _count("car", "The number of cars in view, parked ones included."),
    _count("truck", "The number of trucks and buses in view."),
    Column("scenery.participants.emergency_vehicle.is_present", "Whether an emergency vehicle is in view.", "boolean"),
    _choice("environment.weather.precipitation_type", "What falls.", "none", "rain", "snow", "hail", "sleet"),
    _choice("environment.weather.precipitation_intensity", "How heavily it falls.",
            "none", "light", "moderate", "heavy", "violent"),
    _choice("environment.weather.fog_density", "How dense the fog is.", "none", "light", "moderate", "dense"),
    Column("environment.weather.is_sun_glare", "Whether the sun dazzles the camera.", "boolean"),
    _choice("environment.weather.lighting_condition", "The light of the scene.",
            "daylight", "dusk_dawn", "night_well_lit", "night_unlit", "tunnel"),
)  # fmt: skip
