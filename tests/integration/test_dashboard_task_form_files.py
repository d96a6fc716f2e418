"""Which files a form takes: of this project, not in the trash, however old; and what it says of others."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from jobs import projects
from jobs.models import Asset, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

REMESH = reverse("task-new", args=["robots", "triverse.model-remesh"])


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot", preview="ready")


@pytest.mark.parametrize("number", ["0", "-1", "999999999999999999999999", "x", "1" * 5000, ""])
def test_a_file_that_is_not_there_is_an_error_of_its_field(client: Client, model: Asset, number: str) -> None:
    shown = client.get(REMESH, {"model_file": number[:200]})
    sent = client.post(REMESH, {"model_file": number, "form_key": "key"})

    assert shown.status_code == 200
    assert sent.status_code == 422
    assert 'id="id_model_file-error"' in sent.content.decode()


def test_a_file_of_another_project_cannot_be_taken(client: Client, project: Project) -> None:
    foreign = AssetFactory(name="foreign robot")

    response = client.post(REMESH, {"model_file": foreign.pk, "form_key": "key"})

    assert response.status_code == 422
    assert "foreign robot" not in response.content.decode()
    assert not Task.objects.exists()


def test_a_file_in_the_trash_is_neither_offered_nor_taken(client: Client, model: Asset) -> None:
    projects.trash(model)

    response = client.post(REMESH, {"model_file": model.pk, "form_key": "key"})

    assert response.status_code == 422
    assert "robot (v1" not in client.get(REMESH).content.decode()


def test_an_old_file_is_offered_when_the_address_names_it(
    client: Client, model: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.pickers.PICKER_LIMIT", 1)
    AssetFactory(project=model.project, name="newer")

    page = client.get(REMESH, {"model_file": model.pk}).content.decode()

    assert f'<option value="{model.pk}" selected' in page


def test_a_project_without_models_offers_to_upload_one(client: Client, project: Project) -> None:
    page = client.get(REMESH).content.decode()

    assert "This project has no model yet" in " ".join(page.split())
    assert reverse("upload", args=["robots"]) in page


def test_run_again_comes_up_as_the_form_when_the_file_is_gone(client: Client, model: Asset) -> None:
    task = TaskFactory(project=model.project, state=State.FAILED, params={"face_type": "triangle"})
    TaskInputFactory(task=task, asset=model)
    projects.trash(model)

    response = client.post(reverse("task-again", args=[task.pk]), {"form_key": "key"})

    page = response.content.decode()
    assert response.status_code == 422
    assert f'action="{REMESH}"' in page
    assert re.search(r'name="face_type"\s+value="triangle"[^>]*checked', page)
    assert Task.objects.count() == 1
