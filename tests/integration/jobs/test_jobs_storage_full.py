"""No room on the disk: nothing is lost, the page says so, and it goes on when there is room again."""

import errno
from collections.abc import Iterator

import pytest

from jobs import lifecycle, previews
from jobs.files import StorageFull
from jobs.models import Asset, Project, State
from tests.integration.jobs.full_storage import FullStorage
from tests.integration.jobs.trip import make_due, run_to_saving, start_task, upload
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


@pytest.fixture
def disk(settings, sandbox: SandboxProcess) -> Iterator[type[FullStorage]]:
    """A storage with room; set `is_full` to take it away."""
    backend = f"{FullStorage.__module__}.{FullStorage.__qualname__}"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend}}
    FullStorage.is_full = False
    yield FullStorage
    FullStorage.is_full = True


@pytest.mark.parametrize(
    ("number", "text"), [(errno.ENOSPC, "There is no room"), (errno.EACCES, "The storage cannot be written")]
)
def test_a_task_waits_in_saving_until_the_storage_takes_its_files(
    disk: type[FullStorage], project: Project, monkeypatch: pytest.MonkeyPatch, number: int, text: str
) -> None:
    task = run_to_saving(start_task(project, marker=f"full {number}"))
    monkeypatch.setattr(disk, "error_number", number)
    disk.is_full = True

    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.SAVING
    assert task.note.startswith(text)
    assert "tried again at" in task.note
    lifecycle.save(make_due(task).pk)
    disk.is_full = False
    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert (task.state, task.note) == (State.SUCCEEDED, "")
    assert task.outputs.count() == 1
    notes = task.events.filter(kind="note", text__startswith=text)
    assert notes.count() == 1


def test_an_upload_without_room_stores_nothing(disk: type[FullStorage], project: Project) -> None:
    disk.is_full = True

    with pytest.raises(StorageFull):
        upload(project)

    assert not Asset.objects.exists()


def test_a_poster_without_room_is_made_later(disk: type[FullStorage], project: Project) -> None:
    params = {"camera_angles": ["front"], "render_mode": "multi_angle", "image_count": 1, "resolution": "64x48"}
    task = run_to_saving(start_task(project, key="triverse.model-preview-render", params=params))
    lifecycle.save(task.pk)
    picture = task.outputs.first()
    assert picture is not None
    disk.is_full = True

    lifecycle.preview(picture.pk)
    picture.refresh_from_db()
    assert (picture.preview, picture.poster_sha256) == (Asset.Preview.WAITING, "")
    disk.is_full = False
    Asset.objects.filter(pk=picture.pk).update(preview_next_at=picture.created_at)
    previews.make_preview(picture.pk)

    picture.refresh_from_db()
    assert (picture.preview, len(picture.poster_sha256)) == (Asset.Preview.READY, 64)
