"""The page that starts a task: one view for every operation of the catalogue."""

from __future__ import annotations

from functools import partial
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.form_page import Occasion, ask_tag, build_form_context, build_pair_text
from dashboard.pickers import read_number
from dashboard.task_controls import build_edit_initial
from dashboard.task_forms import (
    build_form,
    build_initial,
    build_request_key,
    find_earlier,
    get_inputs,
    get_operation,
)
from dashboard.views import new_pair
from jobs import dismissals, lifecycle, pairing
from jobs.models import Asset, Project, Task, User
from jobs.operations import OperationForm
from jobs.prices import ask_price
from jobs.repeats import StartedBefore


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Show the operation's form; a sent one becomes a task, once, however often it is sent."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    operation = get_operation(key)
    access.check(user, project, "spend")
    if operation is pairing.BOTH:
        return new_pair.new(request, user=user, project=project)
    number = (request.POST or request.GET).get("from", "")
    earlier = find_earlier(number, user=user, project=project, operation=operation)
    if request.method != "POST":
        initial = build_initial(request.GET, user=user, earlier=earlier, operation=operation)
        form = build_form(operation, project, user=user, initial=initial)
        return render_form(request, form, Occasion(earlier), project=project, form_key=get_random_string(32))
    form = build_form(operation, project, user=user, data=request.POST)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, Occasion(earlier), project=project, form_key=form_key, status=422)
    repeats_after = read_number(request.POST.get("once_more", "")) or 0
    return start(
        request, form, user=user, project=project, form_key=form_key, repeats_after=repeats_after, earlier=earlier
    )


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a task with the values of another one; the form comes up where they no longer fit."""
    user = access.get_user(request)
    first = access.get_task(user, pk)
    access.check(user, first.project, "spend")
    initial = build_edit_initial(first.spec, first.params, get_inputs(first))
    form = build_form(first.spec, first.project, user=user, data=initial)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, Occasion(first), project=first.project, form_key=form_key, status=422)
    return start(
        request, form, user=user, project=first.project, form_key=form_key, repeats_after=first.pk, earlier=first
    )


@require_POST
def price(request: HttpRequest, slug: str, key: str) -> JsonResponse:
    """Say what the form would cost as it stands, for the Run button; nothing is started by it."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "spend")
    form = build_form(get_operation(key), project, user=user, data=request.POST)
    tag = ask_tag(form, person=user.pk)
    both = build_pair_text(form.operation, form.params, find=partial(ask_price, person=user.pk))
    answer = JsonResponse(
        {"text": tag.text, "note": tag.note, "after": tag.after, "isShort": tag.is_short, "both": both}
    )
    answer["Cache-Control"] = "no-store"
    return answer


def start(
    request: HttpRequest,
    form: OperationForm,
    *,
    user: User,
    project: Project,
    form_key: str,
    repeats_after: int,
    earlier: Task | None,
) -> HttpResponse:
    """Start the task; where the person started the very same a moment ago, the form comes back and asks.

    `earlier` is the task whose values it started with: one that failed has been seen to then.
    """
    request_key = build_request_key(form, user=user, project=project, form_key=form_key)
    known = Task.objects.filter(form_key=request_key).first()
    if known is not None:
        messages.info(request, "This was sent already: here is its task. “Run again” starts another one.")
        return redirect("task", known.pk)
    try:
        task = lifecycle.create_task(
            project=project,
            user=user,
            operation=form.operation,
            params=form.params,
            assets=cast(dict[str, Asset], form.assets),
            form_key=request_key,
            notices=form.notices,
            repeats_after=repeats_after,
        )
    except StartedBefore as before:
        occasion = Occasion(started=before.task)
        return render_form(request, form, occasion, project=project, form_key=form_key, status=409)
    if earlier is not None:
        dismissals.dismiss(Task.objects.filter(pk=earlier.pk), actor=user, now=timezone.now())
    for text in form.notices.values():
        messages.warning(request, text)
    return redirect("task", task.pk)


def render_form(
    request: HttpRequest,
    form: OperationForm,
    occasion: Occasion,
    *,
    project: Project,
    form_key: str,
    status: int = 200,
) -> HttpResponse:
    context = build_form_context(form, occasion, project=project, form_key=form_key)
    return render(request, "tasks/new.html", context, status=status)
