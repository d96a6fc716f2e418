"""A vendor's account: its tasks, one of them by its vendor ID, taking one into a project, deleting one there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access
from dashboard.pickers import read_number
from dashboard.remote_page import REMOTE_ID, Trouble, build_rows, build_trouble, is_deletable
from jobs import importing, lifecycle, remote_tasks
from jobs.models import Task, User
from jobs.vendors import VENDOR_LABELS
from jobs.vendors.base import VendorError

PAGE_SIZE = 20
MAX_PAGE = 10_000
SURE_WORD = "DELETE"
SURE_LENGTH = 6
"""So many of the last characters of the vendor's ID say the same."""


@require_safe
def account_tasks(request: HttpRequest, vendor: str) -> HttpResponse:
    """List the account's tasks, the newest first, with those that we know."""
    user = get_account_user(request, vendor)
    number = min(max(read_number(request.GET.get("page", "")) or 1, 1), MAX_PAGE)
    context = build_frame(request, user, vendor)
    try:
        page = remote_tasks.list_remote(vendor, page=number, page_size=PAGE_SIZE)
    except VendorError as error:
        return render_trouble(request, "remote/list.html", context, build_trouble(error, label=context["label"]))
    rows = build_rows(page.items, user=user, now=timezone.now())
    return render(request, "remote/list.html", context | {"page": page, "rows": rows})


@require_safe
def open_task(request: HttpRequest, vendor: str) -> HttpResponse:
    """Find one task of the account by its vendor ID."""
    user = get_account_user(request, vendor)
    remote_id = request.GET.get("id", "").strip()
    context = build_frame(request, user, vendor) | {"remote_id": remote_id}
    if not REMOTE_ID.fullmatch(remote_id):
        trouble = Trouble(
            "Write an ID", f"Write the task’s ID as {context['label']} shows it: letters, digits, - and _."
        )
        return render_trouble(request, "remote/open.html", context, trouble, status=422)
    try:
        found = remote_tasks.find_remote(vendor, remote_id)
    except VendorError as error:
        trouble = build_trouble(error, label=context["label"], remote_id=remote_id)
        return render_trouble(request, "remote/open.html", context, trouble)
    rows = build_rows([found], user=user, now=timezone.now())
    return render(request, "remote/open.html", context | {"rows": rows})


@require_POST
def import_task(request: HttpRequest, vendor: str) -> HttpResponse:
    """Take a task of the account into a project: its files are saved here."""
    user = get_account_user(request, vendor)
    project = access.get_project(user, request.POST.get("project", ""))
    access.check(user, project, "edit")
    remote_id = request.POST.get("remote_id", "").strip()
    if not REMOTE_ID.fullmatch(remote_id):
        raise Http404
    known = Task.objects.filter(vendor=vendor, remote_id=remote_id).first()
    try:
        task = known or importing.import_task(project=project, user=user, vendor=vendor, remote_id=remote_id)
    except VendorError as error:
        trouble = build_trouble(error, label=VENDOR_LABELS[vendor], remote_id=remote_id)
        messages.error(request, f"It was not imported. {trouble.what} {trouble.now}".strip())
        return redirect("remote-tasks", vendor)
    if not access.get_visible_tasks(user).filter(pk=task.pk).exists():
        messages.error(request, "This task is in another project already, of which you are no member.")
        return redirect("remote-tasks", vendor)
    if known or task.project_id != project.pk:
        messages.info(request, "This task was here already.")
    else:
        messages.success(request, f"Imported into {project.name}. Its files are saved here as soon as they are there.")
    return redirect("task", task.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the task at its vendor for good, once the person has typed that they mean it."""
    user = access.get_user(request)
    task = access.get_task(user, pk)
    access.check(user, task.project, "spend")
    if not is_deletable(task):
        messages.info(request, f"There is nothing of this task to delete at {task.vendor_label}.")
        return redirect("task", task.pk)
    context = {"section": "tasks", "project": task.project, "task": task, "operation": task.spec, "sure": ""}
    context |= {"last": (task.remote_id or "")[-SURE_LENGTH:], "kept": task.outputs.kept().count()}
    if request.method != "POST":
        return render(request, "remote/delete.html", context)
    if not is_sure(request.POST.get("sure", ""), task):
        said = {"error": f"Type {context['last']} or {SURE_WORD}.", "sure": request.POST.get("sure", "")[:100]}
        return render(request, "remote/delete.html", context | said, status=422)
    try:
        lifecycle.delete_at_vendor(task, actor=user)
    except VendorError as error:
        trouble = build_trouble(error, label=task.vendor_label)
        failed = {"trouble": trouble, "sure": request.POST.get("sure", "")[:100]}
        return render(request, "remote/delete.html", context | failed, status=502)
    messages.success(request, f"Deleted at {task.vendor_label}. What is saved here stays.")
    return redirect("task", task.pk)


def is_sure(text: str, task: Task) -> bool:
    said = text.strip()
    return said == SURE_WORD or (
        len(said) >= SURE_LENGTH and said.lower() == (task.remote_id or "")[-SURE_LENGTH:].lower()
    )


def get_account_user(request: HttpRequest, vendor: str) -> User:
    """Return the person, where the vendor can list its tasks and the person may see the team's account."""
    user = access.get_user(request)
    if vendor not in access.list_account_vendors(user):
        raise Http404
    return user


def build_frame(request: HttpRequest, user: User, vendor: str) -> dict[str, Any]:
    vendors = access.list_account_vendors(user)
    return {
        "section": "account-tasks",
        "vendor": vendor,
        "label": VENDOR_LABELS[vendor],
        "tabs": [(key, VENDOR_LABELS[key]) for key in vendors] if len(vendors) > 1 else [],
        "projects": access.get_editable_projects(user),
        "chosen_project": request.GET.get("project", ""),
    }


def render_trouble(
    request: HttpRequest, template: str, context: dict[str, Any], trouble: Trouble, *, status: int = 200
) -> HttpResponse:
    return render(request, template, context | {"trouble": trouble}, status=status)
