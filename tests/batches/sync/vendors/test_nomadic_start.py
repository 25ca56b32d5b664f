"""What starts a batch, beside what the vendor's own SDK sends for the same question."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from nomadic import NomadicAI
from nomadic.video import AnalysisType

from batches.errors import BadRecord, VendorRefused
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.http import IncompleteAnswer
from batches.sync.questions import Question, Video
from batches.sync.vendors.nomadic import Nomadic
from batches.sync.vendors.nomadic_prompt import read_fast, read_stream
from batches.sync.vendors.nomadic_start import read_videos
from tests import worlds


def forms(question: Question, **options: Any) -> list[dict[str, list[str]]]:
    """The form of `create-batch` that the SDK sends, and ours; without the id that each makes anew."""
    ids = ["video0", "video1"]
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)})) as sandbox:
        sdk = NomadicAI(sandbox.key, base_url=sandbox.url)
        sdk.analyze(ids, wait_for_completion=False, **options)
        hosts = frozenset({sandbox.url.removeprefix("http://")})
        vendor = Nomadic.open(base_url=sandbox.url, api_key=sandbox.key, private_hosts=hosts)
        vendor.start(question, tuple(ids), "0" * 32)
        sent = [parse_qs(call.body.decode()) for call in sandbox.calls if call.path == "/api/create-batch"]
    for form in sent:
        assert len(form.pop("client_batch_id")[0]) == 32
    return sent


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    ("question", "options"),
    [
        (Question(prompt="near misses"), {}),
        (
            Question(prompt="x & y", category="aerial", confidence="high", thumbnails=True, motion=True, overlay="gps"),
            {"custom_category": "aerial", "confidence": "high", "is_thumbnail": True,
             "use_enhanced_motion_analysis": True, "overlay_mode": "gps"},
        ),
        (Question(prompt="x", overlay="custom"), {"overlay_mode": "custom"}),
        (Question(prompt="x", overlay="timestamps"), {"overlay_mode": "timestamps"}),
    ],
)  # fmt: skip
def test_a_prompt_is_sent_as_the_sdk_sends_it(question: Question, options: dict[str, Any]) -> None:
    options = {"custom_category": "driving"} | options
    theirs, ours = forms(question, analysis_type=AnalysisType.ASK, custom_event=question.prompt, **options)
    assert ours == theirs


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("agent", ["general", "turn", "relative_motion"])
def test_an_agent_is_sent_as_the_sdk_sends_it(agent: str) -> None:
    kinds = {"general": "GENERAL_AGENT", "turn": "TURN", "relative_motion": "RELATIVE_MOTION"}
    theirs, ours = forms(Question(agent=agent), analysis_type=AnalysisType[kinds[agent]])
    theirs_cases, ours_cases = theirs.pop("assistant_edge_cases_json"), ours.pop("assistant_edge_cases_json")
    assert ours == theirs
    assert (theirs_cases == ["[]"]) == (ours_cases == ["[]"])


@pytest.mark.parametrize(("ids", "mode"), [(["video0", "video1"], "thinking"), (["video0"], "fast")])
def test_a_prompt_without_options_is_sent_as_the_sdk_sends_it(ids: list[str], mode: str) -> None:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)})) as sandbox:
        sdk = NomadicAI(sandbox.key, base_url=sandbox.url)
        theirs = sdk.analyze(ids, prompt="near misses", mode=mode, wait_for_completion=False)
        hosts = frozenset({sandbox.url.removeprefix("http://")})
        vendor = Nomadic.open(base_url=sandbox.url, api_key=sandbox.key, private_hosts=hosts)
        ours = vendor.start(Question.from_fields(prompt="near misses", mode=mode, category="aerial"), tuple(ids), "0")
        asked = [(call.path.split("events/")[0], json.loads(call.body or b"{}")) for call in sandbox.calls]
        assert sandbox.state.has(ours)
    assert theirs["batch_metadata"]["batch_id"] != ours
    middle = len(asked) // 2
    assert asked[:middle] == asked[middle:]


def stream(*lines: str) -> Iterator[bytes]:
    return iter([line.encode() for line in lines])


def test_a_stream_is_read_until_it_names_the_batch() -> None:
    assert (
        read_stream(stream("id: 1\r\nevent: x\r\ndata: {}\r\n\r\nevent: do", 'ne\ndata: {"batch_id": "b"}\n\n')) == "b"
    )
    assert read_stream(stream(': beat\n\nevent: batch_created\ndata: {"batch_id":\ndata: "b"}')) == "b"
    for text in ("", "event: done\ndata: {}\n\n", 'data: {"batch_id": "b"}\n\n', "event: done\ndata: [\n\n"):
        with pytest.raises(IncompleteAnswer):
            read_stream(stream(text))
    with pytest.raises(VendorRefused, match="could not start: Quota"):
        read_fast({"success": False, "error": "Quota"})
    with pytest.raises(BadRecord, match="batch_id"):
        read_fast({"success": True, "result": "3 events"})


def test_videos_are_read_however_they_are_named() -> None:
    rows = [
        {"video_id": "a", "video_name": "Night.mp4", "duration_s": 4.5, "folder_name": "Fleet", "status": "uploaded"},
        {"video_id": "b", "filename": "Rain.mp4", "duration_s": None},
        {"video_id": None, "video_name": "no id"},
        "nonsense",
        {"video_id": "c", "duration_s": float("nan")},
    ]
    assert read_videos({"videos": rows}) == [
        Video("a", "Night.mp4", "Fleet", "uploaded", 4.5),
        Video("b", "Rain.mp4", "", "", None),
        Video("c", "", "", "", None),
    ]
