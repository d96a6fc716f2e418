"""The page of one task and its few buttons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from dashboard import access, task_page
from dashboard.asset_page import build_view
from dashboard.contact_sheet import build_sheet, expects_pictures
from dashboard.deciding import build_decision
from dashboard.failures import build_failure
from dashboard.live import render_live
from dashboard.remedies import Trouble
from dashboard.remote_page import REMOTE_ID, build_at_vendor
from dashboard.texture_maps import build_swatches
from dashboard.uses import list_kind_uses
from dashboard.wire import build_json, build_wire
from dashboard.words import build_words
from jobs import lifecycle, tending
from jobs.models import Asset, State, Task, TaskEvent, TaskInput


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the task. htmx gets what changes by itself, and the viewer only while its place waits for it."""
    task = access.get_task(access.get_user(request), pk)
    context = build_context(request, task, now=timezone.now())
    return render_live(request, "tasks/detail.html", "tasks/_live.html", context)


def build_context(request: HttpRequest, task: Task, *, now: datetime) -> dict[str, Any]:
    outputs = list(task.outputs.kept().select_related("project", "created_by"))
    pictures = [item for item in outputs if item.kind in {Asset.Kind.RENDER, Asset.Kind.IMAGE}]
    models = [item for item in outputs if item.kind == Asset.Kind.MODEL]
    events = list(task.events.select_related("actor"))
    main = models[0] if models else None
    view = build_view(main) if main else None
    expects_model = any(output.role == "model" for output in task.spec.outputs)
    inputs = list(task.task_inputs.select_related("asset"))
    user = access.get_user(request)
    can_edit, can_spend = access.can(user, task.project, "edit"), access.can(user, task.project, "spend")
    return {
        "section": "tasks",
        "project": task.project,
        "task": task,
        "operation": task.spec,
        "inputs": inputs,
        "source": inputs[0].asset if inputs else None,
        "steps": task_page.build_steps(task, events, outputs=outputs, now=now),
        "failure": build_failure(Trouble(task, inputs, user, can_edit=can_edit, can_spend=can_spend)),
        "sentence": task_page.build_sentence(task),
        "waiting_text": task_page.build_waiting_text(task.queue_position, task.wait_s),
        "poll": task_page.get_poll_interval(task, outputs, now=now),
        "events": [build_event(event) for event in events],
        "sheet": build_sheet(task, pictures),
        "expects_pictures": expects_pictures(task),
        "models": models,
        "swatches": build_swatches(outputs),
        "picture_uses": list_kind_uses(Asset.Kind.IMAGE) if can_spend else [],
        "expects_model": expects_model,
        "main": main,
        "shown": main or get_open_source(inputs),
        "view": view,
        "awaits_viewer": view.state == "waiting" if view else expects_model and task.is_open,
        "words": build_words(task),
        "values": task_page.build_values(task),
        "wire": build_wire(task),
        "can_spend": can_spend,
        "can_edit": can_edit,
        "can_share": access.can(user, task.project, "share"),
        "shared": ",".join(str(asset.pk) for asset in ([main] if main else pictures)),
        "can_give_up": task.state in {State.QUEUED, State.UNKNOWN},
        "again_key": get_random_string(32),
        "decision": build_decision(task, events, user=user),
        "turn_text": task_page.build_turn_text(task),
        "at_vendor": build_at_vendor(task, user=user, can_spend=can_spend),
    }


def get_open_source(inputs: list[TaskInput]) -> Asset | None:
    """Return the first file that went in, unless it lies in the trash."""
    return next((item.asset for item in inputs if item.asset.trashed_at is None), None)


def build_event(event: TaskEvent) -> dict[str, Any]:
    json = build_json(event.data) if event.data else ""
    said = f"The vendor says {event.text}." if event.text.isupper() else event.text
    return {"event": event, "text": said, "json": json, "json_id": f"event-json-{event.pk}"}


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the task up, as long as it is not on its way at the vendor."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "edit")
    if lifecycle.cancel_task(task, actor=user):
        messages.success(request, "The task was given up.")
    else:
        messages.warning(request, f"It was too late: the task is at {task.vendor_label} already.")
    return redirect("task", task.pk)


@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the vendor now; it costs nothing."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "edit")
    if task.is_open:
        lifecycle.recheck_task(task, actor=user)
        messages.info(request, f"{task.vendor_label} is being asked.")
    else:
        messages.info(request, "The task has ended already.")
    return redirect("task", task.pk)


@require_POST
def fetch_files(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the vendor once more for the files of a task that it has finished; it costs nothing."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "edit")
    if tending.fetch_files(task, tending.Wish(actor=user, reason="wished for on its page.")):
        messages.info(request, f"{task.vendor_label} is asked for the files again. This is free.")
    else:
        messages.warning(request, tending.find_fetch_obstacle(task) or "Somebody was quicker: look at it now.")
    return redirect("task", task.pk)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a task in doubt as a new request; the person accepts that the first one may be charged too."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "spend")
    if lifecycle.send_again(task, actor=user):
        messages.success(request, "The task is sent again as a new request.")
    else:
        messages.warning(request, "Meanwhile it became clear how the task stands: nothing was sent again.")
    return redirect("task", task.pk)


@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the person's word for which of the vendor's tasks one in doubt is."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "spend")
    remote_id = request.POST.get("remote_id", "").strip()
    if not REMOTE_ID.fullmatch(remote_id):
        messages.error(request, f"Write the task's ID as {task.vendor_label} shows it.")
    elif lifecycle.adopt_task(task, remote_id=remote_id, actor=user):
        messages.success(request, f"The task is followed as {remote_id}.")
    else:
        messages.warning(request, "That task is followed here already, or this one is no longer in doubt.")
    return redirect("task", task.pk)
