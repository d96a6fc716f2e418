"""What lies in the trash is not sent to a vendor."""

import pytest

from jobs import projects
from jobs.lifecycle import submit
from jobs.models import State, Task, TaskInput
from tests.factories import AssetFactory, TaskFactory


@pytest.mark.django_db
@pytest.mark.parametrize("trashed", ["project", "asset"])
def test_a_queued_task_of_what_is_in_the_trash_is_given_up(trashed: str) -> None:
    task = TaskFactory()
    asset = AssetFactory(project=task.project)
    TaskInput.objects.create(task=task, asset=asset, field="model_file")
    projects.trash(task.project if trashed == "project" else asset)

    submit(task.pk)

    task = Task.objects.get(pk=task.pk)
    assert task.state == State.CANCELED
    assert task.error_charged == Task.Charged.NO
    assert task.sent_at is None
