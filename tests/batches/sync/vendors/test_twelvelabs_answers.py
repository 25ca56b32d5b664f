"""TwelveLabs' answers as events: one for a text, one for each segment, and no text that breaks a page."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.records import EventRecord
from batches.sync.vendors.twelvelabs_answers import Answer, read_answer
from tests.vendor_worlds import envelope, segments


def general(text: str, *, structured: bool = False, **fields: Any) -> Answer:
    return read_answer(envelope(text, **fields), mode="general", structured=structured, path="task t")


def timed(text: str) -> Answer:
    return read_answer(envelope(text), mode="time_based_metadata", structured=False, path="task t")


def shown(events: list[EventRecord]) -> list[tuple[Any, ...]]:
    return [
        (event.category, event.label, event.start_s, event.end_s, event.timestamp, event.ai_text) for event in events
    ]


def test_answer_text_is_one_event_about_the_whole_item() -> None:
    text = "A bus blocks the lane. The rider waits.\nNobody is hurt."
    answer = general(text)
    assert shown(answer.events) == [("answer", "A bus blocks the lane.", None, None, "", text)]
    assert (answer.events[0].approval, answer.events[0].severity, answer.events[0].confidence) == ("pending", "", None)


def test_answer_empty_text_is_labelled_as_empty() -> None:
    assert shown(general(" \n ").events) == [("answer", "Empty answer", None, None, "", "")]


@pytest.mark.parametrize(
    "text", ["123", "true", "null", '"quoted"', "[1, 2]", '[{"start_time": 1}]', "{not json", "{}}"]
)
def test_answer_text_that_resembles_json_stays_text(text: str) -> None:
    assert shown(general(text).events) == [("answer", text, None, None, "", text)]


def test_answer_title_is_cut_from_a_long_line() -> None:
    label = general("word " * 100).events[0].label
    assert (len(label), label[-1]) == (120, "…")


def test_answer_cut_at_the_token_limit_is_marked() -> None:
    answer = general('{"events": [{"start_time": 1, "ti', finish_reason="length")
    assert [event.ai_text for event in answer.events] == ['{"events": [{"start_time": 1, "ti']
    assert answer.note == "The answer was cut at the token limit."


def test_answer_object_is_one_event_with_its_fields() -> None:
    text = json.dumps(
        {"title": "Night drive", "summary": "Calm.", "people": 2, "wet": True, "signs": [], "x": {"y": 1}}
    )
    answer = general(text)
    assert shown(answer.events) == [
        ("answer", "Night drive", None, None, "", 'Calm.\npeople: 2\nwet: yes\nsigns: none\nx: {"y": 1}')
    ]
    assert json.loads(answer.events[0].raw)["data"] == text


def test_answer_entries_with_times_are_events() -> None:
    events = [
        {"start_time": "00:00:20", "end_time": "00:00:25.5", "label": "Later"},
        {"start_time": 3, "label": "First"},
    ]
    answer = general(json.dumps({"overall": "Busy.", "events": events}))
    assert shown(answer.events) == [
        ("events", "First", 3.0, None, "00:03", ""), ("events", "Later", 20.0, 25.5, "00:20-00:25", "")
    ]  # fmt: skip
    assert answer.summary == "overall: Busy."
    assert [event.raw_index for event in answer.events] == [1, 0]


def test_answer_object_with_a_time_is_an_event_with_a_span() -> None:
    answer = general('{"start_time": 1.5, "end_time": 4, "title": "Stop"}')
    assert (shown(answer.events), answer.summary) == ([("answer", "Stop", 1.5, 4.0, "00:01-00:04", "")], "")


@pytest.mark.parametrize("text", ['[{"start_time": 1, "title": "A"}]', ' [{"start_time": 1, "title": "A"}]'])
def test_answer_list_needs_a_request_for_json(text: str) -> None:
    assert [event.label for event in general(text, structured=True).events] == ["A"]
    assert general(text).events[0].start_s is None


def test_answer_list_without_times_is_one_event() -> None:
    assert shown(general('["a", "b"]', structured=True).events) == [("answer", "a, b", None, None, "", "a, b")]


def test_segments_are_events_with_span_and_fields() -> None:
    text = segments(
        risk_event=[
            {
                "start_time": 0.0,
                "end_time": 12.5,
                "metadata": {"title": "Near miss", "people": 2, "tags": ["bus", "rain"]},
            },
            {"start_time": 12.5, "end_time": 30.0, "metadata": {"description": "Clear road", "seen": None}},
        ],
        sign=[],
    )
    answer = timed(text)
    assert shown(answer.events) == [
        ("risk_event", "Near miss", 0.0, 12.5, "00:00-00:12", "people: 2\ntags: bus, rain"),
        ("risk_event", "Clear road", 12.5, 30.0, "00:12-00:30", "Clear road\nseen: –"),
    ]
    assert (answer.note, answer.bad) == ("", [])


def test_segments_may_be_empty() -> None:
    answer = timed(segments(sign=[], risk=[]))
    assert (answer.events, answer.bad, answer.note) == ([], [], "")


@pytest.mark.parametrize(
    ("start", "end", "span", "clock"),
    [
        ("00:00:13", "00:00:15.500", (13.0, 15.5), "00:13-00:15"), (5, 5, (5.0, 5.0), "00:05"),
        (9, 4, (9.0, None), "00:09-00:04"),
        (None, 4, (None, 4.0), "00:04"), (3, None, (3.0, None), "00:03"), ("soon", "later", (None, None), "soon-later"),
        (-1, 3, (None, 3.0), "-1-00:03"), (float("nan"), 3, (None, 3.0), "nan-00:03"),
        (1e300, None, (None, None), "1e+300"),
        (True, 2, (None, 2.0), "True-00:02"), ([], 2, (None, 2.0), "[]-00:02"),
    ],
)  # fmt: skip
def test_segments_read_times_in_every_format(start: Any, end: Any, span: tuple[Any, Any], clock: str) -> None:
    event = timed(segments(risk=[{"start_time": start, "end_time": end, "metadata": {"title": "A"}}])).events[0]
    assert ((event.start_s, event.end_s), event.timestamp) == (span, clock)


def test_segments_are_sorted_by_time() -> None:
    def segment(start: float | None, end: float) -> dict[str, Any]:
        return {"start_time": start, "end_time": end, "metadata": {"title": f"from {start}"}}

    answer = timed(segments(a=[segment(20, 30), segment(None, 5)], b=[segment(0, 25)]))
    assert [event.label for event in answer.events] == ["from 0", "from 20", "from None"]
    assert [event.position for event in answer.events] == [0, 1, 2]


@pytest.mark.parametrize("entry", ["text", None, 5, ["list"], {"start_time": 1, "metadata": "text"}])
def test_segments_quarantine_an_invalid_entry(entry: Any) -> None:
    answer = timed(segments(risk=[entry, {"start_time": 1, "end_time": 2}]))
    assert [(event.label, event.start_s) for event in answer.events] == [("risk", 1.0)]
    assert answer.bad[0].path.startswith("task t segments risk 0")


def test_segments_quarantine_a_kind_that_is_not_a_list() -> None:
    answer = timed('{"risk": {"start_time": 1}, "sign": [{"start_time": 2}]}')
    assert [event.category for event in answer.events] == ["sign"]
    assert answer.bad[0].path == "task t segments risk"


@pytest.mark.parametrize("text", ['{"risk": [{"start_time": 1', "Sorry, I cannot.", "[]", "", "null"])
def test_segments_that_are_not_json_become_marked_text(text: str) -> None:
    answer = timed(text)
    assert [event.ai_text for event in answer.events] == [text]
    assert answer.note.startswith("The segments cannot be read")


def test_segments_keep_the_callers_names() -> None:
    key = '=HYPERLINK("x")<b>\u202e' + "k" * 400
    event = timed(json.dumps({key: [{"start_time": 1}]})).events[0]
    assert (event.category[:20], len(event.category)) == (key[:20], 255)


@pytest.mark.parametrize(
    ("fields", "severity", "confidence", "text"),
    [
        ({"severity": "high", "confidence": 0.75}, "high", 0.75, ""),
        ({"severity": 3, "confidence": 75}, "", None, "severity: 3\nconfidence: 75"),
        ({"confidence": True}, "", None, "confidence: yes"),
        ({"confidence": float("nan")}, "", None, "confidence: nan"),
    ],
)  # fmt: skip
def test_segments_keep_valid_severity_and_confidence(
    fields: dict[str, Any], severity: str, confidence: float | None, text: str
) -> None:
    event = timed(segments(risk=[{"start_time": 1, "metadata": {"title": "A"} | fields}])).events[0]
    assert (event.severity, event.confidence, event.ai_text) == (severity, confidence, text)


def test_segments_show_a_list_of_times_as_text() -> None:
    metadata = {"title": "A", "stops": [{"start_time": 1, "end_time": 2}]}
    event = timed(segments(risk=[{"start_time": 1, "metadata": metadata}])).events[0]
    assert event.ai_text == 'stops: [{"start_time": 1, "end_time": 2}]'


@pytest.mark.parametrize("data", [None, 5, {"text": "A"}, []])
def test_answer_without_text_names_its_path(data: Any) -> None:
    with pytest.raises(BadRecord, match="task t data: expected text"):
        general(data)


def test_answer_hostile_texts_are_cleaned() -> None:
    event = general("NUL \0 and \ud800 surrogate").events[0]
    assert event.ai_text == "NUL  and \ufffd surrogate"
    event.label.encode()


def test_segments_quarantine_a_huge_number() -> None:
    answer = timed('{"risk": [{"start_time": 1, "metadata": {"n": %s}}, {"start_time": 2}]}' % ("9" * 5000))
    assert [event.start_s for event in answer.events] == [2.0]
    assert "too many digits" in answer.bad[0].reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(
        ["start_time", "end_time", "metadata", "title", "severity", "confidence", "description"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.booleans(), st.sampled_from(["general", "time_based_metadata"]))
def test_answer_of_any_form_can_be_read(value: Any, structured: bool, mode: str) -> None:
    answer = read_answer(envelope(json.dumps(value)), mode=mode, structured=structured, path="task t")
    for event in answer.events:
        "".join((event.label, event.category, event.ai_text, event.timestamp)).encode()
        json.loads(event.raw)
        assert len(event.fingerprint) == 32
    if mode == "general":
        assert answer.events
