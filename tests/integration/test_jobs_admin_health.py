"""The admin's pages of vendors, queue health and the queue's own tables."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Success

from jobs import circuit, health_figures, queue
from jobs.models import Circuit, Lease, Project, State, User, VendorAccount
from jobs.vendors import get_connection
from jobs.vendors.base import VendorError
from jobs.vendors.triverse import Triverse
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def end(project: Project, *, state: str = State.SUCCEEDED, hours_ago: float, took_s: float = 60, **columns) -> None:
    at = timezone.now() - timedelta(hours=hours_ago)
    TaskFactory(project=project, state=state, state_at=at, sent_at=at - timedelta(seconds=took_s), **columns)


def test_health_tells_rates_and_medians_of_a_day_and_a_week(project: Project, staff: User) -> None:
    for took_s in (20, 40, 90):
        end(project, hours_ago=1, took_s=took_s)
    end(project, hours_ago=2, state=State.FAILED)
    end(project, hours_ago=2, state=State.CANCELED)
    end(project, hours_ago=50, state=State.EXPIRED)
    end(project, hours_ago=300)

    page = sign_in(staff).get(reverse("admin:jobs_health"))

    line = page.context["lines"][0]
    assert len(page.context["lines"]) == 1
    assert (line.day.good, line.day.bad, line.day.percent, line.day_median) == (3, 1, 75.0, "40 s")
    assert (line.week.good, line.week.bad, line.week.percent) == (3, 2, 60.0)
    assert "Triverse by hour, the last 24: 3 done, 1 failed" in page.text
    assert "style=" not in page.text


def test_health_tells_who_works_and_what_waits(project: Project, staff: User) -> None:
    now = timezone.now()
    Lease.objects.create(name="sweep", owner="elsewhere:boot:1:7:1.0", until=now + timedelta(minutes=1), beat_at=now)
    TaskFactory(project=project, created_at=now - timedelta(hours=3), state_at=now - timedelta(hours=3))
    TaskFactory(project=project, state=State.SAVING, owner="third:boot:1:8:1.0", lease_until=now + timedelta(minutes=1))
    queue.send_now(queue.SUBMIT, 1)
    AssetFactory(project=project, size_bytes=3_000_000)

    context = sign_in(staff).get(reverse("admin:jobs_health")).context

    assert [(worker.machine, worker.has_sweep) for worker in context["workers"]] == [
        ("elsewhere", True),
        ("third", False),
    ]
    assert (context["is_alive"], context["depth"].hints, context["depth"].stuck) == (True, 1, 1)
    assert context["oldest"] == "3 h"
    assert [(item.project, item.size_bytes) for item in context["storage"]["projects"]] == [(project, 3_000_000)]


def test_health_says_that_nobody_works(staff: User, django_assert_max_num_queries) -> None:
    client = sign_in(staff)

    with django_assert_max_num_queries(16):
        page = client.get(reverse("admin:jobs_health"))

    assert "No sign of life yet" in page.text
    assert "Start one: manage.py worker" in page.text


def test_storage_is_counted_every_ten_minutes_only(project: Project, django_assert_num_queries) -> None:
    AssetFactory(project=project)
    first = health_figures.get_storage(now=timezone.now())

    with django_assert_num_queries(0):
        again = health_figures.get_storage(now=timezone.now())

    assert again["at"] == first["at"]


def test_vendors_show_key_balance_pause_and_how_they_stand(staff: User, settings, project: Project) -> None:
    settings.TRIVERSE_API_KEY = "secret-key-of-triverse"
    account = get_connection("triverse").account
    now = timezone.now()
    VendorAccount.objects.create(
        vendor="triverse", account=account, balance_credits=1234, asked_at=now, answered_at=now
    )
    circuit.pause("meshy", actor=staff, reason="Their bill.")
    end(project, hours_ago=1)

    page = sign_in(staff).get(reverse("admin:jobs_circuit_changelist"))

    assert "Present (TRIVERSE_API_KEY)" in page.text
    assert "None: the sandbox stands in" in page.text
    assert "1,234 credits" in page.text
    assert "Their bill." in page.text
    assert "100.0% of 1 done" in page.text
    assert "secret-key" not in page.text


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_key_is_tested_by_a_free_question(is_taken: bool, staff: User, monkeypatch) -> None:
    def fetch_balance(self: Triverse) -> float:
        if is_taken:
            return 77.0
        raise VendorError("Triverse does not accept the key.", retryable=False, http_status=401)

    monkeypatch.setattr(Triverse, "fetch_balance", fetch_balance)
    monkeypatch.setattr(Triverse, "quotes", False)
    client, address = sign_in(staff), reverse("admin:jobs_circuit_test", args=["triverse"])

    page = client.post(address, follow=True)

    row = VendorAccount.objects.get(vendor="triverse")
    assert client.get(address).status_code == 405
    assert row.balance_credits == (77.0 if is_taken else None)
    assert ("Triverse takes the key" if is_taken else "does not accept the key") in page.text
    assert client.post(reverse("admin:jobs_circuit_test", args=["nobody"])).status_code == 404


def make_failure(**columns) -> Failure:
    now = timezone.now()
    return Failure.objects.create(id="f" * 32, name="one", started=now, stopped=now, success=False, **columns)


def test_a_failed_step_and_its_task_lead_to_each_other(staff: User) -> None:
    task = TaskFactory()
    failure = make_failure(func=queue.SUBMIT, args=(task.pk,), result="It broke.")
    queue.send_now(queue.SUBMIT, task.pk)
    hint = OrmQ.objects.get()
    own, theirs = reverse("admin:jobs_task_change", args=[task.pk]), "admin:django_q_{}_change"
    client = sign_in(staff)

    page = client.get(own)

    for address in (
        reverse(theirs.format("failure"), args=[failure.pk]),
        reverse(theirs.format("ormq"), args=[hint.pk]),
    ):
        assert address in page.text
        assert own in client.get(address).text


@pytest.mark.parametrize("model", ["success", "failure", "schedule", "ormq"])
def test_the_queues_tables_are_readable_and_nothing_can_be_sent_from_them(model: str, staff: User) -> None:
    make_failure(func=queue.SUBMIT, args=(1,))
    Success.objects.create(id="s", name="two", func="x", started=timezone.now(), stopped=timezone.now(), success=True)
    queue.send_now(queue.PREVIEW, 5)
    client, address = sign_in(staff), reverse(f"admin:django_q_{model}_changelist")
    before = (OrmQ.objects.count(), Failure.objects.count())

    listed = client.get(address)
    sent = client.post(address, {"action": "resubmit_task", "_selected_action": ["f" * 32]})

    assert listed.status_code == 200
    assert "Resubmit" not in listed.text
    assert client.get(reverse(f"admin:django_q_{model}_add")).status_code == 403
    assert sent.status_code in (200, 302, 403)
    assert (OrmQ.objects.count(), Failure.objects.count()) == before


def test_every_page_of_the_admin_has_the_line_about_vendors(staff: User) -> None:
    circuit.pause("triverse", actor=staff, reason="Their bill.")

    page = sign_in(staff).get(reverse("admin:index"))

    assert "is paused by staff" in page.text
    assert reverse("admin:jobs_health") in page.text
    assert Circuit.objects.get().is_paused
