"""What a person is shown who has to decide about a task in doubt: what was found, what each choice costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from dashboard import access
from dashboard.remote_page import STATE_LOOKS
from jobs.models import State, Task, TaskEvent, User
from jobs.prices import estimate_credits
from jobs.repeats import find_repeated
from jobs.vendors import get_connection
from jobs.vendors.base import CONFLICT

EQUALS_WITHIN = timedelta(hours=1)
EQUALS_SHOWN = 3


@dataclass(frozen=True)
class Candidate:
    """A task at the vendor that may be the one in doubt, as it was when the list was read."""

    remote_id: str
    prompt: str = ""
    has_picture: bool = False
    created_at: datetime | None = None
    tone: str = ""
    icon: str = ""
    word: str = ""
    percent: int | None = None


@dataclass(frozen=True)
class Decision:
    """The three choices: `is_asked` says that nothing more can be found out without a person."""

    is_asked: bool
    is_conflict: bool
    candidates: list[Candidate]
    equals: list[Task]
    price: str


def build_decision(task: Task, events: Iterable[TaskEvent], *, user: User) -> Decision | None:
    """Return what there is to decide; None for a task that is not in doubt."""
    if task.state != State.UNKNOWN:
        return None
    is_conflict = task.error_code == CONFLICT
    return Decision(
        is_asked=bool(task.error_code),
        is_conflict=is_conflict,
        candidates=list_candidates(events),
        equals=list_equals(task, user=user) if is_conflict else [],
        price=build_price_text(task),
    )


def list_candidates(events: Iterable[TaskEvent]) -> list[Candidate]:
    """Return the vendor's tasks of which one may be the task in doubt, as they were found last."""
    notes = [event.data for event in events if isinstance(event.data, dict) and event.data.get("candidates")]
    if not notes:
        return []
    found = {item.get("remote_id"): item for item in notes[-1].get("found", [])}
    return [build_candidate(name, found.get(name, {})) for name in notes[-1]["candidates"]]


def build_candidate(remote_id: str, item: dict[str, Any]) -> Candidate:
    state = item.get("state", "")
    tone, icon, word = STATE_LOOKS.get(state, ("", "", ""))
    return Candidate(
        remote_id=remote_id,
        prompt=str(item.get("prompt") or ""),
        has_picture=bool(item.get("has_picture")),
        created_at=parse_datetime(item["created_at"]) if item.get("created_at") else None,
        tone=tone,
        icon=icon,
        word=item.get("word") or word if state == "unheard" else word,
        percent=item.get("progress_percent") if state == "running" else None,
    )


def list_equals(task: Task, *, user: User) -> list[Task]:
    """Return tasks here that asked for the very same shortly before: one of them may be meant by the vendor."""
    earlier = access.get_visible_tasks(user).filter(pk__lt=task.pk, operation=task.operation)
    assets = {item.field: item.asset for item in task.task_inputs.select_related("asset")}
    since = task.created_at - EQUALS_WITHIN
    return find_repeated(earlier, params=task.params, assets=assets, since=since)[:EQUALS_SHOWN]


def build_price_text(task: Task) -> str:
    """Return "for about 20 credits", "for its price again" where no equal one has told its price."""
    price = estimate_credits(task.operation, task.params)
    words = f"for about {price:g} credit{'' if price == 1 else 's'}" if price else "for its price again"
    return f"{words} (sandbox)" if get_connection(task.vendor).sandbox else words
