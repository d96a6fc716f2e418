"""What the pages of a vendor's account show of its tasks: words for their states, what is ours, what went wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects

from dashboard import access
from dashboard.pickers import find_poster
from jobs.models import Asset, Task, User
from jobs.remote_tasks import RemoteTask
from jobs.vendors import CLIENTS, OPERATIONS
from jobs.vendors.base import VendorError
from jobs.vendors.wording import AGAIN

# A vendor's state -> (tone, icon, word) of its pill.
STATE_LOOKS: dict[str, tuple[str, str, str]] = {
    "waiting": ("active", "clock", "Waiting"),
    "running": ("active", "loader-2", "Running"),
    "done": ("success", "circle-check", "Done"),
    "failed": ("danger", "alert-triangle", "Failed"),
    "canceled": ("neutral", "ban", "Canceled"),
    "unheard": ("warning", "help", "Unknown"),
}
IMPORTABLE = frozenset({"waiting", "running", "done", "unheard"})
SOON = timedelta(hours=24)
REMOTE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What a vendor's ID of a task can be: nothing that would lead to another address."""


@dataclass(frozen=True)
class Trouble:
    """Why the vendor did not answer as hoped, and what a person can do."""

    title: str
    what: str
    now: str = ""
    code: str = ""


@dataclass(frozen=True)
class Row:
    """A task of the account. Of one in a project that the person is not in, only that it is there."""

    remote_id: str
    title: str
    icon: str
    tone: str
    state_icon: str
    state_word: str
    percent: int | None
    created_at: datetime | None
    prompt: str = ""
    error: str = ""
    task: Task | None = None
    poster: Asset | None = None
    is_elsewhere: bool = False
    is_free: bool = False  # not here yet, and it can be taken in
    expiry: str = ""
    is_urgent: bool = False


def build_row(item: RemoteTask, *, now: datetime, visible: set[int]) -> Row:
    """Return what a person may see of the task who is in the projects `visible`."""
    is_elsewhere = item.task is not None and item.task.project_id not in visible
    operation = OPERATIONS.get(item.operation)
    tone, state_icon, word = STATE_LOOKS[item.state]
    task = item.task if not is_elsewhere else None
    return Row(
        remote_id=item.remote_id,
        title=operation.label if operation else "A task of another kind",
        icon=operation.icon if operation else "box",
        tone=tone,
        state_icon=state_icon,
        state_word=item.word if item.state == "unheard" and item.word else word,
        percent=item.progress_percent if item.state == "running" else None,
        created_at=item.created_at,
        prompt="" if is_elsewhere else item.prompt,
        error="" if is_elsewhere else item.error,
        task=task,
        poster=find_poster(task) if task else None,
        is_elsewhere=is_elsewhere,
        is_free=item.task is None and operation is not None and item.state in IMPORTABLE,
        expiry=build_expiry(item.expires_at, now=now),
        is_urgent=bool(item.task is None and item.expires_at and item.expires_at - now < SOON),
    )


def build_rows(items: list[RemoteTask], *, user: User, now: datetime) -> list[Row]:
    """Return what the person may see of the account's tasks."""
    visible = set(access.get_projects(user).values_list("pk", flat=True))
    prefetch_related_objects([item.task for item in items if item.task], "outputs", "inputs")
    return [build_row(item, now=now, visible=visible) for item in items]


def build_expiry(moment: datetime | None, *, now: datetime) -> str:
    """Return "in 2 days", "in 5 h", "in 10 min", "over"; nothing where the vendor tells no moment."""
    if moment is None:
        return ""
    minutes = int((moment - now).total_seconds() // 60)
    if minutes < 1:
        return "over"
    if minutes < 60:
        return f"in {minutes} min"
    if minutes < 48 * 60:
        return f"in {minutes // 60} h"
    return f"in {minutes // (24 * 60)} days"


def build_trouble(error: VendorError, *, label: str, remote_id: str = "") -> Trouble:
    """Return what happened and what to do now. Looking costs nothing, so nothing is said of credits."""
    if error.is_gone and remote_id:
        now = f"Check the ID. {label} deletes tasks after some days, and a task of another account is not found."
        return Trouble("Not found", f"{label} knows no task {remote_id} in this account.", now, error.code)
    advice = error.suggestion if error.suggestion != AGAIN else ""
    if not advice:
        advice = "Try again in a moment." if error.retryable else "Ask an administrator to look at it."
    return Trouble(f"{label} did not give an answer", error.message, advice, error.code)


@dataclass(frozen=True)
class AtVendor:
    """What a person can do about a task at its vendor."""

    deletes: bool
    can_delete: bool
    is_listed: bool


def build_at_vendor(task: Task, *, user: User, can_spend: bool) -> AtVendor:
    return AtVendor(
        deletes=CLIENTS[task.vendor].deletes,
        can_delete=can_spend and is_deletable(task),
        is_listed=task.vendor in access.list_account_vendors(user),
    )


def is_deletable(task: Task) -> bool:
    """Tell whether the vendor still has the task, and lets it be deleted."""
    return bool(task.remote_id) and task.deleted_at_vendor_at is None and CLIENTS[task.vendor].deletes
