"""The lists of tasks: three groups, each with its count and its rows, in as few queries for many as for few."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import QueryDict

from dashboard import paging
from dashboard.task_filters import build_query
from dashboard.task_page import build_duration, build_waiting_text
from jobs.models import Asset, Group, State, Task, TaskInput

PAGE_SIZE = 50
FIRST: dict[str, int] = {Group.ATTENTION: 10, Group.RUNNING: 15, Group.DONE: 25}
"""So many of each group stand on the page that shows all three."""
ABOUT_MAX_LENGTH = 160


@dataclass(frozen=True)
class Poster:
    """A small picture of a task: of what it made, else of what it was given."""

    pk: int
    poster_sha256: str


@dataclass(frozen=True)
class Row:
    """One task as a line of a list. `may_change` tells whether the person may choose it for something."""

    task: Task
    poster: Poster | None
    about: str
    waited: str
    ran: str
    why: str
    may_change: bool


@dataclass(frozen=True)
class Section:
    """One group on the page; `more` is the query of the page that shows all of it, where this one does not."""

    key: str
    label: str
    count: int
    rows: list[Row]
    more: str = ""
    before: str = ""
    after: str = ""


def count_groups(tasks: QuerySet[Task]) -> dict[str, int]:
    """Return how many tasks each group has; a group that has too many to count has one more than the limit."""
    return paging.count_up_to(**{str(group): tasks.filter(group=group) for group in Group})


def build_overview(
    tasks: QuerySet[Task], query: QueryDict, *, counts: dict[str, int], editable: Collection[int], now: datetime
) -> list[Section]:
    """Return the groups that have tasks, each with its newest."""
    pks = paging.list_first(**{key: tasks.filter(group=key)[: FIRST[key]] for key in FIRST if counts[key]})
    rows = build_rows(fetch_rows([pk for group in pks.values() for pk in group]), editable=editable, now=now)
    by_group = {key: [row for row in rows if row.task.group == key] for key in pks}
    return [
        Section(
            key=key,
            label=Group(key).label,
            count=counts[key],
            rows=found,
            more=build_query(query, show=key) if counts[key] > len(found) else "",
        )
        for key, found in by_group.items()
        if found
    ]


def build_group(
    tasks: QuerySet[Task], query: QueryDict, key: str, *, count: int, editable: Collection[int], now: datetime
) -> Section:
    """Return one page of one group."""
    page = paging.get_page(with_details(tasks.filter(group=key)), query, size=PAGE_SIZE)
    return Section(
        key=key,
        label=Group(key).label,
        count=count,
        rows=build_rows(page.rows, editable=editable, now=now),
        before=build_query(query, before=page.before) if page.before else "",
        after=build_query(query, after=page.after) if page.after else "",
    )


def fetch_rows(pks: Collection[int]) -> list[Task]:
    return list(with_details(Task.objects.filter(pk__in=pks)).order_by("-created_at", "-pk")) if pks else []


def with_details(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Fetch with each task what a line of a list shows of it, in the same query."""
    made = Asset.objects.filter(task=OuterRef("pk"), trashed_at=None).exclude(poster_sha256="").order_by("pk")
    given = TaskInput.objects.filter(task=OuterRef("pk")).order_by("pk")
    pictured = given.exclude(asset__poster_sha256="")
    columns: dict[str, Any] = {
        "made_pk": made.values("pk"),
        "made_sha256": made.values("poster_sha256"),
        "given_pk": pictured.values("asset"),
        "given_sha256": pictured.values("asset__poster_sha256"),
        "given_name": given.values("asset__name"),
    }
    rows = tasks.select_related("project", "created_by").defer("request", "answer", "result_text")
    return rows.annotate(**{name: Subquery(column[:1]) for name, column in columns.items()})


def build_rows(tasks: list[Any], *, editable: Collection[int], now: datetime) -> list[Row]:
    return [
        Row(
            task=task,
            poster=find_poster(task),
            about=build_about(task),
            waited=build_waited(task, now=now),
            ran=build_ran(task, now=now),
            why=build_why(task),
            may_change=task.project_id in editable,
        )
        for task in tasks
    ]


def find_poster(task: Any) -> Poster | None:
    if task.made_pk:
        return Poster(task.made_pk, task.made_sha256)
    return Poster(task.given_pk, task.given_sha256) if task.given_pk else None


def build_about(task: Any) -> str:
    """Return what tells the task from others: the file and the words that it was given."""
    words = next((str(task.params[name]) for name in task.spec.prompt_fields if task.params.get(name)), "")
    return " · ".join(text for text in (task.given_name, words) if text)[:ABOUT_MAX_LENGTH]


def build_waited(task: Task, *, now: datetime) -> str:
    """Return how long it waited here before it was sent; "" where that was no time, or is not known."""
    if task.is_imported:
        return ""
    until = task.sent_at or (now if task.is_open else task.state_at)
    seconds = (until - task.created_at).total_seconds()
    return build_duration(seconds) if seconds >= 1 else ""


def build_ran(task: Task, *, now: datetime) -> str:
    """Return how long it took from its sending to its end, or to now."""
    if task.sent_at is None:
        return ""
    return build_duration(((now if task.is_open else task.state_at) - task.sent_at).total_seconds())


def build_why(task: Task) -> str:
    """Return the line under the state: what went wrong, or what an open task waits for."""
    if not task.is_open:
        return task.error_what
    line = build_waiting_text(task.queue_position, task.wait_s) if task.state == State.WAITING else ""
    return line or task.note
