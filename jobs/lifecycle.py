r"""The life of files and tasks: what pages, commands and the admin call, and the steps that the queue runs.

             create_task
                 |            vendor refused
              queued <-----> submitting ------------> failed
                 |  \            |  \                   ^
       canceled <-   \  answered |   \ answer lost      | the vendor says so (or canceled)
                 ^    ----+      |    v                 |
                 |        |      |  unknown --+         |
                 +--------|------|----^  |    | sent    |
                  gave up +------|-------+    | again   |
                                 v   found    v         |
                            waiting <---> running ------+
                                 |            | ^
                                 +--> saving <+ | link over: ask again
                                       |  |-----+
                        every file is  |  +--> expired (the vendor's files are gone)
                        stored: succeeded

Staff may mark as failed what was sent and has not ended (`unknown` and `saving` too), and let go on what had ended:
failed and canceled as running, expired as saving (jobs/tending.py). Both take the task from whoever holds it.

`jobs.models.TRANSITIONS` is the table; `Task.move` the only writer. Steps come by hints (jobs/queue.py), which may be
lost or come twice. submission.py sends, polling.py and sweep.py follow, saving.py brings the files home,
previews.py makes posters; claims.py says who holds a task.
"""

import logging
from collections.abc import Mapping
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import (
    files,
    housekeeping,
    light_models,
    outcomes,
    polling,
    previews,
    queue,
    refetching,
    saving_rounds,
    search,
    submission,
)
from jobs import sweep as sweeping
from jobs.claims import FREE, write
from jobs.models import Asset, Project, State, Task, TaskEvent, TaskInput, User, make_order_id
from jobs.operations import AssetLike, Operation
from jobs.remote_tasks import open_account
from jobs.repeats import WITHIN, StartedBefore, find_repeated, lock_clicks
from jobs.vendors.base import CONFLICT, Vendor, VendorError

logger = logging.getLogger(__name__)

# --- What pages and commands call -----------------------------------------------------------------------------------


def add_upload(*, project: Project, user: User | None, file: IO[Any], name: str, kind: str | None = None) -> Asset:
    """Store a person's file and make it a file of the project.

    :raises FileRefused: when it is not taken; nothing is stored then
    :raises StorageTrouble: when the storage does not take it
    """
    stored = files.store(file, kind=kind, name=name)
    with transaction.atomic():
        asset = Asset.objects.create(
            project=project,
            name=stored.name,
            kind=stored.kind,
            **stored.get_columns(),
            created_by=user,
        )
        search.index_new_asset(asset)
        queue.send(queue.PREVIEW, asset.pk)
    return asset


def create_task(
    *,
    project: Project,
    user: User | None,
    operation: Operation,
    params: Mapping[str, Any],
    assets: Mapping[str, AssetLike],
    form_key: str | None = None,
    notices: Mapping[str, str] | None = None,
    repeats_after: int | None = None,
    pair_key: str = "",
) -> Task:
    """Take a task on; it leaves when a worker takes the hint. The same `form_key` again gives the first task.

    `notices` says by field what was changed for the person; the task's history keeps it. `repeats_after` is the number
    of the last equal task that the person knows of and wants one besides (0: none); without it nothing is asked.
    `pair_key` is shared by tasks that one wish starts (jobs/pairing.py).

    :raises StartedBefore: when the person started the very same a moment ago, after task `repeats_after`
    """
    try:
        with transaction.atomic():
            now = timezone.now()
            if repeats_after is not None and user is not None:
                lock_clicks(user)
                own = Task.objects.filter(project=project, created_by=user)
                if known := form_key and own.filter(form_key=form_key).first():
                    return known
                newer = own.filter(pk__gt=repeats_after, operation=operation.key)
                if same := find_repeated(newer, params=params, assets=assets, since=now - WITHIN):
                    raise StartedBefore(same[0])
            task = Task.objects.create(
                project=project,
                operation=operation.key,
                vendor=operation.vendor,
                params=dict(params),
                created_by=user,
                form_key=form_key or None,
                pair_key=pair_key,
                hinted_at=now,
            )
            _write_beginning(task, assets=assets, notices=notices or {})
            search.index_new_task(task)
            queue.send(queue.SUBMIT, task.pk)
    except IntegrityError:
        first = Task.objects.filter(form_key=form_key).first() if form_key else None
        if first is None:
            raise
        return first
    return task


def _write_beginning(task: Task, *, assets: Mapping[str, AssetLike], notices: Mapping[str, str]) -> None:
    for field, asset in assets.items():
        TaskInput.objects.create(task=task, asset_id=asset.pk, field=field)
    kind, at = TaskEvent.Kind.STATE, task.hinted_at or task.created_at
    TaskEvent.objects.create(task=task, kind=kind, state=State.QUEUED, at=at, actor=task.created_by)
    for field, reason in notices.items():
        task.add_note(f"{task.spec.fields[field].label}: {reason}")


def cancel_task(task: Task, *, actor: User | None, reason: str = "") -> bool:
    """Give up a task that has not been sent, or of which that is not known. False when it is too late.

    `reason` is why, where it is staff who give it up.
    """
    why = f" An administrator says: {reason}" if reason else ""
    if task.state == State.QUEUED:
        return outcomes.end(
            task,
            State.CANCELED,
            what=f"Canceled before it was sent.{why}",
            charged=Task.Charged.NO,
            now_do="You can start it again at any time.",
            actor=actor,
        )
    if task.state == State.UNKNOWN:
        return outcomes.end(
            task,
            State.CANCELED,
            what=f"Given up while it was not known whether {task.vendor_label} took it.{why}",
            charged=Task.Charged.UNKNOWN,
            now_do=f"Look into your {task.vendor_label} account before you start it again.",
            actor=actor,
        )
    return False


def find_recheck(task: Task) -> str | None:
    """Return the step that looks after an open task; None where there is nothing to ask."""
    steps = {State.QUEUED: queue.SUBMIT, State.SAVING: queue.SAVE, State.WAITING: queue.POLL, State.RUNNING: queue.POLL}
    in_doubt = queue.POLL if task.remote_id else queue.SUBMIT
    step = in_doubt if task.state == State.UNKNOWN else steps.get(State(task.state))
    is_settled = task.state == State.UNKNOWN and task.error_code == CONFLICT and not task.remote_id
    return None if is_settled else step  # asking a vendor again that called it a repetition might start it


def recheck_task(task: Task, *, actor: User | None, reason: str = "") -> bool:
    """Look after an open task now instead of later. This is free: nothing is created by it."""
    step = find_recheck(task)
    if step is None:
        return False
    now = timezone.now()
    with transaction.atomic():
        write(task, next_at=now, hinted_at=now)
        task.add_note(f"Asked again: {reason}" if reason else "Asked again.", actor=actor)
        queue.send(step, task.pk)
    return True


def send_again(task: Task, *, actor: User | None) -> bool:
    """Send a task in doubt as a new request: a person accepts that the first one may have been taken and charged."""
    if task.state != State.UNKNOWN:
        return False
    now = timezone.now()
    with transaction.atomic():
        moved = task.move(
            State.QUEUED,
            text="Sent again as a new request.",
            actor=actor,
            data={"order_id": task.order_id, "remote_id": task.remote_id},
            order_id=make_order_id(),
            params=build_fresh_params(task),
            remote_id=None,
            request=None,
            answer=None,
            error_code="",
            attempts=0,
            next_at=now,
            hinted_at=now,
            note="",
            **FREE,
        )
        if moved:
            queue.send(queue.SUBMIT, task.pk)
    return moved


def build_fresh_params(task: Task) -> dict[str, Any]:
    """Return a task's values for a request that is meant as a new one."""
    params = {name: value for name, value in task.params.items() if name != "client_order_id"}
    if task.error_code == CONFLICT and "allow_duplicate" in task.spec.fields:
        params["allow_duplicate"] = True  # else it would be refused as a repetition once more
    return params


def adopt_task(task: Task, *, remote_id: str, actor: User | None) -> bool:
    """Say which of the vendor's tasks one in doubt is. False when another task of ours is that one already.

    A worker that is just finding it out loses its claim: it would send the task again where it finds nothing.
    """
    if task.state != State.UNKNOWN or Task.objects.filter(vendor=task.vendor, remote_id=remote_id).exists():
        return False
    values = {"remote_id": remote_id, "error_code": "", "next_at": timezone.now(), "token": task.token + 1, **FREE}
    try:
        with transaction.atomic():
            if not write(task, **values):
                return False
            task.add_note(f"Said to be {remote_id} at {task.vendor_label}."[:500], actor=actor)
            queue.send(queue.POLL, task.pk)
    except IntegrityError:  # another one was said to be it a moment ago
        return False
    return True


def delete_at_vendor(task: Task, *, actor: User | None) -> None:
    """Delete a task and its files at its vendor, for good. A running task ends by that; our own files stay.

    :raises VendorError: when the vendor cannot, or the task's files are not saved yet
    """
    if not task.remote_id or task.state == State.SAVING:
        raise VendorError("Its files are not saved yet: delete it when they are.", retryable=True, code="not_yet")
    with open_account(task.vendor) as vendor:
        if task.is_open and _has_finished(task, vendor):
            raise VendorError(
                "It has just finished: delete it when its files are saved.", retryable=True, code="not_yet"
            )
        try:
            vendor.delete(task.remote_id)
        except VendorError as error:
            if not error.is_gone:
                raise
    _note_deleted(task, actor=actor)


def _has_finished(task: Task, vendor: Vendor) -> bool:
    """Look once more: what has finished is saved first."""
    try:
        status = vendor.poll(task.remote_id or "")
    except VendorError as error:
        if error.is_gone:
            return False
        raise
    if status.state != "done":
        return False
    outcomes.apply_status(task, status, vendor)  # no news where the sweep saw it first and saves it already
    return True


def _note_deleted(task: Task, *, actor: User | None) -> None:
    now, label = timezone.now(), task.vendor_label
    with transaction.atomic():
        task.refresh_from_db()
        if task.is_open and task.state != State.SAVING:
            outcomes.end(
                task,
                State.CANCELED,
                what=f"Deleted at {label} while it was running.",
                charged=Task.Charged.UNKNOWN,
                now_do=f"{label} does not say whether credits come back: look into the account there.",
                actor=actor,
                deleted_at_vendor_at=now,
            )
        else:
            write(task, deleted_at_vendor_at=now)
            task.add_note(f"Deleted at {label}, for good. The files here stay.", actor=actor)


def remake_preview(asset: Asset) -> None:
    """Make poster, light model and facts once more."""
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(
            preview=Asset.Preview.WAITING, preview_tries=0, preview_problem="", preview_next_at=timezone.now()
        )
        queue.send(queue.PREVIEW, asset.pk)


# --- The steps, which the queue calls by these names ----------------------------------------------------------------


def submit(pk: int) -> None:
    """Send a task to its vendor."""
    submission.submit(pk)


def poll(pk: int) -> None:
    """Ask a task's vendor how it is."""
    polling.poll_once(pk)


def save(pk: int) -> None:
    """Bring a finished task's files home."""
    saving_rounds.save(pk)


def fetch(pk: int) -> None:
    """Bring home what a finished task's vendor still has and the storage lacks."""
    refetching.fetch(pk)


def preview(pk: int) -> None:
    """Make a file's poster, light model and facts, or the light model that guests wait for."""
    previews.make_preview(pk)
    light_models.make_wished(pk)


def sweep() -> None:
    """Look after everything that is under way."""
    sweeping.sweep()


def housekeep() -> None:
    """Mend what stands still, delete what lies around, note the rest in the log."""
    housekeeping.run_due()
