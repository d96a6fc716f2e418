"""The sweep asks nothing of a vendor that is left alone, one thing of one that may be there again, then all at once."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs import circuit
from jobs.models import Circuit, State, Task
from jobs.polling import Poller
from tests.factories import TaskFactory
from tests.integration.jobs.fake_vendor import FakeVendor, reply
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db

LATER_S = 60.0
RUNNING = json.dumps({"code": 0, "message": "success", "data": {"task_uuid": "t", "status": "RUNNING"}}).encode()


class Watched:
    """A vendor that is down until it is said to be up, three tasks that run there, and the poller that follows them."""

    def __init__(self) -> None:
        self.is_up = False
        self.vendor = FakeVendor(
            lambda *args: (reply("200 OK", RUNNING) if self.is_up else reply("503 Service Unavailable"))(*args)
        )
        self.tasks = [TaskFactory(state=State.RUNNING) for _ in range(3)]
        self.poller = Poller()

    @property
    def asked(self) -> int:
        return len(self.vendor.requests)

    def tick(self, *, until_asked: int) -> None:
        wait_until(lambda: self.poller.tick(wait_s=0.05) or self.asked >= until_asked)
        wait_until(lambda: self.poller.tick(wait_s=0.05) or not self.poller.count_flying())

    def tick_on(self) -> None:
        """Let it look at how the vendor stands, and ask what it would ask."""
        self.poller._look_at = 0.0
        for _ in range(5):
            self.poller.tick(wait_s=0.05)

    def put_off(self, seconds: float) -> None:
        agenda = self.poller._desks["triverse"].follower.agenda
        for task in self.tasks:
            agenda.put(task.pk, time.monotonic() + seconds)

    def leave_alone(self, seconds: float) -> datetime:
        now = timezone.now()
        values = {"failures": 6, "opened_at": now, "opened_times": 1, "open_until": now + timedelta(seconds=seconds)}
        Circuit.objects.update_or_create(vendor="triverse", defaults=values)
        circuit.forget()
        return now + timedelta(seconds=seconds)


@pytest.fixture
def watched(settings: Settings) -> Iterator[Watched]:
    made = Watched()
    settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL = "key", made.vendor.url
    yield made
    made.poller.close()
    made.vendor.stop()


def test_nothing_is_asked_then_one_thing_then_everything(watched: Watched) -> None:
    watched.tick(until_asked=3)
    asked = watched.asked

    watched.leave_alone(60)
    watched.put_off(0)
    watched.tick_on()
    assert watched.asked == asked

    watched.leave_alone(-1)
    watched.put_off(LATER_S)
    watched.tick(until_asked=asked + 1)
    watched.tick_on()
    assert watched.asked == asked + 1, "one request at a time probes it, at once"
    assert Circuit.objects.get().opened_times == 2

    watched.is_up = True
    watched.leave_alone(-1)
    watched.put_off(LATER_S)
    watched.tick(until_asked=asked + 4)
    assert not Circuit.objects.get().is_open


def test_a_sweep_with_nothing_to_ask_leaves_the_probe_to_others(watched: Watched) -> None:
    watched.tick(until_asked=3)
    Task.objects.update(state=State.FAILED)
    watched.poller._memory._count_at = 0.0
    wait_until(lambda: watched.poller.tick(wait_s=0.05) or not watched.poller._desks["triverse"].follower.tasks)

    until = watched.leave_alone(-1)
    watched.tick_on()

    assert Circuit.objects.get().open_until == until
