"""The route and the curves of a video, from what its events have."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches.models import Connection, Item
from reviewer.review.telemetry import telemetry_of
from tests.factories import make_batch, make_event, make_item
from tests.html import compact


@pytest.fixture
def item(account: Connection) -> Item:
    return make_item(make_batch(account))


def add(item: Item, start: float | None, end: float | None, /, **overlay: Any) -> None:
    pairs = {name: {"start": first, "end": last} for name, (first, last) in overlay.items()}
    make_event(item, start_s=start, end_s=end, sdk=json.dumps({"overlay": pairs}))


def drive(item: Item) -> None:
    """North for 0.01 degrees, then east for as far on the ground: 60 degrees north, where a degree east is half."""
    add(item, 2.0, 4.0, frame_gps_lat=(60.0, "60.01"), frame_gps_lon=(10.0, 10.0), frame_speed=("30 km/h", "60 km/h"))
    add(item, 8.0, 9.0, frame_gps_lat=(60.01, 60.01), frame_gps_lon=(10.02, 10.02), frame_speed=("40 km/h", None))


def test_the_route_is_drawn_north_up_and_to_scale(item: Item) -> None:
    drive(item)
    telemetry = telemetry_of(item)
    assert telemetry
    assert telemetry.route
    points = [[round(float(number)) for number in point.split(",")] for point in telemetry.route.points.split()]
    assert points == [[2, 8, 108], [4, 8, 8], [8, 108, 8], [9, 108, 8]]
    assert round(telemetry.route.kilometres, 2) == 2.22
    assert [part.width for part in telemetry.route.segments] == [0, 3, 1]


def test_values_with_a_unit_become_a_curve_over_the_seconds(item: Item) -> None:
    drive(item)
    telemetry = telemetry_of(item)
    assert telemetry
    assert [(curve.name, curve.unit, curve.low, curve.high, curve.points) for curve in telemetry.curves] == [
        ("speed", "km/h", 30.0, 60.0, "2.00,100.0 4.00,0.0 8.00,66.7")
    ]
    assert telemetry.rows[0] == (2.0, [30.0], (60.0, 10.0))


def test_a_corrected_span_does_not_move_what_the_vendor_measured(item: Item) -> None:
    drive(item)
    item.events.filter(start_s=2.0).update(start_s=0.5, vendor_start_s=2.0)
    telemetry = telemetry_of(item)
    assert telemetry
    assert [moment.second for moment in telemetry.moments] == [2.0, 4.0, 8.0, 9.0]


@pytest.mark.parametrize(
    "overlay",
    [{"frame_speed": (None, None)}, {"frame_gps_lat": (0, 0), "frame_gps_lon": (0, 0)}, {"frame_speed": ("fast", True)},
     {"frame_gps_lat": (95, 96), "frame_gps_lon": (10, 11)}, {"frame_timestamp": ("12", "13")},
     {"unix_timestamp": (1758309762.0, 1758309764.0)}, {"frame_speed": (float("nan"), float("inf"))},
     {"frame_gps_lat": (60, 60), "frame_gps_lon": (10, 10)}, {"frame_speed": (5, None)},
     {"frame_speed": ({"a": 1}, [2])}, {"frame_gps_lat": (60, 60), "frame_gps_lon": (180, -180)},
     {"frame_speed": (10**400, 5)}],
)  # fmt: skip
def test_without_a_way_or_two_values_nothing_is_shown(viewer: Client, item: Item, overlay: dict[str, Any]) -> None:
    add(item, 2.0, 4.0, **overlay)
    answer = viewer.get(f"/items/{item.pk}/telemetry/")
    assert (answer.status_code, compact(answer.content)) == (200, "")


def test_events_without_seconds_or_with_odd_payloads_are_passed_over(item: Item) -> None:
    add(item, None, None, frame_speed=(1, 2))
    for sdk in ('["overlay"]', '{"overlay": 4}', '{"overlay": {"frame_speed": 3}}', '{"a": "overlay"}'):
        make_event(item, sdk=sdk)
    assert telemetry_of(item) is None


def test_a_way_over_the_date_line_stays_in_one_piece(item: Item) -> None:
    add(item, 2.0, 4.0, frame_gps_lat=(0.0, 0.01), frame_gps_lon=(179.99, -179.99))
    telemetry = telemetry_of(item)
    assert telemetry
    assert telemetry.route
    assert (round(telemetry.route.width), round(telemetry.route.height)) == (116, 66)


def test_the_parts_of_the_card_say_in_text_what_they_draw(viewer: Client, item: Item) -> None:
    drive(item)
    page = compact(viewer.get(f"/items/{item.pk}/telemetry/").content)
    assert "2.2 km from 60.00000, 10.00000 to 60.01000, 10.02000" in page
    assert "30 to 60 km/h" in page
    assert page.count("data-seek=") == 4
    assert 'data-seek="8.000"' in page


def test_telemetry_is_one_query_however_many_events(
    item: Item, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for second in range(6):
        add(item, second, second + 0.5, frame_speed=(second, second))
    with django_assert_num_queries(1):
        assert telemetry_of(item)
