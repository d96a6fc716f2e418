"""Files come home: so many tasks at once as a machine has places, what is saved is kept, what was lost comes again."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jobs import lifecycle, saving, saving_rounds, sweep
from jobs.checks import check_downloads
from jobs.file_locks import hold_place
from jobs.files import open_file
from jobs.models import Project, State, Task
from jobs.vendors import client
from jobs.vendors.base import VendorError
from tests.factories import TaskFactory
from tests.integration.jobs.test_jobs_sweep import get_hints
from tests.integration.jobs.trip import make_due, run_to_saving, start_task
from tests.sandbox_process import SandboxProcess
from tests.stored import get_path

pytestmark = pytest.mark.django_db
RENDERS = {"camera_angles": ["front", "left"], "render_mode": "multi_angle", "image_count": 2, "resolution": "64x48"}


def get_save_hints() -> list[int]:
    return [args[0] for step, args in get_hints() if step == "save"]


def test_a_task_without_a_place_waits_and_costs_no_try(
    sandbox: SandboxProcess, project: Project, settings, django_assert_num_queries, django_capture_on_commit_callbacks
) -> None:
    settings.DOWNLOADS_AT_ONCE = 1
    first = run_to_saving(start_task(project, marker="first"))
    second = TaskFactory(project=project, state=State.SAVING)

    with hold_place(settings.DATA_DIR / "locks", "saving", limit=1), django_assert_num_queries(0):
        lifecycle.save(first.pk)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.save(first.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts) == (State.SUCCEEDED, 0)
    assert (second.state, second.attempts, second.lease_until) == (State.SAVING, 0, None)
    assert second.hinted_at is not None
    assert get_save_hints()[-1:] == [second.pk]


def test_the_sweep_hints_at_no_more_than_can_be_saved(settings) -> None:
    settings.DOWNLOADS_AT_ONCE = 2
    tasks = [TaskFactory(state=State.SAVING) for _ in range(5)]
    now = timezone.now()

    sweep.tend(now=now)
    sweep.tend(now=now)

    assert get_save_hints() == [task.pk for task in tasks[:4]]


@pytest.mark.parametrize(("at_once", "found"), [(1, []), (8, []), (0, ["jobs.E006"])])
def test_somebody_has_to_bring_results_home(at_once: int, found: list[str]) -> None:
    assert [problem.id for problem in check_downloads(at_once=at_once)] == found


@pytest.mark.parametrize(("workers", "at_once", "processes"), [(5, 8, 2), (3, 8, 1), (8, 2, 2), (9, 8, 6)])
def test_saving_leaves_processes_for_the_sweep_a_preview_and_what_is_sent(
    settings, workers: int, at_once: int, processes: int
) -> None:
    settings.DOWNLOADS_AT_ONCE = at_once
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": workers}

    assert saving_rounds.count_processes() == processes


def test_what_is_saved_is_not_fetched_again_when_a_later_file_breaks(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = run_to_saving(start_task(project, key="triverse.model-preview-render", params=RENDERS, marker="kept"))
    fetched: list[str] = []

    def break_at_third(url: str, target: Path, **options: Any) -> str:
        fetched.append(url)
        if len(fetched) == 3:
            raise VendorError("Triverse is not answering.", retryable=True, code="connection_lost")
        return download(url, target, **options)

    download = client.download
    monkeypatch.setattr(client, "download", break_at_third)

    lifecycle.save(task.pk)
    assert task.outputs.count() == 2
    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert (task.state, task.outputs.count()) == (State.SUCCEEDED, 4)
    assert len(fetched) == 5


@pytest.mark.parametrize("fault", ["not_found_once", "corrupt_download", "expired_url"])
def test_one_bad_answer_after_an_outage_ends_no_task(
    sandbox: SandboxProcess, project: Project, settings, fault: str
) -> None:
    task = run_to_saving(start_task(project, marker=f"after an outage: {fault}"))
    Task.objects.filter(pk=task.pk).update(attempts=40)  # each of them an answer that did not come
    sandbox.set_fault(fault)

    lifecycle.save(task.pk)
    task.refresh_from_db()

    assert task.state in (State.SAVING, State.RUNNING)
    assert task.attempts == 1


def test_a_refusal_of_a_file_is_told_and_has_an_end(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = run_to_saving(start_task(project, marker="refused"))
    monkeypatch.setattr(saving, "RESULT_MAX_BYTES", 10)
    monkeypatch.setattr(saving, "TRIES_MAX", 1)

    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.SAVING
    assert task.note.startswith("Triverse's file is larger than 0 MB. The task waits safely")
    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert (task.state, task.error_charged) == (State.EXPIRED, Task.Charged.YES)
    assert "stayed so" in task.error_what


def test_bytes_that_the_storage_lost_come_again_for_free(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="lost bytes"))
    lifecycle.save(task.pk)
    output = task.outputs.get()
    with open_file(output.sha256) as stream:
        before = stream.read()
    get_path(output.sha256).unlink()

    assert saving.fetch_again(output) is True

    with open_file(output.sha256) as stream:
        assert stream.read() == before
    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


def test_other_bytes_do_not_take_the_place_of_lost_ones(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="other bytes"))
    lifecycle.save(task.pk)
    output = task.outputs.get()
    output.sha256 = "0" * 64

    assert saving.fetch_again(output) is False

    assert not get_path(output.sha256).exists()
