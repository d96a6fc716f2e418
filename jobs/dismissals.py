"""Tasks that went wrong and that somebody has seen to: they need no attention any more. Nothing else changes by it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from jobs.models import WENT_WRONG, Task, User

AT_ONCE = 1_000


def dismiss(tasks: QuerySet[Task], *, actor: User, now: datetime) -> int:
    """Take from what needs attention those of `tasks` that ended badly, AT_ONCE at most; return how many.

    What is on its way or in doubt stays where it is, whatever became of it since it was chosen.
    """
    ended = tasks.order_by().filter(state__in=WENT_WRONG, dismissed_at=None)
    pks = list(ended.values_list("pk", flat=True)[:AT_ONCE])
    still = Task.objects.filter(pk__in=pks, state__in=WENT_WRONG, dismissed_at=None)
    return still.update(dismissed_at=now, dismissed_by=actor)


def restore(tasks: QuerySet[Task]) -> int:
    """Let dismissed tasks need attention again; return how many."""
    return tasks.order_by().exclude(dismissed_at=None).update(dismissed_at=None, dismissed_by=None)


def restore_at(moment: datetime, *, actor: User, projects: Collection[int]) -> int:
    """Undo what the person dismissed in one go at that moment, in these projects."""
    own = Task.objects.filter(dismissed_by=actor, dismissed_at=moment, project__in=projects)
    return restore(own)
