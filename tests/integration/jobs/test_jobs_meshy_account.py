"""What an account has at Meshy: its list, any task by its ID, bringing tasks in, deleting them there."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from jobs import importing, lifecycle, remote_tasks
from jobs.models import Asset, Project, State, Task, User
from jobs.vendors import get_vendor
from jobs.vendors.base import VendorError
from jobs.vendors.paging import read_list
from tests.factories import ProjectFactory, TaskFactory
from tests.integration.jobs.meshy_trip import PROMPT, list_there, start_retexture
from tests.integration.jobs.trip import follow, get_states, run_to_saving
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made_elsewhere(project: Project, meshy: SandboxProcess) -> str:
    """The ID of a finished task of the account that we know nothing of."""
    task = run_to_saving(start_retexture(project, enable_pbr=True))
    Task.objects.filter(pk=task.pk).delete()
    return task.remote_id or ""


def save(task: Task) -> Task:
    lifecycle.save(task.pk)
    task.refresh_from_db()
    return task


def test_the_list_is_paged_newest_first_and_knows_ours(project: Project, meshy: SandboxProcess, made_elsewhere: str):
    ours = run_to_saving(start_retexture(project))

    first = remote_tasks.list_remote("meshy", page=1, page_size=1)
    second = remote_tasks.list_remote("meshy", page=2, page_size=1)
    third = remote_tasks.list_remote("meshy", page=3, page_size=1)

    assert [(item.remote_id, item.task) for item in first.items] == [(ours.remote_id, ours)]
    assert [(item.remote_id, item.task) for item in second.items] == [(made_elsewhere, None)]
    assert first.has_next
    assert not third.items
    assert not third.has_next


@pytest.mark.parametrize("profile", ["current", "seed"])
def test_a_task_is_listed_found_and_deleted_in_both_ages(
    project: Project, meshy: SandboxProcess, settings: Settings, profile: str
) -> None:
    settings.MESHY_PROFILE = profile
    meshy.change_settings(profile=profile)
    ours = save(run_to_saving(start_retexture(project)))

    (listed,) = remote_tasks.list_remote("meshy", page=1).items
    found = remote_tasks.find_remote("meshy", ours.remote_id or "")
    lifecycle.delete_at_vendor(ours, actor=None)

    assert replace(listed, thumbnail_url="") == replace(found, thumbnail_url="")  # signed anew, each second otherwise
    assert listed.thumbnail_url.partition("?")[0] == found.thumbnail_url.partition("?")[0]
    assert (found.task, found.operation, found.state, found.prompt) == (ours, "meshy.retexture", "done", PROMPT)
    assert list_there() == set()


def test_any_task_is_found_by_its_id(meshy: SandboxProcess, made_elsewhere: str) -> None:
    found = remote_tasks.find_remote("meshy", f" {made_elsewhere}\n")

    assert (found.operation, found.state, found.word, found.progress_percent) == (
        "meshy.retexture",
        "done",
        "SUCCEEDED",
        100,
    )
    assert found.prompt == PROMPT
    assert found.task is None
    assert isinstance(found.created_at, datetime)
    assert found.expires_at > found.finished_at > found.created_at
    assert abs(found.created_at - timezone.now()) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "remote_id", ["", "  ", "x" * 101, "a\0b", "01900000-0000-7000-8000-000000000000", "../balance"]
)
def test_what_is_no_id_of_the_account_is_not_there(meshy: SandboxProcess, remote_id: str) -> None:
    with pytest.raises(VendorError) as caught:
        remote_tasks.find_remote("meshy", remote_id)

    assert caught.value.is_gone


@pytest.mark.parametrize("profile", ["current", "seed"])
def test_a_task_made_elsewhere_is_brought_in_with_its_files(
    project: Project, owner: User, meshy: SandboxProcess, settings: Settings, made_elsewhere: str, profile: str
) -> None:
    settings.MESHY_PROFILE = profile
    meshy.change_settings(profile=profile)
    task = importing.import_task(project=project, user=owner, vendor="meshy", remote_id=made_elsewhere)
    again = importing.import_task(project=ProjectFactory(), user=None, vendor="meshy", remote_id=made_elsewhere)
    save(task)

    assert again.pk == task.pk
    assert (task.state, task.is_imported, task.request) == (State.SUCCEEDED, True, None)
    assert get_states(task) == ["running", "saving", "succeeded"]
    assert task.params["text_style_prompt"] == PROMPT
    assert {asset.created_by for asset in task.outputs.all()} == {owner}
    assert task.outputs.filter(kind=Asset.Kind.MODEL, format="glb").exists()


def test_a_running_task_that_is_brought_in_is_followed(project: Project, meshy: SandboxProcess) -> None:
    meshy.set_fault("takes", value=1)
    first = start_retexture(project)
    lifecycle.submit(first.pk)
    first.refresh_from_db()
    remote_id = first.remote_id or ""
    Task.objects.filter(pk=first.pk).delete()

    task = importing.import_task(project=project, user=None, vendor="meshy", remote_id=remote_id)
    assert task.state in (State.WAITING, State.RUNNING)
    follow(task, until=State.SAVING)

    assert save(task).state == State.SUCCEEDED


def test_a_failed_task_is_brought_in_with_its_reason(project: Project, meshy: SandboxProcess) -> None:
    meshy.set_fault("task_error_moderation_blocked")
    first = start_retexture(project)
    lifecycle.submit(first.pk)
    follow(first, until=State.FAILED)
    Task.objects.filter(pk=first.pk).delete()

    task = importing.import_task(project=project, user=None, vendor="meshy", remote_id=first.remote_id or "")

    assert task.state == State.FAILED
    assert "content check" in task.error_what


def test_of_another_account_nothing_is_brought_in(
    project: Project, meshy: SandboxProcess, settings: Settings, made_elsewhere: str
) -> None:
    settings.MESHY_API_KEY = "another-account"
    with pytest.raises(VendorError, match="does not know this task"):
        importing.import_task(project=project, user=None, vendor="meshy", remote_id=made_elsewhere)


def test_a_running_task_ends_by_being_deleted_there(project: Project, owner: User, meshy: SandboxProcess) -> None:
    meshy.set_fault("never_ending")
    task = start_retexture(project)
    lifecycle.submit(task.pk)
    task.refresh_from_db()

    lifecycle.delete_at_vendor(task, actor=owner)

    task.refresh_from_db()
    assert (task.state, task.error_charged) == (State.CANCELED, Task.Charged.UNKNOWN)
    assert "does not say whether credits come back" in task.error_now
    assert task.deleted_at_vendor_at is not None
    assert task.events.latest("pk").actor == owner
    assert list_there() == set()


def test_a_finished_task_keeps_its_state_and_files_here(project: Project, meshy: SandboxProcess) -> None:
    task = save(run_to_saving(start_retexture(project)))

    lifecycle.delete_at_vendor(task, actor=None)
    lifecycle.delete_at_vendor(task, actor=None)  # gone is gone

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
    assert task.deleted_at_vendor_at is not None
    assert task.outputs.count() == 2
    assert list_there() == set()


def test_what_has_just_finished_is_saved_before_it_can_be_deleted(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_saving(start_retexture(project))
    with pytest.raises(VendorError, match="not saved yet"):
        lifecycle.delete_at_vendor(task, actor=None)
    Task.objects.filter(pk=task.pk).update(state=State.RUNNING)
    task.refresh_from_db()

    with pytest.raises(VendorError, match="just finished"):
        lifecycle.delete_at_vendor(task, actor=None)

    task.refresh_from_db()
    assert task.state == State.SAVING
    assert list_there() == {task.remote_id}


def test_what_the_sweep_saves_meanwhile_is_not_deleted(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_saving(start_retexture(project))
    task.state = State.RUNNING  # as the page read it, a moment before

    with pytest.raises(VendorError, match="just finished"):
        lifecycle.delete_at_vendor(task, actor=None)

    assert list_there() == {task.remote_id}


def test_two_who_adopt_the_same_task_at_once_are_no_failure(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    TaskFactory(project=project, operation="meshy.retexture", state=State.RUNNING, remote_id="taken")
    late = TaskFactory(project=project, operation="meshy.retexture", state=State.UNKNOWN)
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # it was looked at before the other one wrote

    assert not lifecycle.adopt_task(late, remote_id="taken", actor=None)


def test_a_vendor_that_does_not_delete_keeps_the_task_as_it_is(project: Project, meshy: SandboxProcess) -> None:
    task = save(run_to_saving(start_retexture(project)))
    meshy.set_fault("unauthorized", on=["delete"])

    with pytest.raises(VendorError, match="refuses the key"):
        lifecycle.delete_at_vendor(task, actor=None)

    task.refresh_from_db()
    assert task.deleted_at_vendor_at is None


def test_triverse_has_no_list_and_deletes_nothing(project: Project, sandbox: SandboxProcess) -> None:
    with get_vendor("triverse") as client:
        assert not client.lists
        assert not client.deletes
        assert not client.streams
    with pytest.raises(VendorError, match="no list of tasks"):
        remote_tasks.list_remote("triverse", page=1)
    with pytest.raises(VendorError, match="cannot delete"):
        lifecycle.delete_at_vendor(TaskFactory(project=project, state=State.SUCCEEDED), actor=None)


def test_a_list_is_read_over_its_pages(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.vendors.paging.PAGE_SIZE", 2)
    tasks = [start_retexture(project) for _ in range(3)]
    for task in tasks:
        lifecycle.submit(task.pk)
        task.refresh_from_db()
    ids = [task.remote_id or "" for task in tasks]

    with get_vendor("meshy") as client:
        assert list(read_list(client).items) == ids[::-1]
        assert list(read_list(client, wanted=ids[2:]).items) == ids[:0:-1]
        assert not read_list(client, pages_max=1).is_complete
        assert read_list(client, back_to=timezone.now() + timedelta(minutes=1), pages_max=1).is_complete
