"""The same request again is the very same; what is known of a create whose answer was lost is not thrown away."""

import itertools
import json
import socket
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs import lifecycle, submission, sweep
from jobs.models import Project, State, Task
from jobs.vendors import OPERATIONS
from jobs.vendors.base import SentRequest, Status
from jobs.vendors.meshy import Meshy
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply, reset
from tests.integration.jobs.meshy_trip import list_there, start_retexture, upload_picture
from tests.integration.jobs.trip import make_due, upload
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = b"POST /tasks/text-to-texture"
TAKEN = {"code": 0, "message": "success", "data": {"task_uuid": "t-1", "status": "PENDING"}}
ADDRESS_OVER = {"code": 1004, "message": "The address cannot be fetched."}
CONFLICT = {"code": 2005, "message": "Conflict."}


def start_texture(project: Project) -> Task:
    """Start a task whose model is sent as a signed address, which is another one each time it is asked for."""
    return lifecycle.create_task(
        project=project,
        user=None,
        operation=OPERATIONS["triverse.text-to-texture"],
        params={"text_prompt": "mossy stone"},
        assets={"model_url": upload(project, marker="signed")},
    )


def say(body: dict, status: str = "200 OK") -> Handler:
    return reply(status, json.dumps(body).encode(), "Content-Type: application/json")


def answer_creates(*answers: Handler) -> Handler:
    """Return what answers as Triverse does, its creates one after the other with `answers`."""
    creates, numbers = iter(answers), itertools.count(1)

    def handle(connection: socket.socket, request: bytes) -> None:
        if request.startswith(CREATE):
            next(creates)(connection, request)
        elif b"presigned" in request.split(b"\r\n")[0]:
            data = {"download_url": f"https://files.example/m.glb?Signature=s{next(numbers)}"}
            say({"code": 0, "data": data})(connection, request)
        else:
            say({"code": 0, "data": {"file_key": "tasks/uid/m.glb"}})(connection, request)

    return handle


def get_bodies(vendor: FakeVendor) -> list[bytes]:
    return [request.partition(b"\r\n\r\n")[2] for request in vendor.requests if request.startswith(CREATE)]


@pytest.fixture
def start_at(
    start: Callable[[Handler], FakeVendor], settings: Settings, content_storage: None
) -> Callable[..., FakeVendor]:
    def start_at(*answers: Handler) -> FakeVendor:
        vendor = start(answer_creates(*answers))
        settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL = "key", vendor.url
        return vendor

    return start_at


def submit(task: Task) -> Task:
    lifecycle.submit(make_due(task).pk)
    task.refresh_from_db()
    return task


@pytest.mark.parametrize("answer", [reset, say({"code": 5003}, "503 Down"), reply("502 Bad", b"<html>")])
def test_a_second_try_is_the_first_byte_by_byte(
    start_at: Callable[..., FakeVendor], project: Project, answer: Handler
) -> None:
    vendor = start_at(answer, answer, say(TAKEN))
    task = start_texture(project)
    submit(task)
    assert (task.state, task.task_inputs.get().sent_value) == (
        State.UNKNOWN,
        "https://files.example/m.glb?Signature=s1",
    )
    assert "Signature=s1" not in json.dumps(task.request)

    submit(task)
    submit(task)

    first, second, third = get_bodies(vendor)
    assert first == second == third
    assert all(b"\r\nconnection: close\r\n" in request.lower() for request in vendor.requests)  # each on its own
    assert (task.state, task.remote_id) == (State.WAITING, "t-1")
    assert task.task_inputs.get().sent_value == ""


def test_the_vendor_takes_a_second_try_for_the_first(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("drop_after_accept", on=["create"])
    task = start_texture(project)
    submit(task)

    submit(task)

    assert task.remote_id
    assert [line["event"] for line in sandbox.ledger(task=task.remote_id)["lines"]].count("created") == 1


def test_an_address_that_is_over_is_asked_for_anew_under_the_same_order_id(
    start_at: Callable[..., FakeVendor], project: Project
) -> None:
    """The vendor needs it only where it had not taken the first request; where it had, it knows the order ID."""
    vendor = start_at(reset, say(ADDRESS_OVER, "400 Bad"), say(TAKEN))
    task = start_texture(project)
    submit(task)

    submit(task)

    first, second, third = (json.loads(body) for body in get_bodies(vendor))
    assert first == second
    assert third == {**first, "model_url": "https://files.example/m.glb?Signature=s2"}
    assert task.remote_id == "t-1"


def test_a_new_address_that_the_vendor_calls_a_conflict_is_left_to_a_person(
    start_at: Callable[..., FakeVendor], project: Project
) -> None:
    start_at(reset, say(ADDRESS_OVER, "400 Bad"), say(CONFLICT, "409 Conflict"))
    task = start_texture(project)
    submit(task)

    submit(task)

    assert (task.state, task.remote_id, task.error_code) == (State.UNKNOWN, None, "2005")
    assert "it most likely took it" in task.note
    assert task.next_at > timezone.now() + timedelta(days=365)


def test_a_refusal_keeps_nothing_of_what_was_sent(start_at: Callable[..., FakeVendor], project: Project) -> None:
    start_at(say({"code": 2008, "message": "No."}, "400 Bad"))
    task = submit(start_texture(project))

    assert (task.state, task.task_inputs.get().sent_value) == (State.FAILED, "")


def test_of_files_that_travel_in_the_request_nothing_is_kept(project: Project, meshy: SandboxProcess) -> None:
    meshy.set_fault("drop_after_accept")
    task = submit(start_retexture(project))

    assert (task.state, task.task_inputs.get().sent_value) == (State.UNKNOWN, "")


def test_an_order_id_that_may_be_forgotten_is_not_sent_again(
    start_at: Callable[..., FakeVendor], project: Project
) -> None:
    vendor = start_at(reset)
    task = submit(start_texture(project))
    Task.objects.update(sent_at=timezone.now() - timedelta(hours=13))

    submit(task)

    assert len(get_bodies(vendor)) == 1
    assert (task.state, task.error_code) == (State.UNKNOWN, "ask")
    assert "may have forgotten the order ID" in task.note


def test_what_a_second_try_finds_saves_a_person_from_paying_twice(
    start_at: Callable[..., FakeVendor], project: Project
) -> None:
    """While it was under way, the person chose to send the task as a new request; that has not left yet."""

    def choose(connection: socket.socket, request: bytes) -> None:
        assert lifecycle.send_again(Task.objects.get(), actor=None)
        say(TAKEN)(connection, request)

    vendor = start_at(reset, choose)
    task = submit(start_texture(project))

    submit(task)
    lifecycle.submit(task.pk)

    assert len(get_bodies(vendor)) == 2
    assert (task.state, task.remote_id) == (State.WAITING, "t-1")


# --- Stalled workers ------------------------------------------------------------------------------------------------


def test_a_worker_that_was_frozen_before_it_sent_gives_the_task_back(
    start_at: Callable[..., FakeVendor], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = start_at()
    monkeypatch.setattr(submission, "SEND_WITHIN", timedelta(seconds=-1))

    task = submit(start_texture(project))

    assert (task.state, get_bodies(vendor)) == (State.QUEUED, [])
    assert "too slow to send" in task.note


def answer_late(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Task], object]) -> None:
    """Let the sweep take the task from the worker, and then something happen, before its answer is written down."""
    real = Meshy.submit

    def stall(self: Meshy, request: SentRequest) -> Status:
        status = real(self, request)
        Task.objects.filter(state=State.SUBMITTING).update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep.tend(now=timezone.now())
        meanwhile(Task.objects.get(state=State.UNKNOWN))
        return status

    monkeypatch.setattr(Meshy, "submit", stall)


def requeue(task: Task) -> None:
    assert task.move(State.QUEUED, text="It is sent again.")


@pytest.mark.parametrize("meanwhile", [lambda task: None, requeue], ids=["in-doubt", "queued-again"])
def test_an_answer_that_comes_late_is_still_the_answer(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Task], object]
) -> None:
    answer_late(monkeypatch, meanwhile)

    task = submit(start_retexture(project))

    assert {task.remote_id} == list_there()
    assert task.state == State.WAITING
    assert task.events.filter(text="Meshy took the task; its answer came late.").exists()


def test_a_late_answer_to_a_task_that_was_given_up_is_named(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_late(monkeypatch, lambda task: lifecycle.cancel_task(task, actor=None))

    task = submit(start_retexture(project))

    (remote_id,) = list_there()
    assert (task.state, task.remote_id) == (State.CANCELED, None)
    assert f"as {remote_id}. It may be charged" in task.events.last().text


def test_a_mistake_of_ours_leaves_a_task_alone_that_another_worker_has(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_it(self: Meshy, request: SentRequest) -> Status:
        Task.objects.update(token=9, note="mine")
        raise RuntimeError

    monkeypatch.setattr(Meshy, "submit", lose_it)

    task = submit(start_retexture(project))

    assert (task.state, task.token, task.note) == (State.SUBMITTING, 9, "mine")


# --- What the list cannot tell ----------------------------------------------------------------------------------------


def test_one_that_follows_a_picture_is_shown_and_not_adopted(project: Project, meshy: SandboxProcess) -> None:
    """The list holds a new address for it: whose picture it was cannot be told."""
    meshy.set_fault("drop_after_accept")
    task = submit(start_retexture(project, image_style_url=upload_picture(project).pk))

    submit(task)

    (remote_id,) = list_there()
    assert (task.state, task.remote_id, task.error_code) == (State.UNKNOWN, None, "ask")
    (found,) = task.events.last().data["found"]
    assert (found["remote_id"], found["has_picture"], bool(found["created_at"])) == (remote_id, True, True)
