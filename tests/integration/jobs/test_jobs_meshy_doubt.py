"""Meshy knows no idempotency key: a create whose answer was lost is looked for in its list, and never paid twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs import importing, lifecycle, owners, sweep, vendor_files
from jobs.claims import claim
from jobs.models import Project, State, Task
from jobs.reconciling import matches
from jobs.submission import build_request
from jobs.vendors import get_vendor
from jobs.vendors.base import Listed, SentRequest, Status, VendorError
from jobs.vendors.http import ANSWER_TIMEOUT_S, CREATE_LONGEST_S, FILES_READ_TIMEOUT_S, SEND_FILES_WITHIN_S
from jobs.vendors.meshy import Meshy
from jobs.vendors.meshy_errors import TASK_ERRORS
from tests.integration.jobs.meshy_trip import PROMPT, list_there, start_retexture, upload_model, upload_picture
from tests.integration.jobs.trip import follow, make_due, run_to_saving
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def lose(task: Task, meshy: SandboxProcess, fault: str = "drop_after_accept") -> Task:
    """Send a task whose answer does not come."""
    meshy.set_fault(fault)
    lifecycle.submit(task.pk)
    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    return task


def settle(task: Task) -> Task:
    lifecycle.submit(make_due(task).pk)
    task.refresh_from_db()
    return task


@pytest.mark.parametrize("fault", ["drop_after_accept", "server_error_after"])
def test_a_create_that_was_taken_is_adopted_once(project: Project, meshy: SandboxProcess, fault: str) -> None:
    task = lose(start_retexture(project), meshy, fault)

    settle(task)
    follow(task, until=State.SAVING)

    assert list_there() == {task.remote_id}
    assert task.events.filter(text="Found in Meshy's list.").exists()


@pytest.mark.parametrize("fault", ["server_error_before", "bad_gateway"])
def test_a_create_that_was_not_taken_is_sent_again(project: Project, meshy: SandboxProcess, fault: str) -> None:
    task = lose(start_retexture(project), meshy, fault)

    settle(task)
    assert task.state == State.QUEUED
    run_to_saving(task)

    assert list_there() == {task.remote_id}


def test_nothing_is_sent_again_before_the_quiet_period_is_over(
    project: Project, meshy: SandboxProcess, settings: Settings
) -> None:
    settings.CREATE_QUIET_S = 120.0
    task = lose(start_retexture(project), meshy, "server_error_before")

    settle(task)
    assert task.state == State.UNKNOWN
    assert task.next_at > timezone.now()

    Task.objects.filter(pk=task.pk).update(state_at=timezone.now() - timedelta(seconds=121))
    settle(task)
    assert task.state == State.QUEUED


def test_a_vendor_that_does_not_give_its_list_leaves_it_open(project: Project, meshy: SandboxProcess) -> None:
    task = lose(start_retexture(project), meshy, "server_error_before")
    meshy.set_fault("unauthorized", on=["list"])

    settle(task)

    assert task.state == State.UNKNOWN
    assert "Meshy refuses the key" in task.note


def test_equal_requests_in_doubt_find_one_task_each(project: Project, meshy: SandboxProcess) -> None:
    model = upload_model(project)
    tasks = [lose(start_retexture(project, model_url=model.pk), meshy) for _ in range(2)]

    for task in tasks:
        settle(task)

    assert {task.remote_id for task in tasks} == list_there()
    assert len(list_there()) == 2


def test_one_reading_of_the_list_serves_all_that_are_due(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = [lose(start_retexture(project, text_style_prompt=f"oak {number}"), meshy) for number in range(3)]
    not_taken = lose(start_retexture(project, text_style_prompt="ash"), meshy, "server_error_before")
    pages: list[int] = []
    real = Meshy.fetch_page
    monkeypatch.setattr(Meshy, "fetch_page", lambda self, page, **size: pages.append(page) or real(self, page, **size))
    for task in (*taken, not_taken):
        make_due(task)

    lifecycle.submit(taken[0].pk)

    for task in (*taken, not_taken):
        task.refresh_from_db()
    assert pages == [1]
    assert {task.remote_id for task in taken} == list_there()
    assert (not_taken.state, not_taken.remote_id) == (State.QUEUED, None)


def test_of_several_that_may_be_it_a_person_chooses(project: Project, meshy: SandboxProcess) -> None:
    """The same words for two models: the list does not tell which is which."""
    first = lose(start_retexture(project), meshy)
    second = lose(start_retexture(project, has_uvs=False), meshy)

    settle(first)

    assert first.state == State.UNKNOWN
    assert first.note.startswith("2 tasks at Meshy may be this one: ")
    candidates = first.events.filter(kind="note").latest("pk").data["candidates"]
    assert set(candidates) == list_there()
    oldest = sorted(candidates)[0]
    assert lifecycle.adopt_task(first, remote_id=oldest, actor=None)
    follow(first, until=State.SAVING)
    settle(second)
    assert second.remote_id == (set(candidates) - {oldest}).pop()


def test_a_task_is_not_found_while_an_equal_one_waits_for_its_answer(project: Project, meshy: SandboxProcess) -> None:
    lost = lose(start_retexture(project), meshy)
    other = start_retexture(project)
    Task.objects.filter(pk=other.pk).update(state=State.SUBMITTING, sent_at=timezone.now(), owner="elsewhere")

    settle(lost)

    assert (lost.state, lost.remote_id) == (State.UNKNOWN, None)


def test_what_may_be_a_lost_task_cannot_be_brought_in(project: Project, meshy: SandboxProcess) -> None:
    lost = lose(start_retexture(project), meshy)
    (remote_id,) = list_there()

    with pytest.raises(VendorError, match=f"task {lost.pk}, whose answer was lost"):
        importing.import_task(project=project, user=None, vendor="meshy", remote_id=remote_id)


def test_older_tasks_and_other_words_are_not_taken_for_it(project: Project, meshy: SandboxProcess) -> None:
    other = start_retexture(project, text_style_prompt="polished bronze")
    run_to_saving(other)
    Task.objects.filter(pk=other.pk).delete()
    earlier = start_retexture(project)
    run_to_saving(earlier)
    Task.objects.filter(pk=earlier.pk).delete()
    lost = lose(start_retexture(project), meshy, "server_error_before")
    Task.objects.filter(pk=lost.pk).update(sent_at=timezone.now() + timedelta(minutes=11))

    settle(lost)

    assert lost.state == State.QUEUED


@pytest.mark.parametrize("has_picture", [True, False])
@pytest.mark.parametrize("style", ["text_style_prompt", "image_style_url", "multiview_image_urls"])
def test_a_task_that_follows_a_picture_is_not_taken_for_one_of_words(
    project: Project, meshy: SandboxProcess, style: str, has_picture: bool
) -> None:
    words = style == "text_style_prompt"
    task = start_retexture(project, **({} if words else {style: upload_picture(project).pk}))
    status = Status(remote_id="m-1", state="waiting", word="PENDING", raw={})
    listed = Listed(status, prompt=PROMPT if words else "", has_picture=has_picture)

    with get_vendor("meshy") as client:
        assert matches(listed, task, client) is (has_picture != words)


def test_where_a_clock_may_be_wrong_a_person_is_asked(project: Project, meshy: SandboxProcess) -> None:
    lost = lose(start_retexture(project), meshy)
    Task.objects.filter(pk=lost.pk).update(sent_at=timezone.now() + timedelta(minutes=1))

    settle(lost)

    assert lost.state == State.UNKNOWN
    assert "may be this one, though made at another time" in lost.note


def test_a_create_that_is_never_taken_is_left_to_a_person(project: Project, meshy: SandboxProcess) -> None:
    task = start_retexture(project)
    meshy.set_fault("server_error_before", count=None)
    for _ in range(6):
        lifecycle.submit(make_due(task).pk)
        settle(task)

    assert task.state == State.UNKNOWN
    assert "gave no answer 5 times" in task.note
    assert list_there() == set()


# --- Refused for now --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["queue_full", "no_more_pending"])
def test_a_full_queue_is_waited_for_in_order_until_a_task_ends(
    project: Project, meshy: SandboxProcess, fault: str
) -> None:
    running = start_retexture(project)
    lifecycle.submit(running.pk)
    first, second = start_retexture(project), start_retexture(project)
    meshy.set_fault(fault)
    lifecycle.submit(first.pk)
    lifecycle.submit(second.pk)

    for task in (first, second):
        task.refresh_from_db()
        assert (task.state, task.error_code) == (State.QUEUED, "queue_full")
        assert task.next_at > timezone.now()
    assert second.request is None  # it was not even tried

    running.refresh_from_db()
    follow(running, until=State.SAVING)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.next_at <= timezone.now() < second.next_at
    lifecycle.submit(first.pk)
    lifecycle.submit(second.pk)
    assert set(Task.objects.filter(error_code="").exclude(remote_id=None)) == {running, first, second}


def test_a_rate_limit_is_waited_out(project: Project, meshy: SandboxProcess) -> None:
    task = start_retexture(project)
    meshy.set_fault("rate_limited", on=["create"])
    lifecycle.submit(task.pk)
    task.refresh_from_db()

    assert (task.state, task.error_code) == (State.QUEUED, "")
    assert "slow down" in task.note
    run_to_saving(make_due(task))


@pytest.mark.parametrize(
    ("fault", "what", "now"),
    [
        ("no_credits", "not enough credits", "Add credits"),
        ("unauthorized", "refuses the key", "MESHY_API_KEY"),
        ("free_plan", "plan at Meshy creates no tasks", "upgrade"),
    ],
)
def test_a_refusal_says_what_happened_that_nothing_was_charged_and_what_to_do(
    project: Project, meshy: SandboxProcess, fault: str, what: str, now: str
) -> None:
    task = start_retexture(project)
    meshy.set_fault(fault, on=["create"])
    lifecycle.submit(task.pk)
    task.refresh_from_db()

    assert task.state == State.FAILED
    assert what in task.error_what
    assert task.error_charged == Task.Charged.NO
    assert now in task.error_now
    assert list_there() == set()


def test_a_model_that_the_vendor_retired_gives_its_own_refusal(project: Project, meshy: SandboxProcess) -> None:
    task = start_retexture(project, ai_model="meshy-4")
    lifecycle.submit(task.pk)
    task.refresh_from_db()

    assert (task.state, task.error_charged) == (State.FAILED, Task.Charged.NO)
    assert "meshy-4 is no longer available" in task.error_what
    assert task.answer == {"message": "ai_model meshy-4 is no longer available"}
    assert list_there() == set()


@pytest.mark.parametrize("code", TASK_ERRORS)
def test_a_failed_task_says_why_and_that_its_price_came_back(
    project: Project, meshy: SandboxProcess, code: str
) -> None:
    task = start_retexture(project)
    meshy.set_fault(f"task_error_{code}")
    lifecycle.submit(task.pk)
    follow(task, until=State.FAILED)

    assert task.error_what.startswith(TASK_ERRORS[code].what)
    assert task.error_code == code
    assert task.error_charged == Task.Charged.RELEASED
    assert task.error_now


@pytest.mark.parametrize(("fault", "state"), [("cancelled", State.CANCELED), ("expired", State.FAILED)])
def test_other_ends_leave_open_what_they_cost(
    project: Project, meshy: SandboxProcess, fault: str, state: State
) -> None:
    task = start_retexture(project)
    meshy.set_fault(fault)
    lifecycle.submit(task.pk)
    follow(task, until=state)

    assert task.error_charged == Task.Charged.UNKNOWN


def test_the_balance_is_read(meshy: SandboxProcess) -> None:
    with get_vendor("meshy") as client:
        assert client.fetch_balance() == 10_000


def test_what_a_worker_sent_before_it_died_is_found(project: Project, meshy: SandboxProcess) -> None:
    task = start_retexture(project)
    claimed = claim(task.pk, state=State.QUEUED, lease_s=900)
    assert claimed is not None
    with get_vendor("meshy") as client:
        files = vendor_files.bring_files(claimed, client)[0]
        sent = client.submit(build_request(claimed, client, files))
    dead = f"{owners.PLACE}:{2**22 + 7}:1.00"  # above the kernel's largest number
    Task.objects.filter(pk=task.pk).update(sent_at=timezone.now() - timedelta(seconds=1), owner=dead)

    sweep.tend(now=timezone.now())
    settle(task)

    assert task.remote_id == sent.remote_id
    assert list_there() == {sent.remote_id}


def test_files_on_their_way_hold_the_task_longer_than_a_short_request(project: Project, meshy: SandboxProcess) -> None:
    """A lease that ran out while 100 MB are being sent would let another worker look for the task too early."""
    leases: list[float] = []
    real = Meshy.submit

    def look(self: Meshy, request: SentRequest) -> Status:
        row = Task.objects.get(state=State.SUBMITTING)
        leases.append((row.lease_until - timezone.now()).total_seconds())
        return real(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Meshy, "submit", look)
        lifecycle.submit(start_retexture(project).pk)
        lifecycle.submit(start_retexture(project, input_task_id="r-9").pk)

    longest = SEND_FILES_WITHIN_S + FILES_READ_TIMEOUT_S + ANSWER_TIMEOUT_S
    assert leases[0] > longest > leases[1] > CREATE_LONGEST_S
