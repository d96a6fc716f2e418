"""The list of tasks in a real browser: it lives while tasks are chosen, and the tab's title lives with it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from jobs.models import Project, State, Task, User
from tests.browser.every_look import look_in_every_way
from tests.browser.looking import open_window
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_list_lives_while_tasks_are_chosen_and_says_when_it_cannot(
    browser: Browser, live_server: LiveServer, owner: User, project: Project
) -> None:
    model = AssetFactory(project=project, name="robot", preview="ready")
    tasks = [
        TaskFactory(project=project, created_by=owner, state=state, sent_at=timezone.now())
        for state in (State.FAILED, State.EXPIRED, State.RUNNING)
    ]
    for task in tasks:
        TaskInputFactory(task=task, asset=model)
    window = open_window(browser, live_server, owner)
    page = window.page

    window.go("/tasks/?vendor=triverse")
    tick = page.locator(f"#choose-{tasks[0].pk}")
    tick.check()
    expect(page).to_have_title(re.compile(r"^\(2 need you, 1 running\) My tasks"))
    expect(page.locator(".choose-count")).to_have_text("1 chosen")
    assert look_in_every_way(window) == []
    page.set_viewport_size({"width": 1440, "height": 900})

    Task.objects.filter(pk=tasks[2].pk).update(state=State.SUCCEEDED)
    expect(page.locator("#group-done")).to_be_visible(timeout=20_000)
    expect(tick).to_be_checked()
    expect(page).to_have_title(re.compile(r"^\(2 need you\) My tasks"), timeout=20_000)
    expect(page.locator("#running-count-side")).to_be_hidden()

    page.locator(".choose-bar").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#toasts")).to_contain_text("1 task dismissed.")
    expect(page).to_have_url(re.compile(r"/tasks/\?vendor=triverse$"))
    expect(page.locator("#group-attention tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#group-attention tbody tr")).to_have_count(2)

    page.get_by_label("Choose all of Needs attention").check()
    page.get_by_role("button", name="Run again…").click()
    expect(page.get_by_role("heading", name="2 new tasks")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Run 2 again")).click()
    expect(page.locator("#toasts")).to_contain_text("2 tasks started again.")
    expect(page.locator("#group-running tbody tr")).to_have_count(2)
    assert window.complaints == []

    page.context.set_offline(True)
    note = page.locator(".connection-note")
    expect(note).to_contain_text("Reconnecting…", timeout=20_000)
    page.context.set_offline(False)
    expect(note).to_have_count(0, timeout=20_000)
