"""Searching at NomadicML: what is sent, and what a session answers."""

from math import isfinite
from typing import Any, TypeGuard

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, kind
from batches.sync.questions import Match, SearchAnswer, SearchSession

MAX_MATCHES = 1000  # read of one search
MAX_INDEX = 1_000_000


def scope_word(scope: str) -> str:
    """The vendor's word for a folder's scope: the search calls have another one for personal folders."""
    return "my" if scope == "user" else scope


def search_form(session: SearchSession, question: str, folder: str) -> dict[str, str]:
    """The fields that begin a search; empty ones are left out."""
    fields = {
        "query": question,
        "folder": folder,
        "session_id": session.session_id,
        "session_doc_path": session.path,
        "reasoning_trace_path": session.trace_path,
    }
    return {name: value for name, value in fields.items() if value}


def read_session(answer: Any) -> SearchSession:
    """The session that was opened. Raises BadRecord if one of the required ids is missing."""
    if not isinstance(answer, dict):
        raise BadRecord("search session", f"expected an object, got {kind(answer)}")
    session_id, owner, path = (_text(answer, name, f"search {name}") for name in
                               ("session_id", "owner_uid", "session_doc_path"))  # fmt: skip
    trace_path = answer.get("reasoning_trace_path")
    return SearchSession(session_id, owner, path, trace_path if _is_text(trace_path) else path)


def read_answer(answer: Any) -> SearchAnswer:
    """The search as far as it is: any status but `completed` and `failed`, a missing one too, means to wait."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise BadRecord("search data", f"expected an object, got {kind(data)}")
    if data.get("status") == "failed":
        error = data.get("error") or data.get("error_message")
        return SearchAnswer(ended=True, error=clean(error, 500) if isinstance(error, str) else "No reason was given.")
    if data.get("status") != "completed":
        return SearchAnswer(ended=False)
    matches = data.get("matches")
    if not isinstance(matches, list):
        raise BadRecord("search data.matches", f"expected a list, got {kind(matches)}")
    summary = data.get("summary")
    return SearchAnswer(
        ended=True,
        summary=clean(summary, TEXT_LIMIT) if isinstance(summary, str) else "",
        matches=tuple(match for row in matches[:MAX_MATCHES] if (match := _match(row))),
    )


def _text(answer: dict[str, Any], name: str, path: str) -> str:
    value = answer.get(name)
    if not _is_text(value):
        raise BadRecord(path, f"expected a text, got {kind(value)}")
    return value


def _is_text(value: Any) -> TypeGuard[str]:
    """Whether it is a text that can be stored and handed back as it is."""
    return isinstance(value, str) and value != "" and clean(value, TEXT_LIMIT) is value


def _match(row: Any) -> Match | None:
    """One match; None if it names no analysis."""
    if not isinstance(row, dict):
        return None
    video_id, analysis_id, event_id, reason = (
        _clean(row.get(name)) for name in ("video_id", "analysis_id", "event_id", "reason")
    )
    if not video_id or not analysis_id:
        return None
    index = row.get("event_index")
    return Match(
        video_id=video_id[:NAME_LIMIT],
        analysis_id=analysis_id[:NAME_LIMIT],
        event_id=event_id[:NAME_LIMIT],
        raw_index=index if type(index) is int and 0 <= index < MAX_INDEX else None,
        similarity=_number(row.get("similarity")),
        reason=reason,
    )


def _clean(value: Any) -> str:
    return clean(value, 2000) if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None
