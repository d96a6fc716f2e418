"""The page that starts a task: one view for every operation of the catalogue."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.deciding import build_price_text
from dashboard.pickers import get_pickable, is_usable, read_number
from dashboard.task_controls import (
    Control,
    EitherOr,
    build_blocks,
    build_controls,
    build_edit_initial,
    build_hidden_notes,
    build_rules_json,
)
from dashboard.uses import find_words_field
from jobs import lifecycle
from jobs.fields import AssetListField, ListField
from jobs.models import Asset, Project, Task, User
from jobs.operations import Operation, OperationForm
from jobs.repeats import StartedBefore
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_connection


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Show the operation's form; a sent one becomes a task, once, however often it is sent."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    operation = get_operation(key)
    access.check(user, project, "spend")
    if request.method != "POST":
        initial = build_initial(request.GET, user=user, project=project, operation=operation)
        form = build_form(operation, project, user=user, initial=initial)
        return render_form(request, form, project=project, form_key=get_random_string(32))
    form = build_form(operation, project, user=user, data=request.POST)
    form_key = request.POST.get("form_key") or get_random_string(32)
    if not form.is_valid():
        return render_form(request, form, project=project, form_key=form_key, status=422)
    repeats_after = read_number(request.POST.get("once_more", "")) or 0
    return start(request, form, user=user, project=project, form_key=form_key, repeats_after=repeats_after)


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
        return render_form(request, form, project=first.project, form_key=form_key, status=422)
    return start(request, form, user=user, project=first.project, form_key=form_key, repeats_after=first.pk)


def get_operation(key: str) -> Operation:
    try:
        return OPERATIONS[key]
    except KeyError:
        raise Http404(f"There is no operation {key}.") from None


def get_inputs(task: Task) -> dict[str, Asset]:
    """Return the files that the task was given, by the name of the parameter."""
    return {item.field: item.asset for item in task.task_inputs.select_related("asset")}


def build_form(
    operation: Operation,
    project: Project,
    *,
    user: User,
    data: Any = None,
    initial: dict[str, Any] | None = None,
) -> OperationForm:
    files = Asset.objects.kept().filter(project=project)
    tasks = access.get_visible_tasks(user).filter(is_usable(operation.vendor))
    form = OperationForm(
        operation,
        data,
        find_asset=lambda pk: files.filter(pk=pk).first(),
        find_task=lambda pk: tasks.filter(pk=pk).first(),
        initial=initial,
    )
    for name, item in operation.asset_fields.items():
        form.fields[name].error_messages["required"] = f"Choose {'an' if item.kind == 'image' else 'a'} {item.kind}."
    return form


def build_initial(query: QueryDict, *, user: User, project: Project, operation: Operation) -> dict[str, Any]:
    """Return what the address says: `?from=TASK` for the values of another task, `?NAME=VALUE` for single ones.

    `?words=TASK` brings the words that a task gave back.
    """
    initial: dict[str, Any] = {}
    number = read_number(query.get("from", ""))
    if number is not None:
        first = access.get_task(user, number)
        if first.project_id == project.pk and first.operation == operation.key:
            initial = build_edit_initial(operation, first.params, get_inputs(first))
    number, words_field = read_number(query.get("words", "")), find_words_field(operation)
    if number is not None and words_field:
        initial[words_field] = access.get_task(user, number).result_text
    for name, item in operation.fields.items():
        if name in query:
            several = isinstance(item, ListField | AssetListField)
            initial[name] = query.getlist(name) if several else query[name]
    return initial


def build_request_key(form: OperationForm, *, user: User, project: Project, form_key: str) -> str:
    """Return the key of this very request: the same form with the same values gives the same one.

    So a double click, or Back and the same again, is one task, and Back with other values is another one.
    """
    assets = {name: asset.pk for name, asset in form.assets.items()}
    said = [form_key, user.pk, project.pk, form.operation.key, form.params, assets]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def start(
    request: HttpRequest, form: OperationForm, *, user: User, project: Project, form_key: str, repeats_after: int
) -> HttpResponse:
    """Start the task; where the person started the very same a moment ago, the form comes back and asks."""
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
        return render_form(request, form, project=project, form_key=form_key, status=409, started=before.task)
    for text in form.notices.values():
        messages.warning(request, text)
    return redirect("task", task.pk)


def render_form(
    request: HttpRequest,
    form: OperationForm,
    *,
    project: Project,
    form_key: str,
    status: int = 200,
    started: Task | None = None,
) -> HttpResponse:
    operation = form.operation
    controls = build_controls(form, pickable=get_pickable(form, project))
    blocks = build_blocks(form, controls)
    advanced = [control for control in controls if control.advanced]
    source = find_source(controls)
    context = {
        "section": "projects",
        "project": project,
        "operation": operation,
        "tabs": build_tabs(source),
        "vendor_label": VENDOR_LABELS[operation.vendor],
        "sandbox": get_connection(operation.vendor).sandbox,
        "form": form,
        "form_key": form_key,
        "controls": [control for control in controls if not control.advanced],
        "advanced": advanced,
        "blocks": [block for block in blocks if not block.advanced],
        "advanced_blocks": [block for block in blocks if block.advanced],
        "advanced_open": any(control.errors or not control.is_default for control in advanced),
        "changed_count": sum(not control.is_default for control in advanced),
        "errors": build_error_summary(form, blocks),
        "hidden_notes": build_hidden_notes(operation),
        "rules_json": build_rules_json(operation),
        "source": source,
        "started": started,
        "started_ago_s": round((timezone.now() - started.created_at).total_seconds()) if started else None,
        "price": build_price_text(started) if started else "",
    }
    return render(request, "tasks/new.html", context, status=status)


def find_source(controls: list[Control]) -> Control | None:
    """Return the control whose file is shown large: the model that goes in, else the picture."""
    pickers = [control for control in controls if control.kind == "asset"]
    return next((control for control in pickers if control.field.kind == "model"), pickers[0] if pickers else None)


def build_tabs(source: Control | None) -> list[dict[str, Any]]:
    """Return every operation by vendor, with the address's query that keeps the chosen file."""
    tabs: dict[str, list[dict[str, Any]]] = {}
    for item in OPERATIONS.values():
        kept = source.field.kind if source and source.is_given else ""
        name = next((name for name, field in item.asset_fields.items() if field.kind == kept), "")
        query = f"?{urlencode({name: source.value})}" if source and name else ""
        tabs.setdefault(item.vendor, []).append({"operation": item, "query": query})
    return [{"label": VENDOR_LABELS[vendor], "entries": entries} for vendor, entries in tabs.items()]


def build_error_summary(form: OperationForm, blocks: list[Control | EitherOr]) -> list[dict[str, str]]:
    """Return each field's errors with the label and the id to jump to."""
    hidden = {
        control.name: block.element_id
        for block in blocks
        if isinstance(block, EitherOr)
        for control in block.controls
        if control is not block.chosen
    }
    return [
        {
            "id": hidden.get(name, form[name].auto_id) if name in form.fields else "",
            "label": str(form[name].label) if name in form.fields else "",
            "text": " ".join(str(text) for text in texts),
        }
        for name, texts in form.errors.items()
    ]
