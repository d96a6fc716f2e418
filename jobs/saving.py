"""Brings a finished task's files home: each downloaded, checked, stored under its hash, made a file of the project."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs import circuit, outcomes
from jobs.bundles import bundle_obj
from jobs.claims import FREE, OUR_MISTAKE, claim, compute_delay_s, format_moment, put_off, renew, write
from jobs.files import (
    FileRefused,
    StorageTrouble,
    build_storage_trouble,
    make_temporary_folder,
    read_sha256,
    store,
)
from jobs.models import Asset, State, Task
from jobs.outputs import add_output
from jobs.shared_flags import is_stopping
from jobs.texts import FILE_MAX_BYTES, TEXT_MAX_LENGTH, find_text, gives_text, read_text
from jobs.vendors import get_vendor
from jobs.vendors.base import RemoteFile, Status, Vendor, VendorError
from jobs.vendors.redaction import redact_text
from jobs.verdicts import judge_outputs

logger = logging.getLogger(__name__)

LEASE_S = 60.0
BEAT_EVERY_S = 3.0
RESULT_MAX_BYTES = 1_000_000_000
FILES_MAX = 200  # of one task; a few dozen are the most that any operation makes
TRIES_MAX = 10  # of files that come damaged, or of addresses that are over again and again
MISSING_TIMES = 6  # a vendor may lose sight of its own task for a moment
LINK_GONE, STOPPED = "link_gone", "stopped"
MISSING, DAMAGED = "missing", "damaged"
NO_ROOM_RETRY_MAX_S = 60.0
NOTES_MAX, NOTE_MAX_LENGTH = 20, 500


def take_and_save(pk: int) -> bool:
    """Save the files of a task in `saving`; what is saved already is not fetched again.

    Return False when the task was not there to be taken.
    """
    if circuit.hold_back(pk, state=State.SAVING):
        return False
    task = claim(pk, state=State.SAVING, lease_s=LEASE_S)
    if task is None:
        return False
    with get_vendor(task.vendor) as vendor:
        try:
            _save_all(task, vendor)
        except StorageTrouble as error:
            _wait_for_room(task, error)
        except FileRefused as error:
            _retry(task, vendor, f"A file from {vendor.label} is damaged ({error.message})")
        except VendorError as error:
            _settle_error(task, vendor, error)
        except Exception:  # a mistake of ours must not keep the task until its lease runs out
            logger.exception("the files of task %s could not be saved", task.pk)
            put_off(task, OUR_MISTAKE)
    circuit.finish(task.vendor)
    return True


def _save_all(task: Task, vendor: Vendor) -> None:
    status = vendor.poll(task.remote_id or "")
    circuit.settle(task.vendor)  # the files may take long
    if status.state != "done":
        _follow_again(task, vendor, status)
        return
    beat = make_beat(task)
    if gives_text(task.spec):
        _save_text(task, vendor, status, beat)
        return
    found = vendor.fetch_results(status, task.spec)
    files = found[:FILES_MAX]
    if not files:
        _end_without_files(task, vendor, "file of it to download")
        return
    saved = set(task.outputs.values_list("output_key", flat=True))
    for number, file in enumerate(files, start=1):
        if file.key not in saved:
            save_one(task, vendor, file, beat)
        if not beat():
            raise VendorError("Saving was interrupted.", retryable=True, code=STOPPED)
        write(task, progress_percent=int(100 * number / len(files)))
    _succeed(task, vendor, status, text=_count(len(files), left=len(found) - len(files)))


def _succeed(task: Task, vendor: Vendor, status: Status, *, text: str, result_text: str = "") -> None:
    columns: dict[str, Any] = {
        "note": "",
        "progress_percent": 100,
        "result_text": result_text,
        "error_code": "",
        **FREE,
    }
    with transaction.atomic():
        if task.move(State.SUCCEEDED, text=text, **columns):
            judge_outputs(task)
            for note in read_notes(status.raw.get("output")):
                task.add_note(redact_text(note, vendor.connection)[:NOTE_MAX_LENGTH])


def _save_text(task: Task, vendor: Vendor, status: Status, beat: Callable[[], bool]) -> None:
    """Keep the words of the answer; where it has none, those of the file that the vendor names."""
    text = find_text(status.raw.get("output"))
    for file in [] if text else vendor.fetch_results(status, task.spec)[:1]:
        with make_temporary_folder() as folder:
            vendor.download(file.url, folder / "text", limit_bytes=FILE_MAX_BYTES, keep_on=beat)
            text = read_text(folder / "text")
    if text:
        words = redact_text(text, vendor.connection, limit=TEXT_MAX_LENGTH)
        _succeed(task, vendor, status, text="The text is saved.", result_text=words)
    else:
        _end_without_files(task, vendor, "text of it")


def _follow_again(task: Task, vendor: Vendor, status: Status) -> None:
    """The vendor takes back that it is done: follow the task again, or end it with what the vendor says now."""
    if status.state in ("failed", "canceled"):
        _expire(task, vendor, status.error_message or f"{vendor.label} says {status.word} after it was done.")
    else:
        task.move(State.RUNNING, text=status.word, next_at=timezone.now(), **FREE)


def _count(number: int, *, left: int) -> str:
    text = "1 file saved." if number == 1 else f"{number} files saved."
    return f"{text} {left:,} of the vendor's are left there." if left else text


def read_notes(output: object) -> list[str]:
    """Return what the vendor has to say of its result, sentence by sentence, for the task's history."""
    notes = output.get("notes") if isinstance(output, dict) else None
    found = [note.strip() for note in notes if isinstance(note, str)] if isinstance(notes, list) else []
    return [note for note in found if note][:NOTES_MAX]


def make_beat(task: Task) -> Callable[[], bool]:
    """Return a function that keeps the lease fresh and tells whether to go on."""
    last = time.monotonic()

    def beat() -> bool:
        nonlocal last
        if is_stopping():
            return False
        if time.monotonic() - last < BEAT_EVERY_S:
            return True
        last = time.monotonic()
        return renew(task, lease_s=LEASE_S)

    return beat


def save_one(task: Task, vendor: Vendor, file: RemoteFile, beat: Callable[[], bool]) -> None:
    with make_temporary_folder() as folder:
        try:
            path = _fetch(vendor, file, folder, beat)
        except OSError as error:
            raise build_storage_trouble(error) from error
        stored = store(path, name="result", limit_bytes=RESULT_MAX_BYTES, is_result=True)
    if file.key == "main" and task.outputs.filter(sha256=stored.sha256).exists():
        return  # it was saved under its place in the answer, which the vendor did not repeat this time
    add_output(task, correct_role(file, stored.kind), stored)


def _fetch(vendor: Vendor, file: RemoteFile, folder: Path, beat: Callable[[], bool]) -> Path:
    """Download a result, with what it needs beside it, and return the one file that it becomes."""
    path = folder / "result"
    vendor.download(file.url, path, limit_bytes=RESULT_MAX_BYTES, keep_on=beat)
    if not file.companions:
        return path
    parts = {companion: folder / f"part-{number}" for number, companion in enumerate(file.companions)}
    for companion, part in parts.items():
        vendor.download(companion.url, part, limit_bytes=RESULT_MAX_BYTES, keep_on=beat)
    bundle_obj(path, parts, target=folder / "bundle")
    return folder / "bundle"


def fetch_again(asset: Asset) -> bool:
    """Bring back the bytes of a result that the storage has lost; free at the vendor. False where it has them no more.

    The task stays as it is, and bytes that are not the very same are not stored.

    :raises VendorError: when the vendor cannot be asked, or does not give the file
    :raises StorageTrouble: when the storage does not take it
    """
    task = asset.task
    if task is None or not task.remote_id:
        return False
    with get_vendor(task.vendor) as vendor:
        status = vendor.poll(task.remote_id)
        found = vendor.fetch_results(status, task.spec) if status.state == "done" else []
        file = next((file for file in found if file.key == asset.output_key), None)
        return file is not None and restore(asset, file, vendor, lambda: not is_stopping())


def restore(asset: Asset, file: RemoteFile, vendor: Vendor, beat: Callable[[], bool]) -> bool:
    """Store the bytes of a result that the storage has lost; False where they are not the very same any more."""
    with make_temporary_folder() as folder:
        path = _fetch(vendor, file, folder, beat)
        if read_sha256(path) != asset.sha256:
            return False
        store(path, name="result", limit_bytes=RESULT_MAX_BYTES, is_result=True)
    return True


def correct_role(file: RemoteFile, kind: str) -> RemoteFile:
    """Return the file with the role that its bytes allow: its name and place in the answer are no proof."""
    is_model = file.role == Asset.Kind.MODEL
    if is_model is (kind == "model"):
        return file
    return replace(file, role="image" if is_model else "model", label="", style="")


def _end_without_files(task: Task, vendor: Vendor, lacking: str) -> None:
    outcomes.end(
        task,
        State.EXPIRED,
        what=f"{vendor.label} finished the task, but has no {lacking}.",
        charged=Task.Charged.YES,
        now_do=f"Ask {vendor.label}'s support with the vendor ID of this task, or start it again.",
        code=vendor.no_files_code,
    )


def _wait_for_room(task: Task, error: StorageTrouble) -> None:
    attempts = task.attempts + 1
    wait_s = min(compute_delay_s(attempts), NO_ROOM_RETRY_MAX_S)
    next_at = timezone.now() + timedelta(seconds=wait_s)
    note = f"{error.message} The results wait at the vendor; saving is tried again at {format_moment(next_at)}."
    if not task.note:
        task.add_note(f"{error.message} {error}"[:500])
    write(task, **FREE, attempts=attempts, next_at=next_at, hinted_at=None, note=note)


def _settle_error(task: Task, vendor: Vendor, error: VendorError) -> None:
    if error.code == STOPPED:
        write(task, **FREE, next_at=timezone.now(), hinted_at=None)
    elif error.code == LINK_GONE:
        _ask_again(task, vendor)
    elif error.is_gone and _count_in_row(task, MISSING) < MISSING_TIMES:
        put_off(task, f"{vendor.label} does not know this task.", code=MISSING)
    elif error.is_gone:
        _expire(task, vendor, f"{vendor.label} does not know this task any more, and its files are gone.")
    elif error.retryable or error.http_status in (401, 403):
        put_off(task, error.message, retry_after_s=error.retry_after_s)
    else:
        _retry(task, vendor, error.message)


def _count_in_row(task: Task, kind: str) -> int:
    """Return how many times in a row it went wrong in this way, which its `error_code` keeps meanwhile.

    What went wrong otherwise does not count: an outage of an hour must not make the next broken download the last one.
    """
    if task.error_code != kind:
        task.attempts = 0
    return task.attempts + 1


def _ask_again(task: Task, vendor: Vendor) -> None:
    attempts = _count_in_row(task, LINK_GONE)
    if attempts > TRIES_MAX:
        _expire(task, vendor, f"{vendor.label} deleted the files before they were saved.")
        return
    task.move(
        State.RUNNING,
        text="The address of a file is over; a new one is asked for.",
        attempts=attempts,
        error_code=LINK_GONE,
        next_at=timezone.now() + timedelta(seconds=compute_delay_s(attempts) / 2),
        **FREE,
    )


def _retry(task: Task, vendor: Vendor, reason: str) -> None:
    if _count_in_row(task, DAMAGED) > TRIES_MAX:
        _expire(task, vendor, f"{reason.rstrip('.')}. It stayed so in {TRIES_MAX} tries.")
    else:
        put_off(task, f"{reason.rstrip('.')}.", code=DAMAGED)


def _expire(task: Task, vendor: Vendor, what: str) -> None:
    outcomes.end(
        task,
        State.EXPIRED,
        what=what,
        charged=Task.Charged.YES,
        now_do=f"Look into your {vendor.label} account for the files, or start the task again.",
        code="expired",
    )
