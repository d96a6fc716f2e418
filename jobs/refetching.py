"""Fetches what a finished task's vendor still has and the storage lacks: files never saved, and bytes that were lost.

The task stays as it is, and nothing is created at the vendor: it is free. What came of it is a line of its history.
"""

import logging

from jobs import circuit
from jobs.claims import FREE, OUR_MISTAKE, claim, write
from jobs.files import FileRefused, StorageTrouble, open_file
from jobs.models import Asset, State, Task
from jobs.saving import FILES_MAX, LEASE_S, make_beat, restore, save_one
from jobs.texts import gives_text
from jobs.vendors import get_vendor
from jobs.vendors.base import Vendor, VendorError

logger = logging.getLogger(__name__)

AS_IT_IS = "What is saved here stays as it is."


def fetch(pk: int) -> None:
    """Fetch what is missing of a task that is done; does nothing where it is not, or somebody is at it."""
    task = claim(pk, state=State.SUCCEEDED, lease_s=LEASE_S)
    if task is None:
        return
    try:
        said = _fetch_from_vendor(task)
    except (VendorError, FileRefused, StorageTrouble) as error:
        said = f"{error.message} {AS_IT_IS}"
    except Exception:  # a mistake of ours must not keep the task until its lease runs out
        logger.exception("the files of task %s could not be fetched again", pk)
        said = OUR_MISTAKE
    if write(task, **FREE):
        task.add_note(said[:500])


def _fetch_from_vendor(task: Task) -> str:
    hold = circuit.find_hold(task.vendor, creating=False)
    if hold is not None:
        return f"{hold.reason} The files can be asked for again later. {AS_IT_IS}"
    try:
        with get_vendor(task.vendor) as vendor:
            return _fetch_missing(task, vendor)
    finally:
        circuit.finish(task.vendor)


def _fetch_missing(task: Task, vendor: Vendor) -> str:
    """Return what came of it, for the history."""
    status = vendor.poll(task.remote_id or "")
    circuit.settle(task.vendor)  # the files may take long
    if status.state != "done" or gives_text(task.spec):
        return f"{vendor.label} has no files of it to fetch. {AS_IT_IS}"
    known = {asset.output_key: asset for asset in task.outputs.all()}
    beat, came, changed = make_beat(task), 0, 0
    for file in vendor.fetch_results(status, task.spec)[:FILES_MAX]:
        asset = known.get(file.key)
        if asset is None:
            save_one(task, vendor, file, beat)
            came += 1
        elif is_lost(asset):
            is_same = restore(asset, file, vendor, beat)
            came, changed = came + is_same, changed + (not is_same)
    return _describe(came, changed, vendor)


def _describe(came: int, changed: int, vendor: Vendor) -> str:
    if changed:
        return f"{came} files came again; {changed} are not at {vendor.label} any more as they were saved."
    if not came:
        return f"Nothing is missing: every file that {vendor.label} has of it is here."
    return "1 file came again." if came == 1 else f"{came} files came again."


def is_lost(asset: Asset) -> bool:
    """Return whether the storage has no bytes of this file."""
    try:
        open_file(asset.sha256).close()
    except FileNotFoundError:
        return True
    return False
