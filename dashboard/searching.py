"""What the page of search shows: projects, files and tasks of all the person's projects that hold the words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from dashboard import access
from dashboard.facets import TEXT_LIMIT
from dashboard.finding import page_by_number
from dashboard.gallery import show_angles, with_marks, with_sources
from dashboard.paging import Page
from jobs import search
from jobs.models import Asset, Project, Task, User

FEW = 12  # of each while files and tasks are both shown
PAGE_SIZE = 48
PROJECTS_AT_MOST = 100  # that are looked into, the newest ones
PARTS = ("files", "tasks")


def build_search(user: User, query: QueryDict) -> dict[str, Any]:
    """Return the page's context for the address: q, in (files, tasks, or both), after and before."""
    text = " ".join(query.get("q", "").replace("\0", "").split())[:TEXT_LIMIT]
    words = search.split_words(text)
    part = query.get("in", "") if query.get("in") in PARTS else ""
    context: dict[str, Any] = {"search_text": text, "part": part, "has_words": bool(words)}
    if not words:
        return context
    own = [item.project for item in access.list_memberships(user)]
    projects = sorted(own, key=lambda project: (project.created_at, project.pk), reverse=True)[:PROJECTS_AT_MOST]
    shown = [part] if part else list(PARTS)
    pages = {name: find_page(name, projects, user, query if part else QueryDict(), text) for name in shown}
    if "files" in pages:
        show_angles(pages["files"].rows)
    if "tasks" in pages:
        for task in pages["tasks"].rows:
            task.prompts = list_prompts(task)
    named = [] if part else [project for project in projects if is_called(project, words)][:FEW]
    is_empty = not named and not any(page.rows or not page.is_whole for page in pages.values())
    return context | pages | {"projects": named, "is_empty": is_empty}


def list_prompts(task: Task) -> list[str]:
    """Return the words that a task was given."""
    return [text for name in task.spec.prompt_fields if (text := str(task.params.get(name) or ""))]


def is_called(project: Project, words: Sequence[str]) -> bool:
    own = search.split_words(project.name)
    return all(any(name.startswith(word) for name in own) for word in words)


def find_page(name: str, projects: Sequence[Project], user: User, query: QueryDict, text: str) -> Page[Any]:
    """Return a page of the files or tasks that hold the words; a short one where the address names no part."""
    size = PAGE_SIZE if query else FEW
    thing: search.Thing = "asset" if name == "files" else "task"
    rows = list_files(user) if name == "files" else list_tasks()
    pks = [project.pk for project in projects]

    def fetch(key: int | None, back: bool) -> tuple[list[Any], int | None]:
        found = search.find(thing, pks, text, beyond=key, oldest_first=back)
        if found is None:
            return [], None
        matching = search.narrow(rows.filter(project__in=pks), thing, found)
        listed = list(matching.order_by("pk" if back else "-pk")[: size + 1])
        return listed, found.reached if len(listed) <= size else None

    return page_by_number(fetch, after=query.get("after", ""), before=query.get("before", ""), size=size)


def list_files(user: User) -> QuerySet[Asset]:
    return with_marks(user)(Asset.objects.filter(trashed_at__isnull=True).select_related("project"))


def list_tasks() -> QuerySet[Task]:
    return with_sources(Task.objects.select_related("project"))
