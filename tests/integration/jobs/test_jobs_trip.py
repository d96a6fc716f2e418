"""A task's way to the vendor and back, step by step, over real HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import lifecycle, polling
from jobs.models import Asset, Project, State, Task
from jobs.saving import read_notes
from jobs.vendors.base import Status
from jobs.vendors.triverse import Triverse
from tests.integration.jobs.trip import follow, get_states, make_due, run_to_saving, start_task, upload
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


def get_lines(sandbox: SandboxProcess, task: Task, event: str) -> list[dict]:
    lines = sandbox.ledger(task=task.remote_id)["lines"]
    return [line for line in lines if line["event"] == event]


def test_a_remesh_comes_home_as_the_next_version(sandbox: SandboxProcess, project: Project) -> None:
    model = upload(project, name="robot.glb")
    task = start_task(project, asset=model)

    run_to_saving(task)
    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
    assert get_states(task)[:2] == ["queued", "submitting"]
    assert get_states(task)[-2:] == ["saving", "succeeded"]
    output = task.outputs.get()
    assert (output.kind, output.format, output.name) == ("model", "glb", "robot triangle 5k")
    assert (output.parent, output.root, output.version) == (model, model, 2)
    assert task.charged_credits == task.quoted_credits == 20
    assert (task.note, task.error_what, task.owner) == ("", "", "")


def test_what_the_vendor_notes_stands_in_the_history(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="noted"))

    lifecycle.save(task.pk)

    assert [event.text for event in task.events.filter(kind="note")] == [
        "A canned file: it is always the same, whatever went in."
    ]


@pytest.mark.parametrize(
    ("output", "notes"),
    [
        (None, []),
        ({"model_url": "https://a.example/m.glb"}, []),
        ({"notes": "no list"}, []),
        ({"notes": ["One.", 2, None, {"text": "three"}, "  ", " Four. "]}, ["One.", "Four."]),
        ({"notes": [str(number) for number in range(50)]}, [str(number) for number in range(20)]),
    ],
)
def test_only_sentences_are_taken_for_notes(output: object, notes: list[str]) -> None:
    assert read_notes(output) == notes


def test_renders_come_home_with_angle_and_style(sandbox: SandboxProcess, project: Project) -> None:
    params = {"camera_angles": ["front", "left"], "render_mode": "multi_angle", "image_count": 2, "resolution": "64x48"}
    task = start_task(project, key="triverse.model-preview-render", params=params)

    run_to_saving(task)
    lifecycle.save(task.pk)

    outputs = task.outputs.order_by("style", "label")
    assert [(image.style, image.label) for image in outputs] == [
        ("rgb", "front"),
        ("rgb", "left"),
        ("white", "front"),
        ("white", "left"),
    ]
    assert {(image.width_px, image.height_px, image.kind) for image in outputs} == {(64, 48, Asset.Kind.RENDER)}


def test_saving_twice_makes_no_second_file(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project))
    lifecycle.save(task.pk)
    Task.objects.filter(pk=task.pk).update(state=State.SAVING)

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
    assert task.outputs.count() == 1


def test_a_hint_that_comes_twice_sends_once(sandbox: SandboxProcess, project: Project) -> None:
    task = start_task(project)

    lifecycle.submit(task.pk)
    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert len(get_lines(sandbox, task, "created")) == 1


def test_a_file_is_sent_to_an_account_once(sandbox: SandboxProcess, project: Project) -> None:
    model = upload(project)
    twin = upload(project, name="the same bytes.glb")
    sandbox.set_fault("code_2010", count=None)
    first = start_task(project, asset=model)
    lifecycle.submit(first.pk)
    sandbox.clear_faults()
    sandbox.set_fault("rate_limited", count=None, on=["upload"])
    second = start_task(project, asset=twin, params={"face_type": "triangle"})

    lifecycle.submit(second.pk)

    second.refresh_from_db()
    assert second.remote_id


def test_a_lost_answer_is_found_again_with_the_same_key(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("drop_after_accept", on=["create"])
    task = start_task(project, marker="lost")

    lifecycle.submit(task.pk)
    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    assert "not known yet" in task.note
    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert task.state in (State.WAITING, State.RUNNING)
    assert len(get_lines(sandbox, task, "created")) == 1


def test_a_task_in_doubt_that_the_vendor_calls_a_conflict_waits_for_a_person(
    sandbox: SandboxProcess, project: Project
) -> None:
    sandbox.set_fault("server_error_after", on=["create"])
    task = start_task(project, marker="doubt")
    lifecycle.submit(task.pk)
    sandbox.set_fault("code_2005", count=1)

    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert (task.state, task.remote_id) == (State.UNKNOWN, None)
    assert "send it again, or give up" in task.note
    assert task.next_at > timezone.now() + timedelta(minutes=5)


def test_an_unreachable_vendor_lets_the_task_wait(project: Project, settings, content_storage: None) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    task = start_task(project, marker="down")

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.attempts, task.charged_credits) == (State.QUEUED, 1, None)
    assert task.note.startswith("Triverse is not answering. The task waits safely and is tried again at ")
    assert task.next_at > timezone.now()


@pytest.mark.parametrize("fault", ["rate_limited", "queue_full"])
def test_a_busy_vendor_puts_the_task_off(sandbox: SandboxProcess, project: Project, fault: str) -> None:
    sandbox.set_fault(fault, on=["create"])
    task = start_task(project, marker=fault)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert get_states(task) == ["queued", "submitting", "queued"]
    assert task.note.startswith("Triverse is busy")


def test_a_refusal_ends_the_task_and_says_what_to_do(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("code_2010")
    task = start_task(project, marker="poor")

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.error_charged, task.error_code) == (State.FAILED, Task.Charged.NO, "2010")
    assert "credits" in task.error_what
    assert "Add API credits" in task.error_now


def test_a_file_that_the_vendor_has_forgotten_is_sent_anew(sandbox: SandboxProcess, project: Project) -> None:
    model = upload(project, marker="forgotten")
    first = start_task(project, asset=model)
    lifecycle.submit(first.pk)
    sandbox.set_fault("code_1005")
    second = start_task(project, asset=model, params={"face_type": "triangle"})

    lifecycle.submit(second.pk)
    second.refresh_from_db()
    assert second.state == State.QUEUED
    lifecycle.submit(make_due(second).pk)

    second.refresh_from_db()
    assert second.remote_id


def test_a_task_that_fails_at_the_vendor_releases_its_credits(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("failed")
    task = start_task(project, marker="failing")

    lifecycle.submit(task.pk)
    follow(task, until=State.FAILED)

    assert task.error_charged == Task.Charged.RELEASED
    assert task.charged_credits is None
    assert task.error_what.startswith("Triverse could not finish the task")
    assert task.error_now
    assert len(get_lines(sandbox, task, "released")) == 1


def test_a_task_that_the_vendor_cancels_ends_canceled(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("cancelled")
    task = start_task(project, marker="canceled")

    lifecycle.submit(task.pk)

    assert follow(task, until=State.CANCELED).error_charged == Task.Charged.RELEASED


def test_an_unknown_word_is_shown_and_ends_nothing(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("unknown_status", count=1)
    task = start_task(project, marker="word")
    lifecycle.submit(task.pk)

    polling.poll_once(task.pk)

    task.refresh_from_db()
    assert task.state == State.RUNNING
    assert task.vendor_word not in ("PENDING", "QUEUED", "RUNNING", "SUCCESS")
    assert task.vendor_word


def test_a_read_right_after_the_create_may_find_nothing(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("not_found_once")
    task = start_task(project, marker="early")
    lifecycle.submit(task.pk)

    polling.poll_once(task.pk)

    task.refresh_from_db()
    assert task.is_open
    assert follow(task, until=State.SAVING)


def test_an_address_that_is_over_is_asked_for_again(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="over"))
    sandbox.set_fault("expired_url")

    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.RUNNING
    follow(make_due(task), until=State.SAVING)
    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


@pytest.mark.parametrize("fault", ["truncated_download", "corrupt_download"])
def test_half_a_file_is_never_stored(sandbox: SandboxProcess, project: Project, fault: str) -> None:
    task = run_to_saving(start_task(project, marker=fault))
    sandbox.set_fault(fault)

    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.SAVING
    assert not task.outputs.exists()
    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


def test_a_success_without_files_ends_honestly(sandbox: SandboxProcess, project: Project) -> None:
    sandbox.set_fault("no_asset")
    task = start_task(project, marker="nothing")
    lifecycle.submit(task.pk)
    follow(task, until=State.SAVING)

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert (task.state, task.error_code, task.error_charged) == (State.EXPIRED, "4042", Task.Charged.YES)
    assert "no file" in task.error_what


def test_the_key_is_nowhere_in_what_is_stored(sandbox: SandboxProcess, project: Project, api_key: str, caplog) -> None:
    caplog.set_level("DEBUG")
    sandbox.set_fault("unauthorized", on=["create"])
    refused = start_task(project, marker="key")
    lifecycle.submit(refused.pk)
    task = run_to_saving(start_task(project, marker="key"))
    lifecycle.save(task.pk)

    for each in (refused, task):
        each.refresh_from_db()
        row = Task.objects.filter(pk=each.pk).values().get()
        texts = [str(row), *(f"{event.text} {event.data}" for event in each.events.all())]
        assert api_key not in " ".join(texts)
    assert refused.error_code == "401"
    assert api_key not in caplog.text


def test_stored_answers_hold_no_signature(sandbox: SandboxProcess, project: Project) -> None:
    task = run_to_saving(start_task(project, marker="signed"))

    assert task.answer["output"]["model_url"].endswith("?[hidden]")


def test_progress_that_did_not_change_is_not_written(
    sandbox: SandboxProcess, project: Project, django_assert_num_queries
) -> None:
    sandbox.set_fault("never_ending")
    task = start_task(project, marker="idle")
    lifecycle.submit(task.pk)
    follow(task, until=State.RUNNING)
    polling.poll_once(task.pk)

    with django_assert_num_queries(1):
        polling.poll_once(task.pk)


class Broken(Exception):
    """A mistake of ours."""


@pytest.mark.parametrize(("place", "state"), [("upload", State.QUEUED), ("submit", State.UNKNOWN)])
def test_a_mistake_of_ours_while_sending_gives_the_task_back(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch, place: str, state: State
) -> None:
    monkeypatch.setattr(Triverse, place, raise_broken)
    task = start_task(project, marker=f"broken {place}")

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.owner, task.lease_until) == (state, "", None)
    assert "unexpected" in task.note


def test_a_mistake_of_ours_while_saving_gives_the_task_back(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = run_to_saving(start_task(project, marker="broken saving"))
    with monkeypatch.context() as patch:
        patch.setattr(Triverse, "fetch_results", raise_broken)
        lifecycle.save(task.pk)
    task.refresh_from_db()
    assert (task.state, task.owner) == (State.SAVING, "")

    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


def raise_broken(*_: object, **__: object) -> None:
    raise Broken


@pytest.mark.parametrize(
    ("word", "state"), [("running", State.RUNNING), ("waiting", State.RUNNING), ("failed", State.EXPIRED)]
)
def test_a_vendor_that_takes_back_its_success_is_followed(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch, word: str, state: State
) -> None:
    task = run_to_saving(start_task(project, marker=f"back {word}"))
    status = Status(remote_id=task.remote_id or "", state=word, word=word.upper(), raw={})  # type: ignore[arg-type]
    monkeypatch.setattr(Triverse, "poll", lambda *_: status)

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == state


def test_the_sandbox_is_never_reached_through_a_proxy(
    sandbox: SandboxProcess, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = start_task(project, marker="proxy")

    with monkeypatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        patch.setenv("NO_PROXY", "")
        run_to_saving(task)
        lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED
