"""One wish is one task: two tabs and buttons pressed again are asked about, not obeyed."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Asset, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory

pytestmark = pytest.mark.django_db
ADDRESS = reverse("task-new", args=["robots", "triverse.model-remesh"])


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot")


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def load_tab(client: Client) -> str:
    """Return the key of a form that was loaded by itself."""
    page = client.get(ADDRESS).content.decode()
    found = re.search(r'name="form_key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: Client, tab: str, model: Asset, **values: object) -> HttpResponse:
    said = {"form_key": tab, "model_file": model.pk, "face_type": "triangle", "target_face_count": 5000}
    return client.post(ADDRESS, {**said, **values})  # type: ignore[return-value]


def test_the_same_from_another_tab_is_asked_about_and_stays_one_task(client: Client, model: Asset) -> None:
    tabs = [load_tab(client), load_tab(client)]
    send(client, tabs[0], model)
    task = Task.objects.get()
    Task.objects.update(created_at=timezone.now() - timedelta(seconds=8))

    answer = send(client, tabs[1], model)

    page = answer.content.decode()
    assert (answer.status_code, Task.objects.count()) == (409, 1)
    assert "The same request ran 8 seconds ago and is still on its way." in page
    assert f'<a href="{reverse("task", args=[task.pk])}">task {task.pk}</a>' in page
    assert re.search(rf'name="once_more"\s+value="{task.pk}"', page)
    assert f'name="form_key" value="{tabs[1]}"' in page


def test_started_once_more_it_is_two_however_often_that_is_pressed(client: Client, model: Asset) -> None:
    tabs = [load_tab(client) for _ in range(3)]
    send(client, tabs[0], model)
    first = Task.objects.get()

    for _ in range(2):
        assert send(client, tabs[1], model, once_more=first.pk).status_code == 302
    assert Task.objects.count() == 2

    assert send(client, tabs[2], model, once_more=first.pk).status_code == 409  # it was asked before the second one
    assert Task.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [{"state": State.FAILED}, {"state": State.CANCELED}, {"created_at": timezone.now() - timedelta(minutes=3)}],
    ids=["failed", "given-up", "long-ago"],
)
def test_what_ended_badly_or_long_ago_is_started_again_unasked(
    client: Client, model: Asset, change: dict[str, object]
) -> None:
    send(client, load_tab(client), model)
    Task.objects.update(**change)

    assert send(client, load_tab(client), model).status_code == 302

    assert Task.objects.count() == 2


def test_other_values_other_files_and_other_people_are_not_the_same(
    client: Client, model: Asset, project: Project
) -> None:
    send(client, load_tab(client), model)
    other = sign_in(MembershipFactory(project=project).user)

    send(client, load_tab(client), model, target_face_count=6000)
    send(client, load_tab(client), AssetFactory(project=project))
    send(other, load_tab(other), model)

    assert Task.objects.count() == 4


def test_the_same_bytes_under_another_name_are_the_same(client: Client, model: Asset, project: Project) -> None:
    send(client, load_tab(client), model)

    twin = AssetFactory(project=project, name="copy", sha256=model.sha256)

    assert send(client, load_tab(client), twin).status_code == 409


def test_run_again_in_two_tabs_runs_once(client: Client, model: Asset) -> None:
    send(client, load_tab(client), model)
    first = Task.objects.get()
    Task.objects.update(state=State.SUCCEEDED, remote_id="r")
    address = reverse("task-again", args=[first.pk])

    assert client.post(address, {"form_key": "tab-1"}).status_code == 302  # a done task, and a click that names it
    answer = client.post(address, {"form_key": "tab-2"})

    assert (answer.status_code, Task.objects.count()) == (409, 2)
    assert f'action="{ADDRESS}"' in answer.content.decode()


def test_the_price_of_equal_tasks_is_told(client: Client, model: Asset) -> None:
    send(client, load_tab(client), model)
    assert "for its price again" in send(client, load_tab(client), model).content.decode()

    Task.objects.update(quoted_credits=20)

    assert "Run again anyway, 20 credits" in send(client, load_tab(client), model).content.decode()


def test_a_tasks_correction_does_not_make_it_another_request(client: Client, project: Project) -> None:
    """UVs that cannot be kept are not asked for: the row was changed before it was sent."""
    model = AssetFactory(project=project, facts={})
    address = reverse("task-new", args=["robots", "meshy.retexture"])
    values = {"model_url": model.pk, "text_style_prompt": "oak", "enable_original_uv": "on"}
    client.post(address, {**values, "form_key": "a"})
    task = Task.objects.get()
    task.params = {**task.params, "enable_original_uv": False}
    task.save()
    label = task.spec.fields["enable_original_uv"].label
    task.add_note(f"{label}: the model has none.")

    assert client.post(address, {**values, "form_key": "b"}).status_code == 409


def test_what_failed_has_been_seen_to_when_it_runs_again(client: Client, model: Asset) -> None:
    send(client, load_tab(client), model)
    failed = Task.objects.get()
    Task.objects.update(state=State.FAILED)

    client.post(reverse("task-again", args=[failed.pk]))

    failed.refresh_from_db()
    assert failed.group == "done"
    assert failed.dismissed_by.username == "editor"
