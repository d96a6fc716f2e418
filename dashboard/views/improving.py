"""Improve prompt beside a prompt's field: starts the task, and shows how it stands until its words are there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from dashboard import access, improving, task_page
from dashboard.failures import build_failure
from dashboard.fragments import is_htmx
from dashboard.remedies import Trouble
from dashboard.uses import Use, get_limit
from dashboard.words import build_words, count_over
from jobs.models import State, Task, User

FRAGMENT = "tasks/_improved.html"


@require_POST
def improve(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the words of a form's field to be improved, once; htmx gets how it stands, a browser the task's page."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "spend")
    target = improving.find_target(request.GET)
    if target is None:
        raise Http404("There is no such prompt.")
    words = request.POST.get(target.field, "")
    form_key = request.POST.get("form_key") or get_random_string(32)
    try:
        task = improving.improve(words, project=project, user=user, form_key=form_key)
    except improving.WordsRefused as refused:
        context = {"target": target, "project": project, "refusal": str(refused)}
        return render(request, FRAGMENT, context, status=422)
    return render_state(request, task, target) if is_htmx(request) else redirect("task", task.pk)


@require_safe
def improved(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how the task stands, beside the field that the address names; a browser is led to the task's page."""
    task = access.get_task(access.get_user(request), pk)
    target = improving.find_target(request.GET)
    if task.operation != improving.get_improver().operation.key or target is None:
        raise Http404("This task improves no prompt.")
    return render_state(request, task, target) if is_htmx(request) else redirect("task", task.pk)


def render_state(request: HttpRequest, task: Task, target: Use) -> HttpResponse:
    response = render(request, FRAGMENT, build_context(task, target, user=access.get_user(request)))
    response["Cache-Control"] = "no-store"
    return response


def build_context(task: Task, target: Use, *, user: User) -> dict[str, Any]:
    trouble = Trouble(task, [], user, can_edit=False, can_spend=False)  # the words stand beside their field: no buttons
    return {
        "task": task,
        "project": task.project,
        "target": target,
        "poll": task_page.get_poll_interval(task, [], now=timezone.now()),
        "waiting_text": task_page.build_waiting_text(task.queue_position, task.wait_s),
        "failure": build_failure(trouble) if not task.is_open else None,
        "words": build_words(task) if task.state == State.SUCCEEDED else None,
        "limit": get_limit(target.operation, target.field),
        "over": count_over(task.result_text, target),
    }
