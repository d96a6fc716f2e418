"""What the page of a task shows: the steps of its life, what it waits for, what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.templatetags.patina import size as write_size
from jobs import turns
from jobs.fields import get_choices
from jobs.models import Asset, State, Task, TaskEvent

# How often a browser asks: often while a person is likely to wait for it, seldom later.
POLL_STEPS = ((10, "1s"), (60, "2s"))
POLL_LATER = "5s"
PREVIEW_PATIENCE = timedelta(minutes=10)
"""So long after a task's end its page still waits for posters and facts of the results."""

ROAD = (State.QUEUED, State.SUBMITTING, State.WAITING, State.RUNNING, State.SAVING, State.SUCCEEDED)
BEFORE_IMPORT = frozenset({State.QUEUED, State.SUBMITTING})
"""Steps that a task which was made elsewhere did not take here."""
STEP_WORDS: dict[str, tuple[str, str, str]] = {  # to come, now, behind
    State.QUEUED: ("Queue", "Queued", "Queued"),
    State.SUBMITTING: ("Send", "Sending", "Sent"),
    State.WAITING: ("Wait", "Waiting", "Waited"),
    State.RUNNING: ("Run", "Running", "Ran"),
    State.SAVING: ("Save files", "Saving files", "Saved"),
    State.SUCCEEDED: ("Done", "Done", "Done"),
}
ANNOUNCED_PERCENT = 25
"""Screen readers hear of progress at every quarter."""


@dataclass(frozen=True)
class Step:
    """One step of a task's life. `status` is done, now, todo, failed or unsure."""

    key: str
    label: str
    status: str
    detail: str = ""
    at: datetime | None = None
    took: str = ""


def get_poll_interval(task: Task, outputs: Iterable[Asset], *, now: datetime) -> str:
    """Return htmx's interval, "" when nothing will change any more."""
    if not task.is_open:
        late = now - task.state_at > PREVIEW_PATIENCE
        return "" if late or not any(asset.preview == Asset.Preview.WAITING for asset in outputs) else "2s"
    age_s = (now - task.created_at).total_seconds()
    return next((interval for limit_s, interval in POLL_STEPS if age_s < limit_s), POLL_LATER)


def build_steps(task: Task, events: list[TaskEvent], *, outputs: list[Asset], now: datetime) -> list[Step]:
    moments = {event.state: event.at for event in events if event.kind == TaskEvent.Kind.STATE}
    if not task.is_imported:
        moments.setdefault(State.QUEUED, task.created_at)
    here = _find_here(task, moments)
    steps = []
    for index, key in enumerate(ROAD):
        if (key == State.WAITING and key not in moments) or (task.is_imported and key in BEFORE_IMPORT):
            continue
        status = _get_step_status(task, index=index, here=here)
        at = moments.get(key) if status != "todo" else None
        steps.append(
            Step(
                key=str(key),
                label=STEP_WORDS[key][{"todo": 0, "done": 2}.get(status, 1)],
                status=status,
                detail=_build_detail(task, key, status=status, outputs=outputs),
                at=at,
                took=_build_took(key, at, moments=moments, status=status, task=task, now=now),
            )
        )
    return steps


def _find_here(task: Task, moments: dict[str, datetime]) -> int:
    """Return the step at which the task stands, or stood when it ended."""
    if task.state in ROAD:
        return ROAD.index(State(task.state))
    if task.state == State.UNKNOWN:
        return ROAD.index(State.SUBMITTING) if task.remote_id is None else ROAD.index(State.RUNNING)
    return max(index for index, key in enumerate(ROAD) if key in moments)


def _get_step_status(task: Task, *, index: int, here: int) -> str:
    if index < here:
        return "done"
    if index > here:
        return "todo"
    special = {
        State.SUCCEEDED: "done",
        State.FAILED: "failed",
        State.EXPIRED: "failed",
        State.CANCELED: "failed",
        State.UNKNOWN: "unsure",
    }
    return special.get(State(task.state), "now")


def _build_detail(task: Task, key: str, *, status: str, outputs: list[Asset]) -> str:
    if status == "todo":
        return ""
    if key == State.SUBMITTING:
        return f"{task.vendor_label} {task.remote_id}" if task.remote_id else ""
    if status != "now":
        is_saved = key == State.SAVING and status == "done" and outputs
        return build_files_text(outputs) if is_saved else ""
    if key == State.WAITING:
        return build_waiting_text(task.queue_position, task.wait_s)
    if key == State.RUNNING and task.progress_percent is not None:
        return f"{task.progress_percent}%"
    return ""


def build_files_text(outputs: list[Asset]) -> str:
    size = write_size(sum(item.size_bytes for item in outputs))
    return f"{len(outputs)} file{'' if len(outputs) == 1 else 's'}, {size}"


def build_waiting_text(position: int | None, wait_s: int | None) -> str:
    """Return "3rd in line, about 40 s", only as far as the vendor told it."""
    parts = [f"{build_ordinal(position)} in line"] if position else []
    parts += [f"about {build_duration(wait_s)}"] if wait_s else []
    return ", ".join(parts)


def build_ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def build_duration(seconds: float) -> str:
    """Return a length of time: 1.8 s, 42 s, 1:06, 2:03:10."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _build_took(
    key: str, at: datetime | None, *, moments: dict[str, datetime], status: str, task: Task, now: datetime
) -> str:
    if at is None:
        return ""
    if key == State.SUCCEEDED:
        return build_duration((at - task.created_at).total_seconds()) + " in all"
    later = [moment for moment in moments.values() if moment > at]
    if later and status != "unsure":
        return build_duration((min(later) - at).total_seconds())
    return build_duration((now - at).total_seconds()) if status in {"now", "unsure"} else ""


def build_turn_text(task: Task) -> str:
    """Return why a task stands in line, and how many go before it; "" for one that does not."""
    place = turns.find_place(task)
    if place is None:
        return ""
    line = f"{place.before} before this one" if place.before else "it is the next one"
    label = task.vendor_label
    if not place.is_own_limit:
        return f"Waits for its turn: {label}'s queue for this account is full; {line}."
    ours = f"{place.at_vendor} of ours {'is' if place.at_vendor == 1 else 'are'} at {label}"
    return f"Waits for its turn: {ours}, which is the limit set here; {line}."


def build_sentence(task: Task) -> str:
    """Return what a screen reader hears when it changes; progress in quarters."""
    verb = task.spec.label
    if task.state == State.RUNNING and task.progress_percent is not None:
        quarter = task.progress_percent // ANNOUNCED_PERCENT * ANNOUNCED_PERCENT
        return f"{verb}: running, {quarter} percent."
    return f"{verb}: {State(task.state).label.lower()}."


def build_values(task: Task) -> list[tuple[str, str]]:
    """Return (label, value) of what was asked for, in the words of the form; files are shown apart.

    An advanced value is told where somebody changed it, one that Patina fills in by itself never.
    """
    spec = task.spec
    return [
        (str(spec.fields[name].label), _write_value(value, dict(get_choices(spec.fields[name]))))
        for name, value in task.params.items()
        if name in spec.fields
        and not (name in spec.automatic and spec.automatic[name].hidden)
        and not (name in spec.advanced and value == spec.fields[name].initial)
    ]


def _write_value(value: Any, labels: dict[Any, str]) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(labels.get(item, item)) for item in value)
    if value in labels:
        return str(labels[value])
    return f"{value:,}" if isinstance(value, int) else str(value)
