"""The create: a task leaves this machine once, or it is known that it is not known whether it did."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs import circuit, corrections, outcomes, turns, vendor_files
from jobs.claims import FREE, OUR_MISTAKE, claim, put_off, write
from jobs.files import StorageTrouble
from jobs.models import State, Task
from jobs.reconciling import CHOICES, ask_person, get_conflict_note, reconcile
from jobs.vendors import get_vendor
from jobs.vendors.base import CONFLICT, QUEUE_FULL, RATE_LIMITED, FileValue, SentRequest, Status, Vendor, VendorError
from jobs.vendors.redaction import redact

logger = logging.getLogger(__name__)

CREATE_LEASE_S = 90.0  # above the longest create (jobs/vendors/http.py)
FILES_LEASE_S = 900.0  # above the longest create with files in it
SEND_WITHIN = timedelta(seconds=2)  # a worker that was frozen between claim and send gives the task back
DOUBT_TRIES_MAX = 10  # about twenty minutes; then a person is told, and it is tried on more rarely
ORDER_ID_TRUSTED_FOR = timedelta(hours=12)  # no page says for how long the vendor remembers one; others do for a day
NEVER = timedelta(days=3_650)  # it is looked at again when a person says so
RETRY_OURS = timedelta(seconds=30)
REQUEST_TEXT_MAX_LENGTH = 100_000  # prompts are shown as they were sent; only absurd ones are cut
FILE_NOT_FOUND = "1005"
FILES_REFUSED = frozenset({"1004", FILE_NOT_FOUND})  # a key that is not known any more; an address that is over
IN_DOUBT = "Whether {label} took the request is not known yet; it is being found out, and nothing is done twice."


def submit(pk: int) -> None:
    """Send a queued task when it is its turn, or ask again with the same key for one whose answer was lost."""
    if _is_in_trash(pk) or circuit.hold_back(pk, state=State.QUEUED) or circuit.hold_back(pk, state=State.UNKNOWN):
        return
    task = Task.objects.filter(pk=pk).first()
    if task is None:
        return
    if task.state == State.QUEUED:
        if (claimed := turns.take_turn(pk, lease_s=vendor_files.UPLOAD_LEASE_S)) is not None:
            _run(claimed, _send_first)
        turns.wake(task.vendor)
    elif task.state == State.UNKNOWN and task.remote_id is None:
        _look_after(task)
    circuit.finish(task.vendor)


def _look_after(task: Task) -> None:
    """Find out what became of a create whose answer was lost. A conflict is an answer: only a person goes on there."""
    if task.error_code == CONFLICT:
        write(task, next_at=timezone.now() + NEVER)
    elif (claimed := claim(task.pk, state=State.UNKNOWN, lease_s=CREATE_LEASE_S)) is not None:
        _run(claimed, _send_again)


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
        _give_back(task)


def _give_back(task: Task) -> None:
    """Give up the claim, where it still is ours."""
    row = Task.objects.filter(pk=task.pk, token=task.token).first()
    if row is None:
        return
    if row.state == State.SUBMITTING and row.sent_at is None:
        put_off(row, OUR_MISTAKE, to=State.QUEUED)
    elif row.state == State.SUBMITTING:
        row.move(State.UNKNOWN, text=OUR_MISTAKE, note=OUR_MISTAKE, next_at=timezone.now() + RETRY_OURS, **FREE)
    elif row.state == State.UNKNOWN:
        put_off(row, OUR_MISTAKE)


def _send_first(task: Task, vendor: Vendor) -> None:
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
    if (hold := circuit.find_new_hold(task.vendor)) is not None:
        circuit.give_back(task, hold)
        return
    request = build_request(task, vendor, file_keys)
    if not _mark_sent(task, request, vendor, file_keys=file_keys):
        return
    try:
        status = vendor.submit(request)
    except VendorError as error:
        _settle_create_error(task, error, vendor, is_reused=is_reused)
        return
    _settle_created(task, status, vendor)


def build_request(task: Task, vendor: Vendor, file_keys: Mapping[str, FileValue]) -> SentRequest:
    return vendor.build_request(task.spec, task.params, file_keys=file_keys, order_id=task.order_id)


def _mark_sent(task: Task, request: SentRequest, vendor: Vendor, *, file_keys: Mapping[str, FileValue]) -> bool:
    """Commit that the create leaves now, and with what for its files.

    False when the task is not ours any more or this process was frozen meanwhile: then nothing leaves.
    """
    now = timezone.now()
    sent: dict[str, Any] = {"method": request.method, "path": request.path, "body": dict(request.body)}
    lease_s = FILES_LEASE_S if request.has_files else CREATE_LEASE_S + (vendor.connection.read_timeout_s or 0)
    with transaction.atomic():
        is_ours = write(
            task,
            sent_at=now,
            lease_until=now + timedelta(seconds=lease_s),
            request=redact(sent, vendor.connection, limit=REQUEST_TEXT_MAX_LENGTH),
        )
        if is_ours:
            vendor_files.keep_sent(task, file_keys)
    if is_ours and timezone.now() - now > SEND_WITHIN:
        put_off(task, "This machine was too slow to send the request.", to=State.QUEUED)
        return False
    return is_ours


def _settle_created(task: Task, status: Status, vendor: Vendor) -> None:
    try:
        outcomes.adopt(task, status, vendor, text=f"{vendor.label} took the task.")
        if task.remote_id is None:
            outcomes.adopt_late(task, status, vendor)
    except outcomes.TakenByAnother:
        outcomes.end(
            task,
            State.FAILED,
            what=f"{vendor.label} took this for a repetition of an equal task of a moment ago.",
            charged=Task.Charged.NO,
            now_do="Look at the other task, or turn on “Run it even if it equals a request of a moment ago”.",
            code=CONFLICT,
        )
    except Exception:  # the row could not be written: what the vendor said must not be lost with it
        logger.error("task %s is %s at %s", task.pk, status.remote_id, vendor.label)
        raise


def _settle_upload_error(task: Task, error: VendorError, vendor: Vendor) -> None:
    """An upload creates nothing: whatever went wrong, the task was surely not sent."""
    if error.code == FILE_NOT_FOUND:
        vendor_files.forget_files(task, vendor)
        put_off(task, f"{vendor.label} has deleted the file; it is sent again.", to=State.QUEUED)
    elif error.retryable:
        _put_off_refused(task, error)
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
        turns.note_full(task.vendor, seconds=error.retry_after_s)
        turns.stand_in_line(task, error.message, to=State.QUEUED)
    elif error.retryable:
        _put_off_refused(task, error)
    elif error.code == CONFLICT:
        _leave_conflict(task, error, vendor)
    elif error.code == FILE_NOT_FOUND and is_reused:
        vendor_files.forget_files(task, vendor)
        put_off(task, f"{vendor.label} has deleted the file; it is sent again.", to=State.QUEUED)
    else:
        outcomes.refuse(task, error)


def _put_off_refused(task: Task, error: VendorError) -> None:
    """Try later what was surely not taken; where we were too fast, let the others wait as well."""
    if error.code == RATE_LIMITED:
        turns.note_too_fast(task.vendor, seconds=error.retry_after_s)
    put_off(task, error.message, to=State.QUEUED, retry_after_s=error.retry_after_s)


def _leave_conflict(task: Task, error: VendorError, vendor: Vendor) -> None:
    """Leave to a person what the vendor calls a repetition without saying of which task.

    Our order ID is new, so an equal request is meant that was made before: another task of ours, or one that was made
    elsewhere with the account. Asking once more would be the same, or a charge that nobody wished for.
    """
    note = f"{get_conflict_note(vendor, is_first=True)} {CHOICES}"
    task.move(
        State.UNKNOWN,
        text=error.message[:500],
        note=note,
        answer=error.answer,
        error_code=CONFLICT,
        next_at=timezone.now() + NEVER,
        hinted_at=None,
        **FREE,
    )


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
    if timezone.now() - (task.sent_at or task.state_at) > ORDER_ID_TRUSTED_FOR:
        reason = f"{vendor.label} may have forgotten the order ID of this request by now: asking again might start it."
        ask_person(task, reason, look_again=NEVER)
        return
    try:
        status = _repeat(task, vendor)
        if status is not None:
            outcomes.adopt(task, status, vendor, text=f"Found at {vendor.label} by its order ID.")
            if task.remote_id is None:  # a person chose meanwhile
                outcomes.adopt_late(task, status, vendor)
    except (vendor_files.NotYet, FileNotFoundError, StorageTrouble) as error:
        put_off(task, error.message if isinstance(error, StorageTrouble) else str(error))
    except outcomes.TakenByAnother:
        ask_person(task, f"{vendor.label} takes this for a repetition of another task.")
    except VendorError as error:
        _settle_repeat_error(task, error, vendor)


def _repeat(task: Task, vendor: Vendor) -> Status | None:
    """Send the very same request as before; None when the task is not ours any more.

    Where the vendor refuses its files (an address that is over, a copy that it has deleted) it gets them anew, under
    the same order ID: it needs them only if it had not taken the first request, and if it had, it says so.
    """
    file_keys = vendor_files.get_sent(task) or vendor_files.bring_files(task, vendor)[0]
    try:
        return _post_again(task, vendor, file_keys)
    except VendorError as error:
        if error.code not in FILES_REFUSED or error.sent != "no" or not file_keys:
            raise
        if error.code == FILE_NOT_FOUND:
            vendor_files.forget_files(task, vendor)
    return _post_again(task, vendor, vendor_files.bring_files(task, vendor)[0])


def _post_again(task: Task, vendor: Vendor, file_keys: Mapping[str, FileValue]) -> Status | None:
    request = build_request(task, vendor, file_keys)
    return vendor.submit(request) if renew_sent(task, vendor, file_keys) else None


def renew_sent(task: Task, vendor: Vendor, file_keys: Mapping[str, FileValue]) -> bool:
    """Commit that the create leaves once more; the first moment stays, since the deadline counts from it."""
    lease_s = CREATE_LEASE_S + (vendor.connection.read_timeout_s or 0)
    with transaction.atomic():
        is_ours = write(task, lease_until=timezone.now() + timedelta(seconds=lease_s))
        if is_ours:
            vendor_files.keep_sent(task, file_keys)
    return is_ours


def _settle_repeat_error(task: Task, error: VendorError, vendor: Vendor) -> None:
    if error.code == CONFLICT:
        ask_person(task, get_conflict_note(vendor, is_first=False), code=CONFLICT, look_again=NEVER)
    elif error.retryable and task.attempts < DOUBT_TRIES_MAX:
        put_off(task, error.message, retry_after_s=error.retry_after_s)
    else:
        ask_person(task, error.message if error.retryable else f"{error.message} {error.suggestion}")
