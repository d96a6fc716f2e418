"""Triverse's table of errors, row by row, at every call that may answer so: what a person reads, what was charged.

Source of the table: docs.triverse.ai, Errors, read 2026-11-21.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import lifecycle, polling
from jobs.models import Project, State, Task
from tests.integration.jobs.trip import follow, make_due, run_to_saving, start_task, upload
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

# Refused for good at the create: what happened, and what to do now.
REFUSED = {
    1004: ("refuses a value of the request", "Check the values"),
    1005: ("does not find a file", "Start it again"),
    1006: ("does not know this task", "Look into your account"),
    2002: ("does not offer this operation", "Choose another operation"),
    2004: ("does not read this kind of file", "Convert the file first"),
    2008: ("content check rejected the input", "Use another picture or other words"),
    2010: ("not enough API credits", "Add API credits"),
    4042: ("has no file to download", "support"),
}
MAY_PASS = {2000: State.QUEUED, 5003: State.UNKNOWN, 5004: State.UNKNOWN, 5005: State.UNKNOWN}


def submit_with(sandbox: SandboxProcess, project: Project, code: int, *, on: str) -> Task:
    task = start_task(project, marker=f"{on} {code}")
    sandbox.set_fault(f"code_{code}", on=[on])
    lifecycle.submit(task.pk)
    task.refresh_from_db()
    return task


def count_created(sandbox: SandboxProcess, task: Task) -> int:
    lines = sandbox.ledger(task=task.remote_id)["lines"]
    return [line["event"] for line in lines].count("created")


@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_create_says_what_happened_and_charges_nothing(
    code: int, sandbox: SandboxProcess, project: Project
) -> None:
    what, now = REFUSED[code]

    task = submit_with(sandbox, project, code, on="create")

    assert (task.state, task.error_code, task.error_charged) == (State.FAILED, str(code), Task.Charged.NO)
    assert what in task.error_what
    assert now in task.error_now
    assert (task.remote_id, task.charged_credits) == (None, None)
    assert task.answer["code"] == code  # its own words, for the page


@pytest.mark.parametrize(("code", "state"), MAY_PASS.items())
def test_a_create_that_may_pass_is_tried_again_and_made_once(
    code: int, state: State, sandbox: SandboxProcess, project: Project
) -> None:
    task = submit_with(sandbox, project, code, on="create")
    assert (task.state, task.error_what) == (state, "")
    assert "tried again" in task.note or "nothing is done twice" in task.note

    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert task.remote_id
    assert count_created(sandbox, task) == 1


def test_an_error_inside_the_vendor_that_stays_is_left_to_a_person(sandbox: SandboxProcess, project: Project) -> None:
    task = submit_with(sandbox, project, 5004, on="create")
    sandbox.set_fault("code_5004", on=["create"])

    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert task.state == State.UNKNOWN
    assert "Report it to Triverse's support" in task.note
    assert "send it again, or give up" in task.events.last().text


def test_an_outage_that_lasts_is_told_to_a_person_and_tried_on(sandbox: SandboxProcess, project: Project) -> None:
    task = submit_with(sandbox, project, 5003, on="create")
    sandbox.set_fault("code_5003", on=["create"], count=None)
    Task.objects.filter(pk=task.pk).update(attempts=10)

    lifecycle.submit(make_due(task).pk)
    assert "send it again, or give up" in task.events.last().text

    sandbox.clear_faults()
    lifecycle.submit(make_due(task).pk)
    task.refresh_from_db()
    assert count_created(sandbox, task) == 1


@pytest.mark.parametrize("code", [1004, 2004, 2008])
def test_a_file_that_the_vendor_does_not_take_ends_the_task_uncharged(
    code: int, sandbox: SandboxProcess, project: Project
) -> None:
    task = submit_with(sandbox, project, code, on="upload")

    assert (task.state, task.error_code, task.error_charged) == (State.FAILED, str(code), Task.Charged.NO)
    assert REFUSED[code][0] in task.error_what


@pytest.mark.parametrize("code", [2000, 5003, 5005])
def test_an_upload_that_may_pass_leaves_no_doubt(code: int, sandbox: SandboxProcess, project: Project) -> None:
    task = submit_with(sandbox, project, code, on="upload")
    assert (task.state, task.sent_at) == (State.QUEUED, None)

    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert task.remote_id


@pytest.mark.parametrize("code", [1004, 1006, 2000, 2005, 5003, 5004, 5005])
def test_no_answer_to_a_look_ends_a_task(code: int, sandbox: SandboxProcess, project: Project) -> None:
    task = start_task(project, marker=f"status {code}")
    lifecycle.submit(task.pk)
    sandbox.set_fault(f"code_{code}", on=["status"])

    polling.poll_once(task.pk)

    task.refresh_from_db()
    assert task.is_open
    assert follow(make_due(task), until=State.SAVING)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (4042, State.SUCCEEDED),  # the answer itself names the file
        (1006, State.SAVING),  # it may come back
        (2000, State.SAVING),
        (2005, State.SAVING),
        (5003, State.SAVING),
        (5005, State.SAVING),
    ],
)
def test_no_answer_to_the_question_for_files_ends_a_task(
    code: int, state: State, sandbox: SandboxProcess, project: Project
) -> None:
    task = run_to_saving(start_task(project, marker=f"url {code}"))
    sandbox.set_fault(f"code_{code}", on=["url"])

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == state
    assert task.error_charged == ""


@pytest.mark.parametrize(("fault", "state"), [("failed", State.FAILED), ("cancelled", State.CANCELED)])
def test_a_task_that_ends_badly_at_the_vendor_releases_its_credits(
    fault: str, state: State, sandbox: SandboxProcess, project: Project
) -> None:
    task = start_task(project, marker=fault)
    sandbox.set_fault(fault)

    lifecycle.submit(task.pk)
    follow(task, until=state)

    assert (task.error_charged, task.charged_credits) == (Task.Charged.RELEASED, None)
    assert task.error_what.startswith("Triverse c")
    assert "nothing was charged" in task.error_now or "start it again" in task.error_now
    lines = sandbox.ledger(task=task.remote_id)["lines"]
    assert [line["event"] for line in lines] == ["created", "released"]


@pytest.mark.parametrize("duplicates", ["conflict", "earlier"])
@pytest.mark.parametrize("faces", [5000, 6000], ids=["equal", "other"])
def test_an_order_id_that_was_used_before_makes_no_second_task(
    faces: int, duplicates: str, sandbox: SandboxProcess, project: Project
) -> None:
    sandbox.change_settings(duplicates=duplicates)
    model = upload(project, marker=f"order {duplicates} {faces}")
    params = {"face_type": "triangle", "target_face_count": 5000, "client_order_id": "an-order"}
    first = start_task(project, asset=model, params=params)
    second = start_task(project, asset=model, params={**params, "target_face_count": faces})

    for task in (first, second):
        lifecycle.submit(task.pk)
        task.refresh_from_db()
    sandbox.change_settings(duplicates="conflict")

    assert first.remote_id
    if faces == 5000:  # the first task comes as the answer: it is known that nothing new was made
        assert (second.state, second.error_code, second.error_charged) == (State.FAILED, "2005", Task.Charged.NO)
        assert "equal" in second.error_what
        assert "Run it even if" in second.error_now
    else:  # a conflict that names no task is left to a person
        assert (second.state, second.error_code, second.remote_id) == (State.UNKNOWN, "2005", None)
    assert count_created(sandbox, first) == 1


def test_a_conflict_that_names_no_task_is_left_to_a_person_and_not_asked_again(
    sandbox: SandboxProcess, project: Project
) -> None:
    task = submit_with(sandbox, project, 2005, on="create")
    assert (task.state, task.error_code, task.remote_id) == (State.UNKNOWN, "2005", None)
    assert "an equal request before, not which. Nothing is charged for this one." in task.note
    assert task.answer["code"] == 2005  # its own words, for the page
    assert task.task_inputs.get().sent_value  # kept while it is not known

    lifecycle.recheck_task(task, actor=None)
    lifecycle.submit(make_due(task).pk)
    task.refresh_from_db()
    assert (task.state, task.next_at > timezone.now() + timedelta(days=365)) == (State.UNKNOWN, True)

    assert lifecycle.send_again(task, actor=None)
    lifecycle.submit(task.pk)
    task.refresh_from_db()
    assert (task.request["body"]["allow_duplicate"], task.error_code) == (True, "")
    assert count_created(sandbox, task) == 1
    assert task.task_inputs.get().sent_value == ""
