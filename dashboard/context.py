"""What every page knows: theme, open tasks, the person's projects, and how vendors and worker stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from dashboard import access
from dashboard.paging import count_up_to
from dashboard.vendor_notices import Notice, build_key_notices, build_notices, build_worker_notice
from jobs.balances import get_balances
from jobs.circuit import list_circuits
from jobs.leases import has_beaten
from jobs.models import Group, Task
from jobs.sweep import LEASE
from jobs.vendors import VENDOR_LABELS, get_connection

THEMES = ("light", "dark")
SIDE_PROJECTS = 12
TITLE_COUNTED = 99  # beyond it a title says 99+
# The sweep beats every second; a silence of this length means that nobody works.
WORKER_SILENCE = timedelta(seconds=30)


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every template. What costs a query is only asked for where a template shows it."""
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "light"}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    tab_counts, worker_standing = once(lambda: count_own_tasks(user)), once(get_worker_standing)
    return context | {
        "tab_counts": tab_counts,
        "side_projects": once(lambda: [item.project for item in access.list_memberships(user)[:SIDE_PROJECTS]]),
        "sandbox_vendors": once(list_sandbox_vendors),
        "account_vendors": once(lambda: list_account_vendors(user)),
        "worker_standing": worker_standing,
        "vendor_notices": once(lambda: list_notices(user, tab_counts(), worker_standing())),
    }


def once(question: Callable[[], Any]) -> Callable[[], Any]:
    """Ask when a template first shows the answer, and remember it for the rest of the page."""
    return cache(question)


def count_own_tasks(user: Any) -> dict[str, int]:
    """Count the person's own that run and that need attention, as far as a title can say."""
    own = Task.objects.filter(created_by=user, project__in=[item.project_id for item in access.list_memberships(user)])
    groups = (Group.ATTENTION, Group.RUNNING)
    return count_up_to(TITLE_COUNTED, **{str(group): own.filter(group=group) for group in groups})


def list_notices(user: Any, counts: dict[str, int], standing: str) -> list[Notice]:
    """Return what has to be said above the page; that nobody works, only to whom it keeps waiting."""
    notices = build_notices(list_circuits(), user, now=timezone.now())
    if user.is_staff:
        notices += build_key_notices(get_balances().values(), user)
    if counts[Group.RUNNING] and standing == "off":
        notices.append(build_worker_notice(is_staff=user.is_staff))
    return notices


def list_account_vendors(user: Any) -> list[tuple[str, str]]:
    """Return (key, label) of the vendors whose accounts the person may look into."""
    return [(vendor, VENDOR_LABELS[vendor]) for vendor in access.list_account_vendors(user)]


def list_sandbox_vendors() -> list[str]:
    """Return the labels of the vendors that the sandbox stands in for."""
    return [label for key, label in VENDOR_LABELS.items() if get_connection(key).sandbox]


def get_worker_standing() -> str:
    """Return "on", or "off" when the background work has not given a sign of life for a while."""
    return "on" if has_beaten(LEASE, within=WORKER_SILENCE) else "off"
