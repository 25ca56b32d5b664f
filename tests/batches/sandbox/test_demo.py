"""The demo world, as the vendor's own SDK reads it."""

import csv
import io
import logging
import re
from pathlib import Path

import nomadic
import pytest
import requests

from batches.sandbox.demo import DEMO_BATCHES, UNKNOWN_BATCH, demo_world
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World, events_of

logging.getLogger("nomadicai").setLevel(logging.CRITICAL)
NEAR_MISSES, PROCESSING, FAILURES = (DEMO_BATCHES[name] for name in ("near misses", "processing", "failures"))


@pytest.fixture
def sdk(sandbox: Sandbox) -> nomadic.NomadicAI:
    return nomadic.NomadicAI(api_key=sandbox.key, base_url=sandbox.url)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The whole demo world; nothing of it is rendered."""
    return demo_world(tmp_path_factory.mktemp("footage"))


def counted(sdk: nomadic.NomadicAI, batch_id: str) -> int:
    return sum(len(result["events"]) for result in sdk.get_batch_analysis(batch_id)["results"])


@pytest.mark.parametrize("name", ["near misses", "processing", "failures"])
def test_the_sdk_reads_json_csv_and_filtered(demo: World, name: str) -> None:
    with Sandbox(demo, fast_forward=1000) as sandbox:
        sdk = nomadic.NomadicAI(api_key=sandbox.key, base_url=sandbox.url)
        whole = sdk.get_batch_analysis(DEMO_BATCHES[name])
        rows = list(csv.DictReader(io.StringIO(sdk.get_batch_analysis(DEMO_BATCHES[name], as_csv=True))))
        kept = [
            sdk.get_batch_analysis(DEMO_BATCHES[name], filter=word)
            for word in ("approved", "rejected", "pending", "invalid")
        ]
    events = [event for result in whole["results"] for event in result["events"]]
    assert len(rows) == len(events) > 90
    filtered = sum(len(result["events"]) for item in kept for result in item["results"])
    assert filtered == sum(e["approval"] in (None, "", "approved", "rejected", "pending", "invalid") for e in events)


def test_the_sdk_fails_at_the_odd_records(sdk: nomadic.NomadicAI) -> None:
    with pytest.raises(AttributeError):
        sdk.get_batch_analysis(DEMO_BATCHES["odd records"])


def test_the_sdk_asks_whose_key_it_is(sdk: nomadic.NomadicAI) -> None:
    assert sdk.verify_auth()["email"] == "owner@example.com"


def test_the_sdk_lists_videos_by_folder(sdk: nomadic.NomadicAI, world: World) -> None:
    assert [row["video_id"] for row in sdk.my_videos()] == [row["video_id"] for row in world.videos]
    assert [row["folder_name"] for row in sdk.my_videos("Fleet 2026")] == ["Fleet 2026"]
    assert sdk.my_videos("Nothing") == []


def test_the_sdk_writes_metadata(sdk: nomadic.NomadicAI) -> None:
    answer = sdk.add_batch_metadata(NEAR_MISSES, {"version": 3, "reviewed_by": "me"})
    assert answer["metadata"] == {"experiment_id": "exp-near-miss-07", "version": 3, "reviewed_by": "me"}


def test_the_sdk_gets_error_messages(sandbox: Sandbox) -> None:
    with pytest.raises(nomadic.AuthenticationError):
        nomadic.NomadicAI(api_key="wrong", base_url=sandbox.url).get_batch_analysis(NEAR_MISSES)
    with pytest.raises(nomadic.APIError, match="Batch not found"):
        nomadic.NomadicAI(api_key=sandbox.key, base_url=sandbox.url).get_batch_analysis(UNKNOWN_BATCH)


def test_the_sdk_gets_pictures_in_event_order(sdk: nomadic.NomadicAI) -> None:
    result = sdk.get_batch_analysis(NEAR_MISSES)["results"][0]
    addresses = sdk.get_visuals(result["video_id"], result["analysis_id"])
    linked = [event["annotated_thumbnail_url"] for event in result["events"] if event.get("annotated_thumbnail_url")]
    assert addresses == linked
    assert sdk.get_visual(result["video_id"], result["analysis_id"], 0) == linked[0]
    picture = requests.get(linked[0], timeout=20)
    assert (picture.status_code, picture.content[:3]) == (200, b"\xff\xd8\xff")


def test_thumbnails_are_asked_for_with_a_form(sandbox: Sandbox, http: requests.Session, world: World) -> None:
    video_id, entry = next(iter(world.batches[NEAR_MISSES]["bulk"].items()))
    url = f"{sandbox.url}/api/videos/{video_id}/analyses/{entry['analysis_id']}/generate-thumbnails"
    assert http.post(url, json={"firebase_collection_name": "videos"}, timeout=20).status_code == 422
    assert http.post(url, data={"firebase_collection_name": "videos"}, timeout=20).status_code == 200


def test_one_analysis_can_be_read_alone(sandbox: Sandbox, http: requests.Session, world: World) -> None:
    video_id, entry = next(iter(world.batches[NEAR_MISSES]["bulk"].items()))
    url = f"{sandbox.url}/api/videos/{video_id}/analyses/{entry['analysis_id']}"
    body = http.get(url, timeout=5).json()
    assert (body["video_id"], len(body["events"])) == (video_id, len(entry["analysis"]["events"]))
    assert http.get(f"{url}/status", timeout=5).json()["progress"] == 100
    assert http.get(f"{sandbox.url}/api/video/{video_id}/status", timeout=5).json()["status"] == "uploaded"


def test_the_batch_to_review_is_as_large_as_promised(demo: World) -> None:
    entries = demo.batches[NEAR_MISSES]["bulk"]
    events = [event for entry in entries.values() for event in entry["analysis"]["events"]]
    assert len(entries) == 24
    assert 380 <= len(events) <= 440
    assert sum(not entry["analysis"]["events"] for entry in entries.values()) == 2
    decided = [event for event in events if event.get("approval") in ("approved", "rejected", "invalid")]
    assert 45 <= len(decided) <= 80
    assert {event["severity"].lower() for event in events} == {"low", "medium", "high", "critical"}


def test_wrong_findings_are_less_sure_on_the_whole(demo: World) -> None:
    entries = demo.batches[NEAR_MISSES]["bulk"].values()
    judged: dict[str, list[float]] = {"approved": [], "rejected": []}
    for event in (event for entry in entries for event in entry["analysis"]["events"]):
        confidence = event.get("data", event).get("confidence")
        if event.get("approval") in judged and confidence is not None:
            judged[event["approval"]].append(confidence)
    average = {word: sum(values) / len(values) for word, values in judged.items()}
    assert average["rejected"] + 0.1 < average["approved"]


def test_some_videos_wait_for_their_pictures(demo: World) -> None:
    entries = [entry for entry in demo.batches[NEAR_MISSES]["bulk"].values() if entry["analysis"]["events"]]
    linked = [any("thumbnails" in str(event) for event in entry["analysis"]["events"]) for entry in entries]
    assert (linked.count(False), linked.count(True)) == (4, 18)


def test_ids_are_as_the_vendor_writes_them_and_never_change(demo: World, tmp_path: Path) -> None:
    again = demo_world(tmp_path)
    for name, batch_id in DEMO_BATCHES.items():
        assert re.fullmatch("[0-9a-f]{32}", batch_id)
        assert str(again.batches[batch_id]) == str(demo.batches[batch_id]), name
    assert all(re.fullmatch("[0-9a-f]{32}", row["video_id"]) for row in demo.videos)


def test_an_agent_writes_its_events_into_every_array_it_may(demo: World) -> None:
    entries = demo.batches[PROCESSING]["bulk"].values()
    assert len({next(key for key in entry["analysis"] if key != "status") for entry in entries}) == 5
    assert 80 <= sum(len(events_of(entry["analysis"])) for entry in entries) <= 140


def test_the_processing_batch_completes_over_minutes(demo: World) -> None:
    with Sandbox(demo) as sandbox:
        sdk = nomadic.NomadicAI(api_key=sandbox.key, base_url=sandbox.url)
        counts = []
        for _ in range(4):
            counts.append(counted(sdk, PROCESSING))
            sandbox.state.fast_forward(70)
    assert counts[0] == 0 < counts[1] < counts[2] < counts[3]


def test_the_sdk_reads_tables_that_the_films_show(demo: World) -> None:
    literals = {row["name"]: {*row.get("literals", [])} for row in nomadic.DEFAULT_STRUCTURED_ODD_COLUMNS}
    seen: dict[str, set[str]] = {}
    with Sandbox(demo) as sandbox:
        sdk = nomadic.NomadicAI(api_key=sandbox.key, base_url=sandbox.url)
        for video in demo.videos:
            text = sdk.generate_structured_odd(video["video_id"])["csv"].removeprefix("```csv\n").removesuffix("```")
            for row in csv.DictReader(io.StringIO(text)):
                for name in literals:
                    seen.setdefault(name, set()).add(row[name])
    assert {name: values - literals[name] for name, values in seen.items() if literals.get(name)} == {
        name: set() for name in literals if literals[name]
    }
    assert seen["scenery.road.type"] == {"motorway", "rural", "urban_street"}
    assert seen["environment.weather.precipitation_type"] == {"none", "rain", "snow"}
    assert len(seen["scenery.participants.car.count"]) > 3
