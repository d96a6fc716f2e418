"""Improve prompt: words beside a prompt's field become a task, once, and come back to be taken or left."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jobs.models import Membership, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import TaskFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
IMPROVER = "triverse.prompt-optimize"
GENERATION = "triverse.image-generation"
TARGET = f"?for={GENERATION}&field=prompt"
BEFORE = "a worn leather ball"
AFTER = "A worn leather ball, cracked brown leather with <stitches>, soft studio light"


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def ask(
    client: Client, words: str, *, target: str = TARGET, form_key: str = "this-form", **headers: str
) -> HttpResponse:
    data = {"prompt": words, "form_key": form_key, "image_count": "4"}
    return client.post(reverse("prompt-improve", args=["robots"]) + target, data, headers=HTMX | headers)


def make_task(project: Project, state: str = State.SUCCEEDED, **columns: Any) -> Task:
    made = {"operation": IMPROVER, "params": {"user_input": BEFORE}, "state": state, **columns}
    return TaskFactory(project=project, **made)


def look(client: Client, task: Task, *, target: str = TARGET) -> str:
    return client.get(reverse("prompt-improved", args=[task.pk]) + target, headers=HTMX).content.decode()


def test_the_words_go_out_as_a_task_of_the_project_with_its_own_history(
    client: Client, project: Project, editor: User
) -> None:
    response = ask(client, BEFORE)

    task = Task.objects.get()
    assert (task.operation, task.project, task.created_by) == (IMPROVER, project, editor)
    assert task.params["user_input"] == BEFORE
    assert task.events.count() == 1
    assert f'hx-get="{reverse("prompt-improved", args=[task.pk])}' in response.content.decode()


def test_a_double_click_makes_one_task(client: Client, project: Project) -> None:
    ask(client, BEFORE)
    ask(client, f" {BEFORE} ")

    assert Task.objects.count() == 1


def test_other_words_or_another_form_make_another_task(client: Client, project: Project) -> None:
    ask(client, BEFORE)
    ask(client, "a rusty robot")
    ask(client, BEFORE, form_key="another-form")

    assert Task.objects.count() == 3


def test_after_a_failure_the_same_words_are_tried_anew(client: Client, project: Project) -> None:
    ask(client, BEFORE)
    Task.objects.update(state=State.FAILED)

    ask(client, BEFORE)
    ask(client, BEFORE)

    assert sorted(Task.objects.values_list("state", flat=True)) == ["failed", "queued"]


@pytest.mark.parametrize(
    ("words", "told"), [("  ", "Write a few words first"), ("x" * 501, "at most 500 characters, and these are 501")]
)
def test_what_the_vendor_would_refuse_is_told_and_not_sent(
    client: Client, project: Project, words: str, told: str
) -> None:
    response = ask(client, words)

    assert response.status_code == 422
    assert told in response.content.decode()
    assert not Task.objects.exists()


@pytest.mark.parametrize("target", ["", "?for=nothing&field=prompt", f"?for={GENERATION}&field=image_count"])
def test_only_a_prompt_of_the_catalogue_is_improved(client: Client, project: Project, target: str) -> None:
    task = make_task(project)

    assert ask(client, BEFORE, target=target).status_code == 404
    assert client.get(reverse("prompt-improved", args=[task.pk]) + target, headers=HTMX).status_code == 404


def test_before_and_after_lie_side_by_side_with_what_was_kept(client: Client, project: Project, settings: Any) -> None:
    settings.TRIVERSE_API_KEY = "key"

    part = look(client, make_task(project, result_text=AFTER, charged_credits=1))

    after = re.search(r'id="improved-prompt-after"[^>]*>(.*?)</p>', part)
    assert re.search(r'id="improved-prompt-before"[^>]*>a worn leather ball</p>', part)
    assert after is not None
    assert after[1].startswith("<b>A</b> <b>worn</b> <b>leather</b> <b>ball</b>, cracked")
    assert "&lt;stitches&gt;" in after[1]
    assert re.sub(r"</?b>", "", after[1]).replace("&lt;", "<").replace("&gt;", ">") == AFTER
    assert "1 credit" in part
    assert "19 characters" in part
    assert f"{len(AFTER)} characters" in part
    assert "hx-trigger" not in part


def test_too_many_characters_are_told_and_nothing_is_cut(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = make_task(project, result_text=AFTER)
    monkeypatch.setattr("dashboard.words.get_limit", lambda operation, name: 70)

    part = look(client, task)

    assert f"{len(AFTER) - 70} characters more than this field takes" in " ".join(part.split())
    assert "studio light" in part


def test_a_failure_says_what_happened_and_leaves_the_words(client: Client, project: Project) -> None:
    failed = {"error_what": "Triverse is <full>.", "error_charged": "no", "error_now": "Try later."}
    part = look(client, make_task(project, State.FAILED, **failed))
    without_words = look(client, make_task(project))

    assert "Your words were not improved" in part
    assert "Triverse is &lt;full&gt;." in part
    assert "Not charged. Try later." in " ".join(part.split())
    assert "No words came back" in without_words
    assert "data-improved-use" not in part + without_words


@pytest.mark.parametrize("state", ["queued", "waiting", "running"])
def test_while_it_runs_the_fragment_asks_for_itself(client: Client, project: Project, state: str) -> None:
    task = make_task(project, state)

    part = look(client, task)

    assert 'hx-trigger="every 1s"' in part
    assert "field=prompt" in part


def test_a_browser_without_script_is_led_to_the_tasks_page(client: Client, project: Project) -> None:
    task = make_task(project)

    response = client.get(reverse("prompt-improved", args=[task.pk]) + TARGET)

    assert response["Location"] == reverse("task", args=[task.pk])


def test_a_prompt_has_the_button_and_says_what_it_costs(client: Client, project: Project, settings: Any) -> None:
    address = reverse("task-new", args=["robots", GENERATION])
    in_sandbox = client.get(address, {"prompt": "red & old"}).content.decode()
    settings.TRIVERSE_API_KEY = "key"
    with_key = client.get(address).content.decode()

    assert "by the sandbox, no credits" in in_sandbox
    assert "costs credits at Triverse" in with_key
    assert f'href="{reverse("task-new", args=["robots", IMPROVER])}?user_input=red%20%26%20old"' in in_sandbox
    assert f"{reverse('prompt-improve', args=['robots'])}?for={GENERATION}&amp;field=prompt" in in_sandbox


def test_the_improvers_own_form_has_no_button(client: Client, project: Project) -> None:
    page = client.get(reverse("task-new", args=["robots", IMPROVER])).content.decode()

    assert "prompt-improve" not in page
    assert "/improve/" not in page


# --- Who may


def test_a_stranger_neither_sends_nor_sees_words(stranger: User, project: Project) -> None:
    task, client = make_task(project, result_text=AFTER), sign_in(stranger)

    assert ask(client, BEFORE).status_code == 404
    assert client.get(reverse("prompt-improved", args=[task.pk]) + TARGET, headers=HTMX).status_code == 404
    assert Task.objects.count() == 1


def test_who_may_not_spend_sends_nothing(viewer: User, editor: User, project: Project) -> None:
    Membership.objects.filter(user=editor).update(may_spend=False)

    assert [ask(sign_in(user), BEFORE).status_code for user in (viewer, editor)] == [403, 403]
    assert not Task.objects.exists()


# --- The page of the task


def test_the_tasks_page_shows_both_and_where_the_words_can_go(client: Client, project: Project) -> None:
    task = make_task(project, result_text=AFTER)

    part = cut(client.get(reverse("task", args=[task.pk])).content.decode(), "task-words")

    assert 'data-copy="words-before"' in part
    assert 'data-copy="words-after"' in part
    assert f'{reverse("task-new", args=["robots", GENERATION])}?words={task.pk}"' in part
    assert f"{reverse('task-new', args=['robots', IMPROVER])}?words=" not in part


def test_the_words_stand_in_the_form_that_they_lead_to(client: Client, project: Project) -> None:
    task = make_task(project, result_text=AFTER)

    form = client.get(reverse("task-new", args=["robots", GENERATION]), {"words": task.pk}).context["form"]

    assert form["prompt"].value() == AFTER


def test_the_words_of_another_project_are_not_brought_along(stranger: User, project: Project) -> None:
    task = make_task(project, result_text=AFTER)
    own = Project.objects.create(name="Own", slug="own")
    own.memberships.create(user=stranger, role=Membership.Role.OWNER)

    response = sign_in(stranger).get(reverse("task-new", args=["own", GENERATION]), {"words": task.pk})

    assert response.status_code == 404


def test_words_that_are_awaited_have_their_place(client: Client, project: Project) -> None:
    page = client.get(reverse("task", args=[make_task(project, State.RUNNING).pk])).content.decode()

    assert "The improved words appear here." in cut(page, "task-words")
    assert "task-words" not in client.get(reverse("task", args=[TaskFactory(project=project).pk])).content.decode()
