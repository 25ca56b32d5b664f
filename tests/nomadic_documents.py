"""Hypothesis strategies for what NomadicML may send: documents of every shape, odd values included.

`tame=True` keeps to what the vendor's SDK survives, JSON and CSV, filtered or not; otherwise anything goes.
"""

from typing import Any

from hypothesis import strategies as st

APPROVALS = ("pending", "approved", "rejected", "invalid")
BATCH_ID = "9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19"

texts = st.sampled_from(
    ("", "Lane Change", "lane change", "=1+1", "a,b", 'say "hi"', "two\r\nlines", "é – 日本 👍", "nan", "null",
     " padded ", "<b>bold</b>", "x" * 300, "\u202eright to left", "tab\there", "nul\0inside", "1e5", "t=3")
)  # fmt: skip
texts = st.one_of(texts, st.text(max_size=12))
numbers = st.one_of(
    st.sampled_from((0, 1, -1, 0.0, -0.0, 0.5, 1758309762.0, 1758309764, 2**53 + 1, 2**63, 1e300, float("nan"))),
    st.integers(-10, 10_000),
    st.floats(width=32),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
things = st.one_of(texts, scalars, anything)

seconds = st.one_of(st.floats(0, 5_000), st.floats(-10, 400_000, width=32), st.integers(0, 7_300))
marks = st.one_of(
    seconds.map(lambda value: f"t={value}"),
    seconds.map(str),
    st.sampled_from(
        ("t=12.3", "t=59.999", "t=60.0", "t=1e2", " t=5", "t= 5 ", "t=1_0", "t=15,16", "t=abc", "", "t=", "t=-3",
         "t=-0.5", "t=-1e-20", "t=3599.99", "t=360000", "t=١٢", "t=t=3", "t=1.250", "t=61.0625", "t=1e1", "t=5.0")
    ),
)  # fmt: skip
unfinished_marks = st.sampled_from(("t=nan", "t=inf", "-inf", "t=1e400", "t=1e4400", "t=1e-400", "Infinity"))
clocks = st.sampled_from(("00:12", "00:15", "01:00:00", "59:59", "00:61", "00:12.5", "", "abc", "12", "t=4"))
approvals = st.one_of(
    st.sampled_from(APPROVALS), st.sampled_from(("", "Approved", " approved ", "flagged", None, True))
)
confidences = st.one_of(
    st.floats(0, 1), st.sampled_from((None, "", "0.4", "high", "nan", "1e999", True, 0, 1, 87, "0_5", " 0.9 ", []))
)
event_ids = st.one_of(st.sampled_from(("evt_1", "evt_2", "", None, 0, 7)), texts)
urls = st.sampled_from(
    ("https://storage.example/event_0_thumb.jpg", "javascript:alert(1)", "", None, "https://x.example/" + "y" * 2_100)
)
overlay_texts = st.sampled_from(
    (
        " 41 ",
        "18.5 mph",
        "40.288251",
        "n/a",
        "",
        " ",
        "null",
        "20250919",
        "2025-09-19 19:22:42.000 UTC",
        "inf",
        "infinity",
    )
)
overlay_values = st.one_of(overlay_texts, scalars)
overlay_keys = st.sampled_from(
    [f"{name}_{side}" for side in ("start", "end") for name in
     ("frame_timestamp", "frame_gps_lat", "frame_gps_lon", "frame_speed", "unix_timestamp", "frame", "frame_",
      "frame_x_y", "unix_timestamp_ms", "unix_timestampish", "other")]
)  # fmt: skip
overlay_fields = st.dictionaries(overlay_keys, overlay_values, max_size=6)
structured = st.fixed_dictionaries(
    {},
    optional={
        "structured_output": anything,
        "structured_output_label": things,
        "structured_output_version": st.one_of(st.none(), st.integers(0, 3)),
        "structured_output_errors": anything,
    },
)


def _merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(
        lambda found_parts: {key: value for part in found_parts for key, value in part.items()}
    )


def _mark(tame: bool) -> st.SearchStrategy[Any]:
    return st.one_of(marks, st.sampled_from((None, 0, False))) if tame else st.one_of(marks, unfinished_marks, things)


def ui_events(*, tame: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Events as the vendor's store keeps them: `type` and `time` are there, everything else may be."""
    data = _merged(
        st.fixed_dictionaries(
            {},
            optional={
                "confidence": confidences,
                "label": things,
                "category": texts,
                "severity": things,
                "aiAnalysis": things,
                "approval": approvals,
                "event_id": event_ids,
                "annotated_thumbnail_url": urls,
                "parent_category": things,
                "event_ai_reasoning": things,
            },
        ),
        overlay_fields,
        structured,
    )
    odd_data = st.sampled_from((None, {}, "", 0, False, []))
    inner = st.one_of(data, data, odd_data) if tame else st.one_of(data, odd_data, things)
    return _merged(
        st.fixed_dictionaries({"type": things, "time": _mark(tame)}),
        st.fixed_dictionaries(
            {},
            optional={
                "end_time": _mark(tame),
                "description": things,
                "severity": things,
                "dmvRule": texts,
                "aiAnalysis": things,
                "approval": approvals,
                "event_id": event_ids,
                "id": event_ids,
                "confidence": confidences,
                "annotated_thumbnail_url": urls,
                "overlay": anything,
                "parent_category": things,
                "event_ai_reasoning": things,
                "t_start": clocks,
                "t_end": clocks,
                "data": inner,
            },
        ),
        overlay_fields,
        structured,
    )


def plain_events(*, tame: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Events the SDK takes as they are: with clock texts, or with a label and times of any kind."""
    times = st.one_of(clocks, seconds, st.none()) if tame else st.one_of(clocks, seconds, things)
    pairs = st.one_of(overlay_fields, st.dictionaries(texts, anything, max_size=2))
    unix = st.fixed_dictionaries(
        {"unix_timestamp": st.fixed_dictionaries({}, optional={"start": scalars, "end": scalars})}
    )
    overlays = st.one_of(pairs, unix, st.none()) if tame else st.one_of(pairs, unix, anything)
    further = {
        "category": things,
        "label": things,
        "description": texts,
        "severity": things,
        "aiAnalysis": things,
        "confidence": confidences,
        "approval": approvals,
        "annotated_thumbnail_url": urls,
        "event_id": event_ids,
        "overlay": overlays,
        "type": things,
        "data": st.one_of(
            st.none(),
            texts,
            st.dictionaries(
                st.sampled_from(("label", "t_start", "end_time", "aiAnalysis", "event_id", "unix_timestamp_start")),
                scalars,
            ),
        ),
    }
    clock_shape = st.fixed_dictionaries({"t_start": times, "t_end": times}, optional=further)
    others = {key: strategy for key, strategy in further.items() if key != "label"}
    legacy_shape = st.fixed_dictionaries({"label": things, "start_time": times, "end_time": times}, optional=others)
    return _merged(st.one_of(clock_shape, legacy_shape), overlay_fields)


def descriptive_events(*, tame: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Events with a description and marked times, perhaps with refined intervals as JSON text."""
    times = marks if tame else st.one_of(marks, things)
    refined = st.sampled_from(
        ("", "[[1, 2.5]]", '[["3", 4, "text"], [5], 6, [7, 8]]', "{}", "broken", "[]", "[[NaN, 1]]", "null", None, 0)
    )
    crashing = st.sampled_from(([[1, 2]], '[["a", 1]]', "[[null, 1]]", {"a": 1}, 3, True, "[[" + "9" * 5_000 + ", 1]]"))
    return st.fixed_dictionaries(
        {},
        optional={
            "description": things,
            "time": times,
            "end_time": times,
            "refined_events": refined if tame else st.one_of(refined, crashing),
            "approval": approvals,
            "severity": texts,
        },
    )


def events(*, tame: bool = False) -> st.SearchStrategy[Any]:
    """One element of an events array, of any shape."""
    strange = st.one_of(st.none(), texts, st.integers())
    return st.one_of(
        ui_events(tame=tame), ui_events(tame=tame), plain_events(tame=tame), descriptive_events(tame=tame), strange
    )


@st.composite
def documents(draw: st.DrawFn, *, tame: bool = False) -> Any:
    """One analysis document, or what stands in its place."""
    arrays = st.one_of(st.lists(events(tame=tame), max_size=4), st.sampled_from((None, [], {}, "text")))
    document = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(("COMPLETED", "FAILED", "PROCESSING", "completed", "", None, "odd word")),
                "answer": st.one_of(texts, st.none(), st.lists(scalars, max_size=2), st.just(3)),
                "summary": texts,
                "events": arrays,
                "detected_events": arrays,
                "edgeCaseEvents": arrays,
                "result": st.one_of(st.fixed_dictionaries({"events": arrays}), st.just([])),
                "visual_analysis": st.one_of(st.fixed_dictionaries({"events": arrays}), st.just("text")),
                "more": anything,
            },
        )
    )
    crashing = st.sampled_from(([{"events": []}], "text", 5, {"status": 7, "events": []}, {"status": ["x"]}))
    return draw(crashing) if not tame and draw(st.integers(0, 9)) == 0 else document


@st.composite
def batches(draw: st.DrawFn, *, tame: bool = False) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A status body and, by video id, the entries of its bulk answers; ids without an entry are unresolved."""
    video_ids = draw(st.lists(st.sampled_from(("v1", "v2", "v/3", "v é")), min_size=0, max_size=4))
    statuses = st.sampled_from(("completed", "FAILED", "processing", None, "", "odd"))
    pointers: list[Any] = [
        {
            "video_id": video_id,
            "analysis_id": draw(st.sampled_from((f"a-{video_id}", None))),
            "status": draw(statuses),
            "last_error": draw(st.sampled_from((None, "", "Model timeout"))),
        }
        for video_id in video_ids
    ]
    pointers += draw(st.lists(st.sampled_from(({"video_id": None}, {}, {"video_id": ""})), max_size=1))
    config = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "analysis_kind": st.sampled_from(("rapid_review", "edge_agent", None, "other")),
                "prompt": st.one_of(texts.filter(lambda text: "\0" not in text), st.none()),
                "category": texts,
                "custom_workflow_name": st.sampled_from(("robotic-action-segmentation", "action-segmentation", None)),
            },
        )
    )
    status = {
        "batch_id": BATCH_ID,
        "status": draw(st.sampled_from(("completed", "PROCESSING", "failed", None))),
        "created_at": draw(st.sampled_from((None, "2026-05-04T10:11:12.345678+00:00"))),
        "aggregated_progress": draw(st.sampled_from((None, {"total": 3, "completed": 1, "failed": None}))),
        "config": config,
        "videos": pointers,
    }
    entries = {
        video_id: {
            "video_id": video_id,
            "analysis_id": draw(st.sampled_from((f"a-{video_id}", None))),
            "analysis": draw(st.one_of(documents(tame=tame), documents(tame=tame), st.sampled_from((None, {})))),
            "filename": draw(st.sampled_from(("Morning, Commute.mp4", None, "", "n" * 300))),
            "import_source_uri": draw(st.sampled_from(("s3://drive-archive/raw/0001.mp4", None, ""))),
        }
        for video_id in dict.fromkeys(video_ids)
        if draw(st.integers(0, 4)) > 0
    }
    return status, entries
