"""How commands name the outcome of a run that is not done."""

from batches.models.run import Run, RunState

WORDS = {RunState.FAILED: "Refused", RunState.INCOMPLETE: "Unknown"}


def outcome_of(run: Run) -> str:
    """One line: what became of it, and why. A run that waits has sent nothing; the service sends it later."""
    word = WORDS.get(RunState(run.state), "Put off")
    later = f" Next attempt {run.retry_at:%Y-%m-%d %H:%M} UTC, by the service." if run.retry_at else ""
    return f"{word}: {run.message or run.get_state_display()}{later}"
