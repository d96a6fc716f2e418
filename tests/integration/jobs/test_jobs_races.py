"""Many at once, on real connections: one wish is one task, one task is sent once, a limit is a limit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import run_stack
from tests.worker_process import WorkerProcess

# Each of AT_ONCE threads waits for the others and then does the same thing on a connection of its own.
RACES = """
import json, threading
from concurrent.futures import ThreadPoolExecutor
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from jobs import claims, lifecycle, saving_rounds, sharing, turns
from jobs.models import State, Task
from jobs.repeats import StartedBefore
from jobs.vendors import OPERATIONS
from tests.factories import AssetFactory, ProjectFactory, TaskFactory, UserFactory

AT_ONCE = 8
settings.CONCURRENT_TASKS = {"triverse": 3, "meshy": 0}
project, user = ProjectFactory(), UserFactory()
model = AssetFactory(project=project)

def race(do):
    ready = threading.Barrier(AT_ONCE)

    def run(number):
        try:
            connection.ensure_connection()
            ready.wait()
            return do(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))

def click(tab):
    try:
        return lifecycle.create_task(
            project=project,
            user=user,
            operation=OPERATIONS["triverse.model-remesh"],
            params={"face_type": "quad"},
            assets={"model_file": model},
            form_key=tab,
            repeats_after=0,
        ).pk
    except StartedBefore as before:
        return before.task.pk

found = {}
found["double click"] = race(lambda number: click("one tab"))
Task.objects.all().delete()
found["tabs"] = race(lambda number: click(f"tab {number}"))
found["rows"] = Task.objects.count()
Task.objects.all().delete()
one = TaskFactory(project=project)
found["claimed"] = race(lambda number: turns.take_turn(one.pk, lease_s=60) is not None)
Task.objects.all().delete()
many = [TaskFactory(project=project).pk for _ in range(AT_ONCE)]
found["sent"] = race(lambda number: turns.take_turn(many[number], lease_s=60) is not None)
found["in line"] = turns.get_line("triverse").count()
Task.objects.filter(state=State.SUBMITTING).delete()
race(lambda number: turns.wake("triverse", is_place_free=True))
found["woken"] = turns.get_line("triverse", turns.WOKEN).count()
Task.objects.all().delete()
lost = [TaskFactory(project=project, state=State.UNKNOWN) for _ in range(AT_ONCE)]
found["adopted"] = race(lambda number: lifecycle.adopt_task(lost[number], remote_id="r-1", actor=None))
Task.objects.all().delete()
link = sharing.create_link(project=project, user=user, scope="gallery", wish=sharing.Wish(password="open sesame"))

def guess(number):
    return sharing.try_password(link, f"guess {number}", address="192.0.2.7", now=timezone.now())

found["guessed"] = race(guess)

meeting, saved = threading.Barrier(3), []

def save(pk):
    meeting.wait(timeout=30)  # three at once, or never
    saved.append(pk)
    return Task.objects.filter(pk=pk).update(state=State.SUCCEEDED) == 1

saving_rounds.take_and_save = save
settings.DOWNLOADS_AT_ONCE = 6  # three for each of two processes
unsaved = [TaskFactory(project=project, state=State.SAVING).pk for _ in range(6)]
saving_rounds.save(unsaved[0])
found["saved"], found["unsaved"] = saved, unsaved
print(json.dumps(found))
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with run_stack(request.param) as environment:
        folder: Path = tmp_path_factory.mktemp(f"races-{request.param}")
        yield json.loads(WorkerProcess(folder / "data", **environment).migrate().run_python(RACES))


def test_a_double_click_and_two_tabs_are_one_task(found: dict[str, Any]) -> None:
    assert len(set(found["double click"])) == 1
    assert len(set(found["tabs"])) == 1
    assert found["rows"] == 1


def test_one_task_is_taken_once(found: dict[str, Any]) -> None:
    assert sum(found["claimed"]) == 1


def test_many_guesses_at_once_get_no_more_tries_than_one_after_the_other(found: dict[str, Any]) -> None:
    assert sorted(found["guessed"]) == ["wait"] * 3 + ["wrong"] * 5


def test_a_limit_holds_and_so_many_are_woken_as_there_are_places(found: dict[str, Any]) -> None:
    assert (sum(found["sent"]), found["in line"], found["woken"]) == (3, 5, 3)


def test_one_task_of_the_vendor_is_adopted_once(found: dict[str, Any]) -> None:
    assert sum(found["adopted"]) == 1


def test_files_of_several_tasks_come_home_side_by_side_each_once(found: dict[str, Any]) -> None:
    assert sorted(found["saved"]) == found["unsaved"]
