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

`jobs.models.TRANSITIONS` is the table; `Task.move` the only writer. Steps come by hints (jobs/queue.py), which may be
lost or come twice. submission.py sends, polling.py and sweep.py follow, saving.py brings the files home,
previews.py makes posters; claims.py says who holds a task.
"""

import logging
from collections.abc import Mapping
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import files, outcomes, polling, previews, queue, saving, submission
from jobs import sweep as sweeping
from jobs.claims import FREE, write
from jobs.models import Asset, Project, State, Task, TaskEvent, TaskInput, User, make_order_id
from jobs.operations import AssetLike, Operation

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
) -> Task:
    """Take a task on; it leaves when a worker takes the hint. The same `form_key` again gives the first task."""
    try:
        with transaction.atomic():
            now = timezone.now()
            task = Task.objects.create(
                project=project,
                operation=operation.key,
                vendor=operation.vendor,
                params=dict(params),
                created_by=user,
                form_key=form_key or None,
                hinted_at=now,
            )
            for field, asset in assets.items():
                TaskInput.objects.create(task=task, asset_id=asset.pk, field=field)
            TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.STATE, state=State.QUEUED, at=now, actor=user)
            queue.send(queue.SUBMIT, task.pk)
    except IntegrityError:
        first = Task.objects.filter(form_key=form_key).first() if form_key else None
        if first is None:
            raise
        return first
    return task


def cancel_task(task: Task, *, actor: User | None) -> bool:
    """Give up a task that has not been sent, or of which that is not known. False when it is too late."""
    if task.state == State.QUEUED:
        return outcomes.end(
            task,
            State.CANCELED,
            what="Canceled before it was sent.",
            charged=Task.Charged.NO,
            now_do="You can start it again at any time.",
            actor=actor,
        )
    if task.state == State.UNKNOWN:
        return outcomes.end(
            task,
            State.CANCELED,
            what=f"Given up while it was not known whether {task.vendor_label} took it.",
            charged=Task.Charged.UNKNOWN,
            now_do=f"Look into your {task.vendor_label} account before you start it again.",
            actor=actor,
        )
    return False


def recheck_task(task: Task, *, actor: User | None) -> None:
    """Look after an open task now instead of later. This is free: nothing is created by it."""
    steps = {State.QUEUED: queue.SUBMIT, State.SAVING: queue.SAVE, State.WAITING: queue.POLL, State.RUNNING: queue.POLL}
    in_doubt = queue.POLL if task.remote_id else queue.SUBMIT
    step = in_doubt if task.state == State.UNKNOWN else steps.get(State(task.state))
    if step is None:
        return
    now = timezone.now()
    with transaction.atomic():
        write(task, next_at=now, hinted_at=now)
        task.add_note("Asked again.", actor=actor)
        queue.send(step, task.pk)


def send_again(task: Task, *, actor: User | None) -> bool:
    """Send a task in doubt as a new request: a person accepts that the first one may have been taken and charged."""
    if task.state != State.UNKNOWN:
        return False
    now = timezone.now()
    params = {name: value for name, value in task.params.items() if name != "client_order_id"}
    with transaction.atomic():
        moved = task.move(
            State.QUEUED,
            text="Sent again as a new request.",
            actor=actor,
            data={"order_id": task.order_id, "remote_id": task.remote_id},
            order_id=make_order_id(),
            params=params,
            remote_id=None,
            request=None,
            attempts=0,
            next_at=now,
            hinted_at=now,
            note="",
            **FREE,
        )
        if moved:
            queue.send(queue.SUBMIT, task.pk)
    return moved


def adopt_task(task: Task, *, remote_id: str, actor: User | None) -> bool:
    """Say which of the vendor's tasks one in doubt is. False when another task of ours is that one already."""
    if task.state != State.UNKNOWN or Task.objects.filter(vendor=task.vendor, remote_id=remote_id).exists():
        return False
    with transaction.atomic():
        if not write(task, remote_id=remote_id, next_at=timezone.now()):
            return False
        task.add_note(f"Said to be {remote_id} at {task.vendor_label}."[:500], actor=actor)
        queue.send(queue.POLL, task.pk)
    return True


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
    saving.save(pk)


def preview(pk: int) -> None:
    """Make a file's poster, light model and facts."""
    previews.make_preview(pk)


def sweep() -> None:
    """Look after everything that is under way."""
    sweeping.sweep()
