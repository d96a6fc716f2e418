"""The two tasks that one wish started at both vendors, as a card on each one's page: how they stand, and to compare."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from jobs.models import State, Task
from jobs.pairing import get_models, get_pair

THEN_COMPARE = "?then=compare"
"""At a task's address: its page opens the comparison by itself as soon as both have brought a model."""


@dataclass(frozen=True)
class PairCard:
    """`compare` is the address of the comparison, "" until both have brought a model."""

    tasks: list[Task]
    compare: str

    @property
    def is_open(self) -> bool:
        return any(task.is_open for task in self.tasks)

    @property
    def sentence(self) -> str:
        """What a screen reader hears when it changes."""
        if self.compare:
            return "Both are done: compare them."
        ended = [task for task in self.tasks if not task.is_open]
        bad = [task.vendor_label for task in ended if task.state != State.SUCCEEDED]
        if bad:
            return f"{' and '.join(bad)} brought no model; there is nothing to compare."
        return f"{len(ended)} of {len(self.tasks)} done."


def build_pair_card(task: Task) -> PairCard | None:
    """Return the card; None for a task that stands alone."""
    tasks = get_pair(task)
    if len(tasks) < 2:
        return None
    models = get_models(tasks)
    address = reverse("compare", args=[task.project.slug])
    is_ready = len(models) == len(tasks) and all(item.state == State.SUCCEEDED for item in tasks)
    return PairCard(tasks, f"{address}?a={','.join(str(model.pk) for model in models)}" if is_ready else "")
