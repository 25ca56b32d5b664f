"""Columns of a structured ODD (operational design domain): what a vendor's model is asked to fill in for a video."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from batches.sync.fields import clean

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


def check_columns(columns: Iterable[Column]) -> list[Column]:
    """The columns without surrounding spaces; those without a name are left out.

    Raises ValueError with a message to show.
    """
    checked = [_checked(column) for column in columns if column.name.strip()]
    if len(checked) > MAX_COLUMNS:
        raise ValueError(f"A table has at most {MAX_COLUMNS} columns, not {len(checked)}.")
    names = [column.name.casefold() for column in checked]
    if repeated := next((column.name for column in checked if names.count(column.name.casefold()) > 1), ""):
        raise ValueError(f"Two columns are named {repeated!r}.")
    return checked


def used_columns(columns: Sequence[Column]) -> list[Column]:
    """Those that are asked for. Raises ValueError with a message to show if there are none."""
    used = [column for column in columns if column.used]
    if not used:
        raise ValueError("Select at least one column.")
    return used


def _checked(column: Column) -> Column:
    name, prompt, kind = (_text(text) for text in (column.name, column.prompt, column.type))
    literals = tuple(dict.fromkeys(filter(None, map(_text, column.literals))))
    if len(name) > NAME_CHARACTERS:
        raise ValueError(f"A column's name has at most {NAME_CHARACTERS} characters: {name[:40]}…")
    if not prompt or not kind:
        raise ValueError(f"The column {name!r} needs a prompt and a type.")
    if len(prompt) > PROMPT_CHARACTERS or len(kind) > TYPE_CHARACTERS:
        raise ValueError(
            f"The column {name!r}: a prompt has at most {PROMPT_CHARACTERS:,} characters, a type {TYPE_CHARACTERS}."
        )
    if len(literals) > MAX_LITERALS or any(len(literal) > LITERAL_CHARACTERS for literal in literals):
        raise ValueError(
            f"The column {name!r}: at most {MAX_LITERALS} values of at most {LITERAL_CHARACTERS} characters each."
        )
    return Column(name, prompt, kind, literals, column.used)


def _text(text: str) -> str:
    return " ".join(clean(text, PROMPT_CHARACTERS * 2).split())


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
