"""The very same request a moment ago: two tabs, or a button that was pressed again; or a wish for one more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from jobs.models import State, Task, User
from jobs.operations import AssetLike

WITHIN = timedelta(minutes=2)
NOT_COMPARED = frozenset({"client_order_id", "allow_duplicate"})
ENDED_BADLY = (State.FAILED, State.CANCELED, State.EXPIRED)
LOOKED_AT = 50


class StartedBefore(Exception):
    """The person started the very same a moment ago: `task`. Whether it is wished for once more is to be asked."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.pk} is the very same")
        self.task = task


def lock_clicks(user: User) -> None:
    """Let one of a person's clicks pass after the other, until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def find_repeated(
    tasks: QuerySet[Task], *, params: Mapping[str, Any], assets: Mapping[str, AssetLike], since: datetime
) -> list[Task]:
    """Return those of an operation's tasks that asked for the very same since then, with equal files, the newest first.

    One that ended badly is left out: starting it again is what a person does then.
    """
    same = tasks.filter(created_at__gt=since).exclude(state__in=ENDED_BADLY)
    same = same.order_by("-pk").defer("request", "answer", "result_text").prefetch_related("task_inputs__asset")
    recent = list(same[:LOOKED_AT])
    contents = {field: get_content(asset) for field, asset in assets.items()}
    return [task for task in recent if _is_same(task, params) and get_contents(task) == contents]


def get_contents(task: Task) -> dict[str, str]:
    return {item.field: item.asset.sha256 for item in task.task_inputs.all()}


def get_content(asset: AssetLike) -> str:
    return str(getattr(asset, "sha256", ""))


def _is_same(task: Task, params: Mapping[str, Any]) -> bool:
    """Compare what was asked for; a value that was corrected before the task was sent may differ."""
    one, other = dict(task.params), dict(params)
    names = {name for name in {*one, *other} - NOT_COMPARED if one.get(name) != other.get(name)}
    if not names <= set(task.spec.corrections):
        return False
    labels = [f"{task.spec.fields[name].label}: " for name in names]
    return all(task.events.filter(kind="note", text__startswith=label).exists() for label in labels)
