"""The admin's pages for tending, in both themes and both widths: accessible, within the window, true to the policy."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs import circuit
from jobs.models import Project, State, Task, TaskEvent, User
from tests.browser.looking import THEMES, WIDTHS, Window, open_window
from tests.factories import TaskFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db(transaction=True)


def look(window: Window) -> list[str]:
    """Return what is wrong with the open page, in both themes and both widths."""
    problems = []
    for theme in THEMES:
        scheme: Any = theme
        window.page.emulate_media(color_scheme=scheme)
        window.page.reload()  # Django's own transitions would be caught in the middle
        problems += [f"{window.page.url} {theme}: {text}" for text in window.list_accessibility_problems()]
    for wide, high in reversed(WIDTHS.values()):
        window.page.set_viewport_size({"width": wide, "height": high})
        if (overflow_px := window.measure_overflow_px()) > 0:
            problems.append(f"{window.page.url} at {wide} px: wider than the window by {overflow_px} px")
    return problems


def test_staff_tend_a_task_on_pages_that_everybody_can_use(
    browser: Browser, live_server: LiveServer, project: Project, staff: User
) -> None:
    circuit.pause("meshy", actor=staff, reason="We wait for the new contract.")
    now = timezone.now()
    failed = TaskFactory(
        project=project,
        created_by=staff,
        state=State.FAILED,
        quoted_credits=8,
        sent_at=now - timedelta(minutes=3),
        error_what="The vendor could not finish it.",
        error_code="2010",
    )
    TaskEvent.objects.create(task=failed, kind="note", text="It failed.", data={"status": "FAILED"})
    store_shown_cube(project, task=failed, output_key="main")
    TaskFactory(project=project, state=State.SUCCEEDED, sent_at=now - timedelta(minutes=2))
    window = open_window(browser, live_server, staff)
    retry = f"{reverse('admin:jobs_task_retry')}?ids={failed.pk}"
    pages = [
        reverse("admin:index"),
        reverse("admin:jobs_task_changelist"),
        reverse("admin:jobs_task_change", args=[failed.pk]),
        reverse("admin:jobs_circuit_changelist"),
        reverse("admin:jobs_health"),
        reverse("admin:jobs_asset_changelist"),
        retry,
    ]

    problems: list[str] = []
    complaints: list[str] = []
    for address in pages:
        window.go(address)
        complaints += window.complaints
        problems += look(window)
        window.complaints.clear()  # axe itself writes styles that the policy refuses
    window.page.get_by_label("Why").fill("The vendor was down.")
    window.page.get_by_role("button", name="Retry: 1 task").click()

    expect(window.page.get_by_text("1 task started again.")).to_be_visible()
    assert problems == []
    assert complaints + window.complaints == []
    assert Task.objects.filter(form_key__startswith=f"retry-{failed.pk}-").count() == 1
