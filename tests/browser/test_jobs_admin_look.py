"""Tending in a real browser: what staff do is asked about first, and the page keeps to the policy."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Project, State, Task, User
from tests.browser.looking import open_window
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_retry_a_task_once_they_have_said_why(
    browser: Browser, live_server: LiveServer, project: Project, staff: User
) -> None:
    failed = TaskFactory(project=project, created_by=staff, state=State.FAILED, quoted_credits=8)
    window = open_window(browser, live_server, staff)
    window.go(f"{reverse('admin:jobs_task_retry')}?ids={failed.pk}")
    window.page.get_by_label("Why").fill("The vendor was down.")
    window.page.get_by_role("button", name="Retry: 1 task").click()

    expect(window.page.get_by_text("1 task started again.")).to_be_visible()
    assert window.complaints == []
    assert Task.objects.filter(form_key__startswith=f"retry-{failed.pk}-").count() == 1
