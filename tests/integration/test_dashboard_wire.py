"""The part Request of a task's page: code that runs in three languages, the answer, and why either is missing."""

import html
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Project, State, Task, User
from jobs.vendors import OPERATIONS
from tests.conftest import sign_in
from tests.factories import TaskFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

KEY = "a-key-that-nobody-may-see"
REQUEST = {"method": "POST", "path": "/tasks/model-remesh", "body": {"face_type": "<b>", "target_face_count": 5000}}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def look(client: Client, project: Project, state: str = State.SUCCEEDED, **columns: Any) -> str:
    task: Task = TaskFactory(project=project, state=state, **columns)
    return cut(client.get(reverse("task", args=[task.pk])).content.decode(), "task-wire")


def test_the_request_is_code_in_three_languages_each_with_a_copy_button(client: Client, project: Project) -> None:
    part = look(client, project, request=REQUEST)

    for name in ("curl", "javascript", "python"):
        code = re.search(rf'<pre id="wire-request-{name}"[^>]*>(.*?)</pre>', part)
        assert code is not None
        assert "/tasks/model-remesh" in code[1]
        assert "&lt;b&gt;" in code[1]
        assert "5000" in code[1]
        assert f'data-copy="wire-request-{name}"' in part
    assert "<b>POST</b> /tasks/model-remesh" in part


def test_the_key_is_a_variable_and_never_itself(client: Client, project: Project, settings: Any) -> None:
    settings.TRIVERSE_API_KEY = KEY

    part = html.unescape(look(client, project, request=REQUEST))

    assert part.count("TRIVERSE_API_KEY") >= 3
    assert KEY not in part


def test_a_short_answer_is_open_and_a_long_one_folded(client: Client, project: Project) -> None:
    short = look(client, project, request=REQUEST, answer={"code": 0})
    long = look(client, project, request=REQUEST, answer={f"field{number}": number for number in range(40)})

    assert re.search(r'<details id="wire-answer" open>', short)
    assert re.search(r'<details id="wire-answer">', long)
    assert "&quot;code&quot;: 0" in short
    assert 'data-copy="answer-json"' in short


def test_the_vendors_page_is_linked_with_the_day_it_was_read(client: Client, project: Project) -> None:
    operation = OPERATIONS["triverse.model-remesh"]

    part = look(client, project)

    assert f'href="{operation.docs_url}"' in part
    assert operation.checked_on == date(2026, 11, 21)
    assert "read on 21 November 2026" in part


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"state": State.QUEUED}, "It has not been sent yet."),
        ({"state": State.CANCELED}, "It was never sent."),
        ({"state": State.RUNNING, "is_imported": True}, "elsewhere with the same Triverse account"),
    ],
)
def test_a_task_without_a_request_says_why(client: Client, project: Project, columns: Any, told: str) -> None:
    part = look(client, project, **columns)

    assert told in part
    assert "snippets" not in part
    assert "Triverse has not answered" in part


def test_an_answer_that_cannot_be_shown_is_not_called_missing(client: Client, project: Project) -> None:
    request = {"method": "POST", "path": "/flows/convert", "body": {}}
    part = look(client, project, state=State.FAILED, request=request, error_code="502")

    assert "has not answered" not in part
    assert "held nothing that can be shown" in part
