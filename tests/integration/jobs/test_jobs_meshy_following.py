"""How tasks at Meshy are followed: a few by streams, many by the list, the rest one by one; and what breaks each."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from jobs import lifecycle, pacing, polling, streaming
from jobs.models import Project, State, Task
from jobs.vendors.base import Page
from jobs.vendors.meshy import Meshy
from tests.integration.jobs.meshy_trip import start_retexture, upload_model
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is asked of the vendor."""
    counted: Counter[str] = Counter()
    for name in ("poll", "fetch_changes", "follow"):
        real = getattr(Meshy, name)

        def count(self: Meshy, *args: object, _real=real, _name: str = name, **options: object) -> object:
            counted[_name] += 1
            return _real(self, *args, **options)

        monkeypatch.setattr(Meshy, name, count)
    return counted


@pytest.fixture
def poller() -> Iterator[polling.Poller]:
    poller = polling.Poller()
    yield poller
    poller.close()


def start_long(project: Project, meshy: SandboxProcess, *, number: int = 1, seconds: float = 2) -> list[Task]:
    """Send tasks that take a while."""
    model = upload_model(project)
    meshy.set_fault("takes", count=number, value=seconds)
    tasks = [start_retexture(project, model_url=model.pk) for _ in range(number)]
    for task in tasks:
        lifecycle.submit(task.pk)
        task.refresh_from_db()
    return tasks


def tick_until(poller: polling.Poller, tasks: list[Task], state: State) -> None:
    tick_until_all(poller, tasks, lambda task: task.state == state)


def tick_until_all(poller: polling.Poller, tasks: list[Task], condition: Callable[[Task], bool]) -> None:
    def has_come() -> bool:
        poller.tick(wait_s=0.02)
        for task in tasks:
            task.refresh_from_db()
        return all(condition(task) for task in tasks)

    wait_until(has_come, within_s=30, every_s=0.02)


@pytest.mark.parametrize("profile", ["current", "seed"])
def test_a_running_task_is_followed_by_its_stream_and_confirmed_by_one_request(
    project: Project,
    meshy: SandboxProcess,
    calls: Counter[str],
    poller: polling.Poller,
    settings: Settings,
    profile: str,
) -> None:
    settings.MESHY_PROFILE = profile
    meshy.change_settings(profile=profile)
    (task,) = start_long(project, meshy)
    tick_until(poller, [task], State.RUNNING)
    tick_until(poller, [task], State.SAVING)

    assert task.channel == Task.Channel.STREAM
    assert calls["follow"] == 1
    assert calls["poll"] <= 5  # until it ran, and once at its end; polling alone asks every second
    assert task.answer["model_urls"]["glb"]  # the whole answer, not the stream's short one


@pytest.mark.parametrize("fault", ["stream_cut", "stream_error"])
def test_a_stream_that_breaks_is_replaced_by_requests(
    project: Project, meshy: SandboxProcess, calls: Counter[str], poller: polling.Poller, fault: str
) -> None:
    (task,) = start_long(project, meshy)
    meshy.set_fault(fault, count=None)
    tick_until(poller, [task], State.SAVING)

    assert task.channel == Task.Channel.POLL
    assert calls["follow"] == 1  # it is left alone for a minute


def test_a_silent_stream_gets_company_by_requests(
    project: Project,
    meshy: SandboxProcess,
    calls: Counter[str],
    poller: polling.Poller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "QUIET_S", 0.3)
    monkeypatch.setattr(polling, "QUIET_S", 0.3)
    (task,) = start_long(project, meshy, seconds=1)
    meshy.set_fault("stream_silent", count=None)
    tick_until(poller, [task], State.SAVING)

    assert calls["follow"] == 1
    assert not poller._streams.is_followed(task.pk)


def test_a_silent_stream_is_given_up_after_its_idle_limit(
    project: Project, meshy: SandboxProcess, poller: polling.Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "IDLE_S", 0.3)
    (task,) = start_long(project, meshy, seconds=3)
    meshy.set_fault("stream_silent", count=None)
    tick_until(poller, [task], State.RUNNING)

    def is_given_up() -> bool:
        poller.tick(wait_s=0.02)
        return not poller._streams.is_followed(task.pk) and not poller._streams.can_follow(task.pk)

    wait_until(is_given_up, within_s=10)


def test_many_tasks_are_found_in_the_list(
    project: Project,
    meshy: SandboxProcess,
    calls: Counter[str],
    poller: polling.Poller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "STREAMS_MAX", 0)
    monkeypatch.setattr(pacing, "LIST_EVERY_S", 0.5)
    tasks = start_long(project, meshy, number=7, seconds=1)
    tick_until_all(poller, tasks, lambda task: task.channel == Task.Channel.LIST)
    assert calls["poll"] == 0
    assert calls["fetch_changes"] <= 3

    tick_until(poller, tasks, State.SAVING)


def test_what_the_list_lacks_is_asked_about_one_by_one(
    project: Project, meshy: SandboxProcess, poller: polling.Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STREAMS_MAX", 0)
    tasks = start_long(project, meshy, number=6, seconds=0)
    hidden = tasks[0].remote_id
    real = Meshy.fetch_changes

    def hide(self: Meshy, page: int, *, page_size: int, known: dict[str, object]) -> Page:
        return real(self, page, page_size=page_size, known={key: mark for key, mark in known.items() if key != hidden})

    monkeypatch.setattr(Meshy, "fetch_changes", hide)
    tick_until(poller, tasks, State.SAVING)

    assert [task.channel for task in tasks] == [Task.Channel.POLL, *[Task.Channel.LIST] * 5]


def test_without_the_list_they_are_asked_about_one_by_one(
    project: Project, meshy: SandboxProcess, poller: polling.Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STREAMS_MAX", 0)
    tasks = start_long(project, meshy, number=6, seconds=0)
    meshy.set_fault("unauthorized", count=None, on=["list"])
    tick_until(poller, tasks, State.SAVING)

    assert {task.channel for task in tasks} == {Task.Channel.POLL}


def test_a_vendor_that_asks_to_slow_down_is_left_alone(
    project: Project, meshy: SandboxProcess, poller: polling.Poller
) -> None:
    start_long(project, meshy)
    meshy.set_fault("rate_limited", on=["status"])
    wait_until(lambda: poller.tick(wait_s=0.02) or "meshy" in poller._desks, within_s=5)
    wait_until(lambda: poller.tick(wait_s=0.02) or not poller.count_flying(), within_s=5)

    assert not poller._desks["meshy"].follower.bucket.take()
