"""Starts several ended tasks again: each by the same form and the same checks as its own button would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from django.db.models import prefetch_related_objects
from django.utils import timezone

from dashboard.task_choices import Choice
from dashboard.task_controls import build_edit_initial
from dashboard.task_forms import build_form, build_request_key
from jobs import dismissals, lifecycle
from jobs.models import Asset, Task, User
from jobs.operations import OperationForm
from jobs.repeats import StartedBefore


@dataclass
class Starter:
    """Who starts them. `form_key` is of the page that asked: sent twice, it starts each once.

    `known` is the number of the person's newest task when the page asked: an equal one that came since is not repeated.
    """

    user: User
    form_key: str = ""
    known: int | None = None

    def look(self, choices: list[Choice]) -> list[Choice]:
        """Return the choices, with what stands against those whose values or files do not pass the form any more."""
        tasks = [choice.task for choice in choices if not choice.obstacle]
        prefetch_related_objects(tasks, "task_inputs__asset")
        return [
            choice if choice.obstacle else replace(choice, obstacle=self._find_obstacle(choice.task))
            for choice in choices
        ]

    def _find_obstacle(self, task: Task) -> str:
        form = self._build_form(task)
        texts = [str(text) for errors in form.errors.values() for text in errors]
        return f"{texts[0]} Use “Edit and run” on its page." if texts else ""

    def _build_form(self, task: Task) -> OperationForm:
        files = {item.field: item.asset for item in task.task_inputs.all()}
        initial = build_edit_initial(task.spec, task.params, files)
        return build_form(task.spec, task.project, user=self.user, data=initial)

    def start(self, tasks: list[Task]) -> int:
        """Start each once more; what is started again has been seen to. Return how many were started."""
        prefetch_related_objects(tasks, "task_inputs__asset")
        started = [task.pk for task in tasks if self._start(task)]
        dismissals.dismiss(Task.objects.filter(pk__in=started), actor=self.user, now=timezone.now())
        return len(started)

    def _start(self, task: Task) -> bool:
        form = self._build_form(task)
        if not form.is_valid():
            return False
        key = build_request_key(form, user=self.user, project=task.project, form_key=f"{self.form_key}-{task.pk}")
        known: Any = self.known
        try:
            new = lifecycle.create_task(
                project=task.project,
                user=self.user,
                operation=form.operation,
                params=form.params,
                assets=cast(dict[str, Asset], form.assets),
                form_key=key,
                notices=form.notices,
                repeats_after=known,
            )
        except StartedBefore:
            return False
        if known is not None:
            self.known = max(known, new.pk)
        return True
