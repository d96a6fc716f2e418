"""What pages and commands call: tasks are made once, given up, looked after and sent again as their life allows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from pytest_django import DjangoCaptureOnCommitCallbacks

from jobs import lifecycle, outcomes, vendor_files
from jobs.claims import claim
from jobs.models import Project, State, Task, UploadAttempt, User, VendorFile
from jobs.owners import PLACE, get_owner
from jobs.vendors import OPERATIONS, get_vendor
from jobs.vendors.base import Status
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory, UploadAttemptFactory, VendorFileFactory
from tests.integration.jobs.trip import get_states, start_task, upload

pytestmark = pytest.mark.django_db
REMESH = OPERATIONS["triverse.model-remesh"]


def get_hints() -> list[tuple[str, tuple]]:
    packages = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("pk")]
    return [(package["func"].rpartition(".")[2], package["args"]) for package in packages]


def create(project: Project, *, form_key: str | None = None, user: User | None = None) -> Task:
    asset = AssetFactory(project=project)
    return lifecycle.create_task(
        project=project, user=user, operation=REMESH, params={}, assets={"model_file": asset}, form_key=form_key
    )


def test_an_upload_is_hinted_at_for_its_preview(
    project: Project, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asset = upload(project, editor, name="a/b/robot.glb")

    assert (asset.name, asset.created_by, asset.kind) == ("robot", editor, "model")
    assert get_hints() == [("preview", (asset.pk,))]


def test_a_task_is_queued_with_its_files_its_history_and_a_hint(
    project: Project, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        task = create(project, user=editor)

    assert (task.state, task.vendor, len(task.order_id)) == (State.QUEUED, "triverse", 32)
    assert task.task_inputs.get().field == "model_file"
    assert [(event.state, event.actor) for event in task.events.all()] == [("queued", editor)]
    assert get_hints() == [("submit", (task.pk,))]


def test_a_form_that_is_sent_twice_is_one_task(project: Project) -> None:
    first = create(project, form_key="f-1")
    again = create(project, form_key="f-1")

    assert again == first
    assert Task.objects.count() == 1
    assert first.task_inputs.count() == 1


def test_forms_without_a_key_are_tasks_of_their_own(project: Project) -> None:
    assert create(project) != create(project)
    assert create(project, form_key="") != create(project, form_key="")


@pytest.mark.parametrize("state", list(State))
def test_a_task_can_be_given_up_while_nothing_is_known_to_be_sent(state: State, editor: User) -> None:
    task = TaskFactory(state=state)

    done = lifecycle.cancel_task(task, actor=editor)

    task.refresh_from_db()
    assert done == (state in (State.QUEUED, State.UNKNOWN))
    assert task.state == (State.CANCELED if done else state)
    if done:
        assert task.error_charged == (Task.Charged.NO if state == State.QUEUED else Task.Charged.UNKNOWN)
        assert task.error_what
        assert task.error_now
        assert task.events.get().actor == editor


@pytest.mark.parametrize(
    ("state", "remote_id", "step"),
    [
        (State.QUEUED, None, "submit"),
        (State.UNKNOWN, None, "submit"),
        (State.UNKNOWN, "r-1", "poll"),
        (State.WAITING, "r-1", "poll"),
        (State.RUNNING, "r-1", "poll"),
        (State.SAVING, "r-1", "save"),
        (State.SUBMITTING, None, None),
        (State.SUCCEEDED, "r-1", None),
    ],
)
def test_a_recheck_hints_at_the_right_step(
    state: State,
    remote_id: str | None,
    step: str | None,
    editor: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    task = TaskFactory(state=state, remote_id=remote_id, next_at=timezone.now() + timedelta(hours=1))

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.recheck_task(task, actor=editor)

    assert get_hints() == ([(step, (task.pk,))] if step else [])
    if step:
        assert Task.objects.get(pk=task.pk).next_at <= timezone.now()
        assert task.events.get().actor == editor


def test_a_task_in_doubt_is_sent_again_under_a_new_order_id(editor: User) -> None:
    task = TaskFactory(state=State.UNKNOWN, params={"client_order_id": "mine", "face_type": "quad"})
    before = task.order_id

    assert lifecycle.send_again(task, actor=editor)

    task.refresh_from_db()
    assert task.state == State.QUEUED
    assert task.order_id != before
    assert task.params == {"face_type": "quad"}
    event = task.events.get()
    assert (event.actor, event.data["order_id"]) == (editor, before)


@pytest.mark.parametrize("state", [state for state in State if state != State.UNKNOWN])
def test_only_a_task_in_doubt_is_sent_again_or_adopted(state: State, editor: User) -> None:
    task = TaskFactory(state=state)

    assert not lifecycle.send_again(task, actor=editor)
    assert not lifecycle.adopt_task(task, remote_id="r-9", actor=editor)
    assert not task.events.exists()


def test_a_task_in_doubt_is_adopted_by_its_vendor_id_unless_another_task_has_it(editor: User) -> None:
    TaskFactory(state=State.RUNNING, remote_id="taken")
    task = TaskFactory(state=State.UNKNOWN)

    assert not lifecycle.adopt_task(task, remote_id="taken", actor=editor)
    assert lifecycle.adopt_task(task, remote_id="r-9", actor=editor)

    task.refresh_from_db()
    assert (task.state, task.remote_id) == (State.UNKNOWN, "r-9")


def test_who_was_finding_out_about_a_task_that_is_adopted_does_not_send_it_again(editor: User) -> None:
    worker = claim(TaskFactory(state=State.UNKNOWN).pk, state=State.UNKNOWN, lease_s=60)
    assert worker is not None

    assert lifecycle.adopt_task(Task.objects.get(), remote_id="r-9", actor=editor)

    assert not worker.move(State.QUEUED, text="Its list does not have it.")
    assert Task.objects.get().lease_until is None


# --- The vendor's word becomes the row's state ------------------------------------------------------------------------


def make_status(state: str, **values: object) -> Status:
    return Status(remote_id="r-1", state=state, word=state.upper(), raw={"status": state}, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        (State.WAITING, "running", State.RUNNING),
        (State.RUNNING, "waiting", State.WAITING),
        (State.WAITING, "unheard", State.RUNNING),
        (State.RUNNING, "unheard", State.RUNNING),
        (State.WAITING, "done", State.SAVING),
        (State.RUNNING, "done", State.SAVING),
        (State.RUNNING, "failed", State.FAILED),
        (State.WAITING, "canceled", State.CANCELED),
        (State.UNKNOWN, "running", State.RUNNING),
        (State.UNKNOWN, "waiting", State.WAITING),
        (State.UNKNOWN, "done", State.SAVING),
        (State.UNKNOWN, "failed", State.FAILED),
    ],
)
def test_the_vendors_word_moves_the_task(before: State, word: str, after: State) -> None:
    task = TaskFactory(state=before, remote_id="r-1", sent_at=timezone.now())

    with get_vendor("triverse") as vendor:
        assert outcomes.apply_status(task, make_status(word), vendor)

    task.refresh_from_db()
    assert task.state == after
    assert get_states(task)[-1:] == ([str(after)] if before != after else [])


def test_a_word_that_comes_late_changes_nothing() -> None:
    task = TaskFactory(state=State.RUNNING, remote_id="r-1")
    stale = Task.objects.get(pk=task.pk)
    task.move(State.SAVING)

    with get_vendor("triverse") as vendor:
        assert not outcomes.apply_status(stale, make_status("failed"), vendor)

    task.refresh_from_db()
    assert (task.state, task.error_what) == (State.SAVING, "")


def test_a_task_past_its_deadline_stays_in_doubt_until_it_ends() -> None:
    task = TaskFactory(state=State.UNKNOWN, remote_id="r-1", sent_at=timezone.now() - timedelta(hours=30))

    with get_vendor("triverse") as vendor:
        outcomes.apply_status(task, make_status("running", progress_percent=40), vendor)
        assert (task.state, task.progress_percent) == (State.UNKNOWN, 40)
        outcomes.apply_status(task, make_status("done"), vendor)

    assert task.state == State.SAVING


def test_one_task_of_the_vendor_is_not_taken_for_two_of_ours() -> None:
    TaskFactory(state=State.RUNNING, remote_id="r-1")
    task = TaskFactory(state=State.SUBMITTING)

    with get_vendor("triverse") as vendor, pytest.raises(outcomes.TakenByAnother):
        outcomes.adopt(task, make_status("running"), vendor, text="")


# --- Files at the vendor --------------------------------------------------------------------------------------------


def test_uploads_keep_the_vendors_pace(settings, project: Project) -> None:
    settings.TRIVERSE_UPLOADS_PER_MINUTE = 2
    now = timezone.now()
    with get_vendor("triverse") as vendor:
        account = vendor.connection.account
        UploadAttemptFactory(account=account, at=now - timedelta(seconds=61))
        first = UploadAttemptFactory(account=account, at=now - timedelta(seconds=40))
        UploadAttemptFactory(account="another", at=now)
        vendor_files.start_upload(AssetFactory(), vendor, now=now)

        with pytest.raises(vendor_files.NotYet) as wait:
            vendor_files.start_upload(AssetFactory(), vendor, now=now)

    assert wait.value.next_at == first.at + timedelta(seconds=60)
    assert set(UploadAttempt.objects.values_list("account", "at")) == {
        (account, first.at),
        (account, now),
        ("another", now),
    }


def test_a_second_try_of_the_same_file_counts_for_the_pace(settings) -> None:
    settings.TRIVERSE_UPLOADS_PER_MINUTE = 2
    asset, now = AssetFactory(), timezone.now()
    with get_vendor("triverse") as vendor:
        for _ in range(2):
            row = vendor_files.start_upload(asset, vendor, now=now)
            VendorFile.objects.filter(pk=row.pk).update(owner="")  # that try failed

        with pytest.raises(vendor_files.NotYet, match="used up"):
            vendor_files.start_upload(asset, vendor, now=now)


def test_the_pace_outlives_copies_that_are_forgotten(settings) -> None:
    settings.TRIVERSE_UPLOADS_PER_MINUTE = 1
    given, now = TaskInputFactory(), timezone.now()
    with get_vendor("triverse") as vendor:
        vendor_files.start_upload(given.asset, vendor, now=now)
        vendor_files.forget_files(given.task, vendor)
        assert not VendorFile.objects.exists()

        with pytest.raises(vendor_files.NotYet, match="used up"):
            vendor_files.start_upload(given.asset, vendor, now=now)


def test_a_used_up_pace_puts_the_task_off_without_a_failure(settings, project: Project) -> None:
    settings.TRIVERSE_UPLOADS_PER_MINUTE = 1
    with get_vendor("triverse") as vendor:
        UploadAttemptFactory(account=vendor.connection.account)
    task = start_task(project)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.attempts) == (State.QUEUED, 0)
    assert task.note.startswith("Triverse takes 1 uploads a minute")
    assert timedelta(seconds=50) < task.next_at - timezone.now() <= timedelta(seconds=60)


def test_a_file_that_another_worker_sends_is_waited_for_unless_that_one_died() -> None:
    with get_vendor("triverse") as vendor:
        asset = AssetFactory()
        row = VendorFileFactory(asset=asset, account=vendor.connection.account, file_key="", owner=get_owner())
        now = timezone.now()
        with pytest.raises(vendor_files.NotYet):
            vendor_files.start_upload(asset, vendor, now=now)
        VendorFile.objects.filter(pk=row.pk).update(owner=f"{PLACE}:999999999:1.00")

        assert vendor_files.start_upload(asset, vendor, now=now).pk == row.pk


def test_a_copy_that_is_over_or_elsewhere_is_not_used() -> None:
    with get_vendor("triverse") as vendor:
        asset = AssetFactory()
        past = timezone.now() - timedelta(seconds=1)
        VendorFileFactory(asset=asset, account=vendor.connection.account, expires_at=past)
        VendorFileFactory(asset=asset, account="another")

        assert vendor_files.find_known(asset, vendor) is None


def test_tasks_that_waited_for_a_file_are_woken() -> None:
    waiting = TaskInputFactory(task__next_at=timezone.now() + timedelta(minutes=1))
    other = TaskInputFactory(task__next_at=timezone.now() + timedelta(minutes=1))

    vendor_files._wake_others(waiting.asset.sha256)

    assert Task.objects.get(pk=waiting.task_id).next_at <= timezone.now()
    assert Task.objects.get(pk=other.task_id).next_at > timezone.now()


def test_a_missing_input_file_fails_the_task_uncharged(project: Project, content_storage: None) -> None:
    task = create(project)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.error_code, task.error_charged) == (State.FAILED, "file_missing", Task.Charged.NO)
