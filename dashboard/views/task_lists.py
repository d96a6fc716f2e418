"""The lists of tasks, mine and a project's, and what can be done with several of them at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.live import render_live
from dashboard.task_filters import TaskFilter, build_query, list_people, list_projects
from dashboard.task_list import build_group, build_overview, count_groups
from jobs.models import ROLES_FOR, Group, Project, Task, User

LIST_POLL = "3s"


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List the tasks that the person started, in all projects."""
    user = access.get_user(request)
    return render_list(request, find_mine(user, request.GET), project=None)


@require_safe
def of_project(request: HttpRequest, slug: str) -> HttpResponse:
    """List everybody's tasks in the project."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    return render_list(request, find_in_project(user, project, request.GET), project=project)


def find_mine(user: User, query: Any) -> TaskFilter:
    memberships = access.list_memberships(user)
    return TaskFilter(
        query,
        Task.objects.filter(created_by=user, project__in=[item.project_id for item in memberships]),
        project_pks=[item.project_id for item in memberships],
        projects=list_projects(memberships),
        editable={item.project_id for item in memberships if item.role in ROLES_FOR["edit"]},
    )


def find_in_project(user: User, project: Project, query: Any) -> TaskFilter:
    return TaskFilter(
        query,
        Task.objects.filter(project=project),
        project_pks=[project.pk],
        people=list_people(project),
        editable={project.pk} if access.can(user, project, "edit") else set(),
    )


def render_list(request: HttpRequest, found: TaskFilter, *, project: Project | None) -> HttpResponse:
    show = request.GET.get("show", "")
    if show not in Group.values:
        show = ""
    tasks, now = found.qs, timezone.now()
    counts = count_groups(tasks)
    if show:
        group = build_group(tasks, request.GET, show, count=counts[show], editable=found.editable, now=now)
        sections = [group] if group.rows else []
    else:
        sections = build_overview(tasks, request.GET, counts=counts, editable=found.editable, now=now)
    context = {
        "section": "projects" if project else "tasks",
        "project": project,
        "show": show,
        "sections": sections,
        "tabs": build_tabs(request, counts),
        "filter": found,
        "chips": found.list_chips(),
        "clear": build_query(found.data, without=found.filters),
        "poll": LIST_POLL if counts[Group.RUNNING] else "",
        "can_choose": any(row.may_change for section in sections for row in section.rows),
        "running_here": counts[Group.RUNNING],
    }
    return render_live(request, "tasks/list.html", "tasks/_list.html", context)


def build_tabs(request: HttpRequest, counts: dict[str, int]) -> list[tuple[str, str, str, int | None]]:
    """Return (key, label, query, count) of all and of each group."""
    groups = [(str(group), str(group.label), build_query(request.GET, show=group), counts[group]) for group in Group]
    return [("", "All", build_query(request.GET, without="show"), None), *groups]


@never_cache
@require_safe
def tab_counts(request: HttpRequest) -> HttpResponse:
    """Give what stands in the browser tab's title and beside *Tasks*, as it is now.

    Nothing, and no way to the sign-in, where a session has ended meanwhile: the page may hold words.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    return render(request, "_tab_counts.html", {"is_answer": True})
