"""The form that asks both vendors for the same surface: two tasks of one wish."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string

from dashboard.form_page import Occasion, build_form_context
from dashboard.pair_card import THEN_COMPARE
from dashboard.pickers import read_number
from dashboard.task_forms import build_form, build_initial, build_request_key, get_operation
from jobs import pairing
from jobs.models import Project, User
from jobs.operations import OperationForm
from jobs.repeats import StartedBefore


def new(request: HttpRequest, *, user: User, project: Project) -> HttpResponse:
    """Show the shared form, empty or filled in from one vendor's; a sent one starts a task at each vendor."""
    if request.method != "POST":
        initial = build_initial(request.GET, user=user, earlier=None, operation=pairing.BOTH)
        return render_form(request, _build(project, user, initial), Occasion(), project=project)
    if source := request.POST.get("from_operation"):
        return take_over(request, source, user=user, project=project)
    form = build_form(pairing.BOTH, project, user=user, data=request.POST)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, Occasion(), project=project, form_key=form_key, status=422)
    return start(request, form, user=user, project=project, form_key=form_key)


def take_over(request: HttpRequest, source: str, *, user: User, project: Project) -> HttpResponse:
    """Show the shared form with what one vendor's form held; nothing is started."""
    operation = get_operation(source)
    if not pairing.is_pairable(operation):
        return redirect("task-new", project.slug, pairing.KEY)
    given = build_form(operation, project, user=user, data=request.POST)
    given.full_clean()
    files = {name: asset.pk for name, asset in given.assets.items()}
    initial = pairing.map_from(operation, given.params | files)
    left_out = tuple(str(operation.fields[name].label) for name in pairing.list_left_out(operation, given.params))
    return render_form(request, _build(project, user, initial), Occasion(left_out=left_out), project=project)


def start(request: HttpRequest, form: OperationForm, *, user: User, project: Project, form_key: str) -> HttpResponse:
    """Start both; where one of them refuses a value, or the same was started a moment ago, the form comes back."""
    values = form.params | {name: asset.pk for name, asset in form.assets.items()}
    parts = pairing.build_parts(values, form)
    for name, texts in pairing.find_problems(parts).items():
        for text in dict.fromkeys(texts):
            form.add_error(name or None, text)
    if form.errors:
        return render_form(request, form, Occasion(), project=project, form_key=form_key, status=422)
    request_key = build_request_key(form, user=user, project=project, form_key=form_key)
    repeats_after = read_number(request.POST.get("once_more", "")) or 0
    try:
        tasks = pairing.start_both(
            parts, project=project, user=user, request_key=request_key, repeats_after=repeats_after
        )
    except StartedBefore as before:
        occasion = Occasion(started=before.task)
        return render_form(request, form, occasion, project=project, form_key=form_key, status=409)
    for text in {text for part in parts for text in part.form.notices.values()}:
        messages.warning(request, text)
    return redirect(reverse("task", args=[tasks[0].pk]) + THEN_COMPARE)


def _build(project: Project, user: User, initial: dict[str, Any]) -> OperationForm:
    return build_form(pairing.BOTH, project, user=user, initial=initial)


def render_form(
    request: HttpRequest,
    form: OperationForm,
    occasion: Occasion,
    *,
    project: Project,
    form_key: str = "",
    status: int = 200,
) -> HttpResponse:
    context = build_form_context(form, occasion, project=project, form_key=form_key or get_random_string(32))
    return render(request, "tasks/new.html", context, status=status)
