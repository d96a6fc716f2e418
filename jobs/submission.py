"""The create: a task leaves this machine once, or it is known that it is not known whether it did."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jobs import corrections, outcomes, vendor_files
from jobs.claims import FREE, OUR_MISTAKE, claim, put_off, write
from jobs.files import StorageTrouble
from jobs.models import State, Task
from jobs.reconciling import ask_person, reconcile
from jobs.vendors import get_vendor
from jobs.vendors.base import QUEUE_FULL, FileValue, SentRequest, Status, Vendor, VendorError
from jobs.vendors.redaction import redact

logger = logging.getLogger(__name__)

UPLOAD_LEASE_S = 1_000.0  # a dead holder on this machine is noticed at once, whatever the lease says
CREATE_LEASE_S = 90.0  # above the longest create (jobs/vendors/http.py)
FILES_LEASE_S = 900.0  # above the longest create with files in it
QUEUE_FULL_WAIT = timedelta(seconds=20)  # the account's other tasks may end without our seeing it
SEND_WITHIN = timedelta(seconds=2)  # a worker that was frozen between claim and send gives the task back
DOUBT_TRIES_MAX = 10  # about twenty minutes; then a person is told, and it is tried on more rarely
RETRY_OURS = timedelta(seconds=30)
REQUEST_TEXT_MAX_LENGTH = 100_000  # prompts are shown as they were sent; only absurd ones are cut
FILE_NOT_FOUND, CONFLICT = "1005", "2005"
IN_DOUBT = "Whether {label} took the request is not known yet; it is being found out, and nothing is done twice."


def submit(pk: int) -> None:
    """Send a queued task, or ask again with the same key for one whose answer was lost."""
    if _is_in_trash(pk):
        return
    task = claim(pk, state=State.QUEUED, lease_s=UPLOAD_LEASE_S, sent_at=None, error_code="")
    if task is not None:
        _run(task, _send_first)
    elif Task.objects.filter(pk=pk, state=State.UNKNOWN, remote_id=None).exists():
        task = claim(pk, state=State.UNKNOWN, lease_s=CREATE_LEASE_S)
        if task is not None:
            _run(task, _send_again)


def _is_in_trash(pk: int) -> bool:
    """Give up a queued task whose project or file was put into the trash before it was sent."""
    in_trash = Q(project__trashed_at__isnull=False) | Q(inputs__trashed_at__isnull=False)
    task = Task.objects.filter(in_trash, pk=pk, state=State.QUEUED).first()
    if task is None:
        return False
    return outcomes.end(
        task,
        State.CANCELED,
        what="Its project or file was put into the trash before the task was sent.",
        charged=Task.Charged.NO,
        now_do="Restore it from the trash and start the task again.",
    )


def _run(task: Task, step: Callable[[Task, Vendor], None]) -> None:
    """Do the step; a mistake of ours must not keep the task until its lease runs out."""
    try:
        with get_vendor(task.vendor) as vendor:
            step(task, vendor)
    except Exception:
        logger.exception("task %s could not be sent", task.pk)
        task.refresh_from_db()
        if task.state == State.SUBMITTING and task.sent_at is None:
            put_off(task, OUR_MISTAKE, to=State.QUEUED)
        elif task.state == State.SUBMITTING:
            task.move(State.UNKNOWN, text=OUR_MISTAKE, note=OUR_MISTAKE, next_at=timezone.now() + RETRY_OURS, **FREE)
        elif task.state == State.UNKNOWN:
            put_off(task, OUR_MISTAKE)


def _send_first(task: Task, vendor: Vendor) -> None:
    if (full_until := outcomes.find_full_queue(task)) is not None:
        _wait_for_place(task, f"{vendor.label}'s queue for this account is full.", next_at=full_until)
        return
    corrections.correct(task)
    try:
        file_keys, is_reused = vendor_files.bring_files(task, vendor)
    except vendor_files.NotYet as wait:
        put_off(task, wait.reason, to=State.QUEUED, next_at=wait.next_at)
        return
    except (FileNotFoundError, StorageTrouble) as error:
        _put_off_unreadable(task, error)
        return
    except VendorError as error:
        _settle_upload_error(task, error, vendor)
        return
    request = build_request(task, vendor, file_keys)
    if not _mark_sent(task, request, vendor):
        return
    try:
        status = vendor.submit(request)
    except VendorError as error:
        _settle_create_error(task, error, vendor, is_reused=is_reused)
        return
    _settle_created(task, status, vendor)


def build_request(task: Task, vendor: Vendor, file_keys: Mapping[str, FileValue]) -> SentRequest:
    return vendor.build_request(task.spec, task.params, file_keys=file_keys, order_id=task.order_id)


def _mark_sent(task: Task, request: SentRequest, vendor: Vendor) -> bool:
    """Commit that the create leaves now; False when the task is not ours any more or this process was frozen."""
    now = timezone.now()
    sent: dict[str, Any] = {"method": request.method, "path": request.path, "body": dict(request.body)}
    is_ours = write(
        task,
        sent_at=now,
        lease_until=now + timedelta(seconds=FILES_LEASE_S if request.has_files else CREATE_LEASE_S),
        request=redact(sent, vendor.connection, limit=REQUEST_TEXT_MAX_LENGTH),
    )
    if is_ours and timezone.now() - now > SEND_WITHIN:
        put_off(task, "This machine was too slow to send the request.", to=State.QUEUED)
        return False
    return is_ours


def _settle_created(task: Task, status: Status, vendor: Vendor) -> None:
    try:
        outcomes.adopt(task, status, vendor, text=f"{vendor.label} took the task.")
        outcomes.wake_waiting(task.vendor)
    except outcomes.TakenByAnother:
        outcomes.end(
            task,
            State.FAILED,
            what=f"{vendor.label} took this for a repetition of an equal task of a moment ago.",
            charged=Task.Charged.NO,
            now_do="Look at the other task, or turn on “Run it even if it equals a request of a moment ago”.",
            code=CONFLICT,
        )


def _settle_upload_error(task: Task, error: VendorError, vendor: Vendor) -> None:
    """An upload creates nothing: whatever went wrong, the task was surely not sent."""
    if error.code == FILE_NOT_FOUND:
        vendor_files.forget_files(task, vendor)
        put_off(task, f"{vendor.label} has deleted the file; it is sent again.", to=State.QUEUED)
    elif error.retryable:
        put_off(task, error.message, to=State.QUEUED, retry_after_s=error.retry_after_s)
    else:
        outcomes.refuse(task, error)


def _put_off_unreadable(task: Task, error: FileNotFoundError | StorageTrouble) -> None:
    if isinstance(error, FileNotFoundError):
        outcomes.end(
            task,
            State.FAILED,
            what="The input file is missing in the storage.",
            charged=Task.Charged.NO,
            now_do="Upload the file again and start the task with it.",
            code="file_missing",
        )
    else:
        put_off(task, error.message, to=State.QUEUED)


def _settle_create_error(task: Task, error: VendorError, vendor: Vendor, *, is_reused: bool) -> None:
    if error.sent == "maybe":
        _doubt(task, error, vendor)
    elif error.code == QUEUE_FULL:
        _wait_for_place(task, error.message, next_at=timezone.now() + QUEUE_FULL_WAIT)
    elif error.retryable:
        put_off(task, error.message, to=State.QUEUED, retry_after_s=error.retry_after_s)
    elif error.code == FILE_NOT_FOUND and is_reused:
        vendor_files.forget_files(task, vendor)
        put_off(task, f"{vendor.label} has deleted the file; it is sent again.", to=State.QUEUED)
    else:
        outcomes.refuse(task, error)


def _wait_for_place(task: Task, reason: str, *, next_at: datetime) -> None:
    """Wait until one of the account's tasks ends: sending more slowly would not help, and trying costs requests."""
    put_off(task, reason, to=State.QUEUED, next_at=next_at, code=QUEUE_FULL)


def _doubt(task: Task, error: VendorError, vendor: Vendor) -> None:
    task.move(
        State.UNKNOWN,
        text=f"{error.message} {IN_DOUBT.format(label=vendor.label)}"[:500],
        note=IN_DOUBT.format(label=vendor.label),
        next_at=timezone.now() + timedelta(seconds=2),
        hinted_at=None,
        **FREE,
    )


def _send_again(task: Task, vendor: Vendor) -> None:
    """Ask with the same key: an idempotent vendor answers with the first task, or takes it now for the first time."""
    if not vendor.idempotent:
        reconcile(task, vendor)
        return
    try:
        request = build_request(task, vendor, _get_sent_keys(task, vendor))
        if not renew_sent(task):
            return
        status = vendor.submit(request)
        outcomes.adopt(task, status, vendor, text=f"Found at {vendor.label} by its order ID.")
    except (vendor_files.NotYet, FileNotFoundError, StorageTrouble) as error:
        put_off(task, error.message if isinstance(error, StorageTrouble) else str(error))
    except outcomes.TakenByAnother:
        ask_person(task, f"{vendor.label} takes this for a repetition of another task.")
    except VendorError as error:
        if error.retryable and task.attempts < DOUBT_TRIES_MAX:
            put_off(task, error.message, retry_after_s=error.retry_after_s)
        else:
            ask_person(task, error.message if error.retryable else f"{error.message} {error.suggestion}")


def renew_sent(task: Task) -> bool:
    """Commit that the create leaves once more; the first moment stays, since the deadline counts from it."""
    return write(task, lease_until=timezone.now() + timedelta(seconds=CREATE_LEASE_S))


def _get_sent_keys(task: Task, vendor: Vendor) -> dict[str, FileValue]:
    """Return the file keys of the first request: the same order ID with another body would be a conflict."""
    body = (task.request or {}).get("body", {})
    fields = [item.field for item in task.task_inputs.all()]
    keys: dict[str, FileValue] = {field: body[field] for field in fields if isinstance(body.get(field), str)}
    if len(keys) == len(fields) and all(task.spec.get_file_field(field).sent_as == "file_key" for field in fields):
        return keys
    return vendor_files.bring_files(task, vendor)[0]
