"""What changes while a server runs: edits, thumbnails, batches that unfold."""

import json

import pytest

from batches.sandbox.state import State
from batches.sandbox.world import World

EVENTS = [
    {"type": "Cut-in", "time": "t=1", "end_time": "t=2", "event_id": "e0", "data": {}},
    {"t_start": "00:03", "t_end": "00:04"},
]
POINTERS = [
    {"video_id": "v0", "analysis_id": "a0", "status": "completed", "last_error": None},
    {"video_id": "v1", "analysis_id": None, "status": "failed", "last_error": "Model timeout"},
]
BATCH = {
    "status": {"batch_id": "b", "status": "completed", "videos": POINTERS},
    "bulk": {"v0": {"video_id": "v0", "analysis_id": "a0", "analysis": {"events": EVENTS}}},
}


def state(**world: object) -> State:
    return State(World({"b": BATCH}, **world), "http://127.0.0.1:1")  # type: ignore[arg-type]


def bulk(sandbox_state: State) -> dict[str, object]:
    return dict(json.loads(sandbox_state.bulk("b", ["v0", "v1"], source_uri=False)))


def test_state_edit_shows_in_the_next_answer() -> None:
    first = state()
    before = bulk(first)
    with first.edit("b") as batch:
        batch["bulk"]["v0"]["analysis"]["events"].reverse()
        batch["status"]["status"] = "failed"
    assert bulk(first)["analyses"][0]["analysis"]["events"] == EVENTS[::-1]  # type: ignore[index]
    assert json.loads(first.status("b", listing=False))["status"] == "failed"
    assert bulk(state()) == before


def test_state_edit_of_an_unknown_id_makes_a_batch() -> None:
    first = state()
    with first.edit("new") as batch:
        batch["status"]["videos"] = POINTERS
    assert first.has("new")
    first.delete("new")
    assert not first.has("new")


def test_an_unfolding_batch_gets_on_as_time_passes() -> None:
    first = state(unfolding={"b": {"v0": 10.0, "v1": 20.0}})
    seen = []
    for _ in range(4):
        body = json.loads(first.status("b", listing=True))
        documents = len(bulk(first)["analyses"])  # type: ignore[arg-type]
        seen.append(
            (body["status"], [v["status"] for v in body["videos"]], documents, body["aggregated_progress"]["failed"])
        )
        first.fast_forward(7.5)
    assert seen == [
        ("processing", ["pending", "pending"], 0, 0),
        ("processing", ["processing", "processing"], 0, 0),
        ("processing", ["completed", "processing"], 1, 0),
        ("completed", ["completed", "failed"], 1, 1),
    ]


def test_an_unfinished_video_has_no_analysis_and_is_unresolved() -> None:
    first = state(unfolding={"b": {"v0": 10.0, "v1": 20.0}})
    assert json.loads(first.status("b", listing=True))["videos"][0]["analysis_id"] is None
    assert bulk(first) == {"analyses": [], "unresolved_video_ids": ["v1", "v0"], "not_found_analysis_ids": []}


def test_thumbnails_are_added_where_the_sdk_looks_for_them() -> None:
    first = state()
    first.add_thumbnails("b", "v0")
    events = bulk(first)["analyses"][0]["analysis"]["events"]  # type: ignore[index]
    assert events[0]["data"] == {"annotated_thumbnail_url": "http://127.0.0.1:1/media/thumbnails/v0/e0.jpg"}
    assert events[1]["annotated_thumbnail_url"] == "http://127.0.0.1:1/media/thumbnails/v0/a0-1.jpg"


@pytest.mark.parametrize("pictures", [frozenset(), {"another"}])
def test_an_event_that_cannot_be_pictured_gets_no_address(pictures: frozenset[str]) -> None:
    events = state(pictures=pictures).add_thumbnails("b", "v0")
    assert events == EVENTS
