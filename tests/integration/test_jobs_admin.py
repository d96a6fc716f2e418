"""The admin: every row can be looked at, and nothing in it writes a state."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from jobs.models import (
    Asset,
    Circuit,
    Lease,
    Membership,
    Project,
    State,
    Task,
    TaskEvent,
    UploadAttempt,
    User,
    VendorFile,
)
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskEventFactory, TaskFactory, TaskInputFactory, VendorFileFactory


@pytest.fixture
def task(project) -> Task:
    task = TaskFactory(
        project=project, state=State.RUNNING, params={"target_face_count": 4711}, answer={"status": "RUNNING"}
    )
    TaskEventFactory(task=task, text="Sent to Triverse.")
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="lantern"))
    AssetFactory(project=project, task=task, output_key="main")
    VendorFileFactory(asset__project=project)
    return task


TENDED = [Asset, Circuit, Lease, Membership, Project, Task, TaskEvent, UploadAttempt, User, VendorFile]


def test_all_that_is_tended_is_registered() -> None:
    registered = {model for model in apps.get_app_config("jobs").get_models() if model in admin.site._registry}

    assert registered == set(TENDED)


@pytest.mark.parametrize("model", TENDED, ids=lambda model: model.__name__)
def test_every_list_and_its_search_open(model, staff: User, task: Task) -> None:
    client = sign_in(staff)
    address = reverse(f"admin:jobs_{model._meta.model_name}_changelist")

    plain = client.get(address)
    searched = client.get(address, {"q": "lantern"} if admin.site._registry[model].search_fields else {})

    assert plain.status_code == 200
    assert searched.status_code == 200


@pytest.mark.parametrize("term", ["4711", "lantern", "Robots"])
def test_a_task_is_found_by_parameter_file_and_project(term: str, staff: User, task: Task) -> None:
    TaskFactory(order_id="another", params={})

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"q": term})

    assert [row.pk for row in page.context["cl"].result_list] == [task.pk]


@pytest.mark.parametrize(("choice", "states"), [("yes", ["running"]), ("attention", ["failed"]), ("no", ["failed"])])
def test_tasks_are_filtered_by_what_they_need(choice: str, states: list[str], staff: User, task: Task) -> None:
    TaskFactory(state=State.FAILED)

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"open": choice})

    assert [row.state for row in page.context["cl"].result_list] == states


def test_a_task_shows_its_timeline_and_answer(staff: User, task: Task) -> None:
    page = sign_in(staff).get(reverse("admin:jobs_task_change", args=[task.pk]))

    assert "Sent to Triverse." in page.text
    assert "&quot;status&quot;: &quot;RUNNING&quot;" in page.text


@pytest.mark.parametrize("action", ["change", "delete"])
def test_a_task_cannot_be_written_or_deleted(action: str, staff: User, task: Task) -> None:
    address = reverse(f"admin:jobs_task_{action}", args=[task.pk])

    answer = sign_in(staff).post(address, {"state": "succeeded", "post": "yes"})

    task.refresh_from_db()
    assert answer.status_code == 403
    assert task.state == State.RUNNING
    assert TaskEvent.objects.filter(task=task).count() == 1


def test_a_member_without_staff_rights_is_refused(owner: User, task: Task) -> None:
    answer = sign_in(owner).get(reverse("admin:jobs_task_changelist"))

    assert answer.status_code == 403
    assert "for the staff" in answer.content.decode()


FACES = {"key": "faces", "label": "Faces, ± 10%", "asked": 5000, "got": 7210, "met": False}


@pytest.mark.parametrize(("choice", "found"), [("missed", {"missed"}), ("met", {"met"}), ("none", {"none"})])
def test_tasks_are_filtered_by_the_verdict_on_their_outputs(choice: str, found: set[str], staff: User, project) -> None:
    for name, states in {"missed": ["met", "missed"], "met": ["met", ""], "none": [""]}.items():
        task = TaskFactory(project=project, state=State.SUCCEEDED, order_id=name)
        for number, state in enumerate(states):
            AssetFactory(project=project, task=task, output_key=str(number), verdict_state=state)

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"verdict": choice})

    assert {row.order_id for row in page.context["cl"].result_list} == found


def test_files_are_filtered_by_their_verdict(staff: User, project) -> None:
    missed = AssetFactory(project=project, verdict_state="missed")
    AssetFactory(project=project, verdict_state="met")

    page = sign_in(staff).get(reverse("admin:jobs_asset_changelist"), {"verdict_state__exact": "missed"})

    assert [row.pk for row in page.context["cl"].result_list] == [missed.pk]


def test_a_task_and_a_file_show_what_was_asked_and_what_came(staff: User, task: Task) -> None:
    output = task.outputs.get()
    Asset.objects.filter(pk=output.pk).update(verdict=[FACES], verdict_state="missed")

    pages = [
        sign_in(staff).get(reverse("admin:jobs_task_change", args=[task.pk])),
        sign_in(staff).get(reverse("admin:jobs_asset_change", args=[output.pk])),
    ]

    for page in pages:
        assert "Faces, ± 10%: asked 5000, got 7210 (differs)" in page.text
