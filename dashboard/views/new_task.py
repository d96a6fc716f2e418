"""The page that starts a task: one view for every operation of the catalogue."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.task_controls import build_controls, build_edit_initial, build_hidden_notes, build_rules_json
from jobs import lifecycle
from jobs.fields import ListField
from jobs.models import Asset, Project, Task, User
from jobs.operations import Operation, OperationForm
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_connection

PICKER_LIMIT = 200
"""So many files of a project a picker shows, the newest first; an older one is reached from its own page."""
MAX_DIGITS = 18
"""More digits than this are no row's number."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Show the operation's form; a sent one becomes a task, once, however often it is sent."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    operation = get_operation(key)
    access.check(user, project, "spend")
    if request.method != "POST":
        initial = build_initial(request.GET, user=user, project=project, operation=operation)
        form = build_form(operation, project, initial=initial)
        return render_form(request, form, project=project, form_key=get_random_string(32))
    form = build_form(operation, project, data=request.POST)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, project=project, form_key=form_key, status=422)
    request_key = build_request_key(form, user=user, project=project, form_key=form_key)
    return start(request, form, user=user, project=project, form_key=request_key)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a task with the values of another one; the form comes up where they no longer fit."""
    user = access.get_user(request)
    first = access.get_task(user, pk)
    access.check(user, first.project, "spend")
    initial = build_edit_initial(first.spec, first.params, get_inputs(first))
    form = build_form(first.spec, first.project, data=initial)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, project=first.project, form_key=form_key, status=422)
    request_key = build_request_key(form, user=user, project=first.project, form_key=form_key)
    return start(request, form, user=user, project=first.project, form_key=request_key)


def get_operation(key: str) -> Operation:
    try:
        return OPERATIONS[key]
    except KeyError:
        raise Http404(f"There is no operation {key}.") from None


def get_inputs(task: Task) -> dict[str, Asset]:
    """Return the files that the task was given, by the name of the parameter."""
    return {item.field: item.asset for item in task.task_inputs.select_related("asset")}


def build_form(
    operation: Operation, project: Project, *, data: Any = None, initial: dict[str, Any] | None = None
) -> OperationForm:
    files = Asset.objects.kept().filter(project=project)
    form = OperationForm(operation, data, find_asset=lambda pk: files.filter(pk=pk).first(), initial=initial)
    for name, item in operation.asset_fields.items():
        form.fields[name].error_messages["required"] = f"Choose {'an' if item.kind == 'image' else 'a'} {item.kind}."
    return form


def build_initial(query: QueryDict, *, user: User, project: Project, operation: Operation) -> dict[str, Any]:
    """Return what the address says: `?from=TASK` for the values of another task, `?NAME=VALUE` for single ones."""
    initial: dict[str, Any] = {}
    number = read_number(query.get("from", ""))
    if number is not None:
        first = access.get_task(user, number)
        if first.project_id == project.pk and first.operation == operation.key:
            initial = build_edit_initial(operation, first.params, get_inputs(first))
    for name, item in operation.fields.items():
        if name in query:
            initial[name] = query.getlist(name) if isinstance(item, ListField) else query[name]
    return initial


def read_number(text: str) -> int | None:
    """Return a row's number that was typed or linked, None where it is none."""
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else None


def build_request_key(form: OperationForm, *, user: User, project: Project, form_key: str) -> str:
    """Return the key of this very request: the same form with the same values gives the same one.

    So a double click, or Back and the same again, is one task, and Back with other values is another one.
    """
    assets = {name: asset.pk for name, asset in form.assets.items()}
    said = [form_key, user.pk, project.pk, form.operation.key, form.params, assets]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def start(request: HttpRequest, form: OperationForm, *, user: User, project: Project, form_key: str) -> HttpResponse:
    known = Task.objects.filter(form_key=form_key).first()
    if known is not None:
        messages.info(request, "This was sent already: here is its task. “Run again” starts another one.")
        return redirect("task", known.pk)
    task = lifecycle.create_task(
        project=project,
        user=user,
        operation=form.operation,
        params=form.params,
        assets=cast(dict[str, Asset], form.assets),
        form_key=form_key,
    )
    return redirect("task", task.pk)


def render_form(
    request: HttpRequest, form: OperationForm, *, project: Project, form_key: str, status: int = 200
) -> HttpResponse:
    operation = form.operation
    controls = build_controls(form, assets=get_pickable(form, project))
    advanced = [control for control in controls if control.advanced]
    context = {
        "section": "projects",
        "project": project,
        "operation": operation,
        "operations": OPERATIONS.values(),
        "vendor_label": VENDOR_LABELS[operation.vendor],
        "sandbox": get_connection(operation.vendor).sandbox,
        "form": form,
        "form_key": form_key,
        "controls": [control for control in controls if not control.advanced],
        "advanced": advanced,
        "advanced_open": any(control.errors or not control.is_default for control in advanced),
        "changed_count": sum(not control.is_default for control in advanced),
        "errors": build_error_summary(form),
        "hidden_notes": build_hidden_notes(operation),
        "rules_json": build_rules_json(operation),
        "source": next((control for control in controls if control.kind == "asset"), None),
    }
    return render(request, "tasks/new.html", context, status=status)


def get_pickable(form: OperationForm, project: Project) -> dict[str, list[Asset]]:
    """Return the project's newest files of each kind that the form asks for, and the chosen ones."""
    found: dict[str, list[Asset]] = {}
    for name, item in form.operation.asset_fields.items():
        files = Asset.objects.kept().filter(project=project, kind=item.kind)
        assets = list(files[:PICKER_LIMIT])
        chosen = read_number(str(form[name].value() or ""))
        if chosen is not None and chosen not in {asset.pk for asset in assets}:
            assets += files.filter(pk=chosen)
        found[item.kind] = assets
    return found


def build_error_summary(form: OperationForm) -> list[dict[str, str]]:
    """Return each field's errors with the label and the id to jump to."""
    return [
        {
            "id": form[name].auto_id if name in form.fields else "",
            "label": str(form[name].label) if name in form.fields else "",
            "text": " ".join(str(text) for text in texts),
        }
        for name, texts in form.errors.items()
    ]
