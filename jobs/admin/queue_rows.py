"""Django-q2's own tables, to be read: hints that wait, steps that failed, schedules. Nothing can be sent from here.

Its "Resubmit" is taken away: what is to be done again is said of a task, and hints are sent by the sweep. A row and the
task or file that it is about link to each other.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from jobs import queue
from jobs.admin.rows import NOTHING, LongList, ReadOnly, column, show_link

LOOKED_THROUGH = 200  # rows; their arguments are packed, so no index finds them
ABOUT_FILES = frozenset({queue.PREVIEW})
ABOUT_TASKS = frozenset({queue.SUBMIT, queue.POLL, queue.SAVE, queue.FETCH})
TEXT_MAX_LENGTH = 300


def read_number(step: str, args: Any) -> int | None:
    is_known = step in ABOUT_FILES | ABOUT_TASKS
    first = args[0] if is_known and isinstance(args, tuple | list) and args else None
    return first if isinstance(first, int) else None


def show_about(step: str, args: Any) -> SafeString | str:
    """Link to the task or file that a step is about."""
    number = read_number(step, args)
    if number is None:
        return NOTHING
    name, word = ("asset_change", "file") if step in ABOUT_FILES else ("task_change", "task")
    return show_link(name, number, f"{word} {number}")


def find_rows(task: int) -> Iterator[tuple[str, str]]:
    """Yield address and words of the queue's rows about a task: those that wait, then the newest that failed."""
    waiting = get_model("OrmQ").objects.order_by("pk")[:LOOKED_THROUGH] if is_registered("OrmQ") else []
    for row in waiting:
        hint = queue.read_hint(row)
        if hint.step in ABOUT_TASKS and hint.row == task:
            yield build_address("ormq", row.pk), f"{shorten(hint.step)}, in the queue"
    failed = get_model("Failure").objects.filter(func__in=ABOUT_TASKS).order_by("-stopped")[:LOOKED_THROUGH]
    for row in failed:
        if read_number(row.func, row.args) == task:
            yield build_address("failure", row.pk), f"{shorten(row.func)}, failed {row.stopped:%Y-%m-%d %H:%M} UTC"


def build_address(model: str, pk: Any) -> str:
    return reverse(f"admin:django_q_{model}_change", args=[pk])


def shorten(step: str) -> str:
    return step.rpartition(".")[2]


def get_model(name: str) -> Any:
    return apps.get_model("django_q", name)


def is_registered(name: str) -> bool:
    return admin.site.is_registered(get_model(name))


class QueueRow(ReadOnly, LongList):
    actions = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class ResultAdmin(QueueRow):
    """Steps that ended; those that ended well are not kept."""

    about = column("about", lambda row: show_about(row.func, row.args))
    result_text = column("result", lambda row: str(row.result or "")[:TEXT_MAX_LENGTH])
    took = column("seconds", lambda row: f"{row.time_taken():.1f}")
    list_display = ["name", "func", "about", "started", "stopped", "took", "result_text"]
    list_filter = ["func"]
    ordering = ("-stopped",)
    search_fields = ["name", "func"]
    fields = ("name", "func", "about", "started", "stopped", "took", "attempt_count", "cluster", "result_text")
    readonly_fields = fields


class HintAdmin(QueueRow):
    """Hints in the queue; one whose time lies ahead is at work."""

    step = column("step", lambda row: queue.read_hint(row).step)
    about = column("about", lambda row: show_about(queue.read_hint(row).step, (queue.read_hint(row).row,)))
    list_display = ["pk", "key", "step", "about", "lock"]
    fields = ("key", "step", "about", "lock")
    readonly_fields = fields


class ScheduleAdmin(QueueRow):
    list_display = ["name", "func", "schedule_type", "repeats", "next_run"]


TABLES = {"Success": ResultAdmin, "Failure": ResultAdmin, "Schedule": ScheduleAdmin, "OrmQ": HintAdmin}


def take_over() -> None:
    """Put these in the place of django-q2's own; its admin is found before ours (INSTALLED_APPS)."""
    for name, own in TABLES.items():
        if is_registered(name):
            admin.site.unregister(get_model(name))
            admin.site.register(get_model(name), own)
