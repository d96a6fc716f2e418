"""What a vendor's account holds, whoever made it: for the page of tasks at the vendor, and to find one by its ID."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from jobs import circuit
from jobs.claims import format_moment
from jobs.models import Task
from jobs.vendors import OPERATIONS, get_vendor
from jobs.vendors.base import Listed, Vendor, VendorError, VendorState
from jobs.vendors.reading import is_id

PAGE_SIZE = 20


@dataclass(frozen=True)
class RemoteTask:
    """A task at a vendor. `task` is ours where we know it; `operation` is empty where we do not offer its kind.

    Nothing of it is stored: `thumbnail_url` is signed and lives for days at most.
    """

    remote_id: str
    operation: str
    word: str
    state: VendorState
    progress_percent: int | None
    prompt: str
    thumbnail_url: str
    created_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    error: str
    task: Task | None


@dataclass(frozen=True)
class RemotePage:
    """A page of a vendor's list, newest first."""

    items: list[RemoteTask]
    page: int
    has_next: bool


@contextmanager
def open_account(vendor: str) -> Iterator[Vendor]:
    """Give a client for what a person wants to know or do at once.

    :raises VendorError: when the vendor is left alone now, instead of letting the person wait for a time-out
    """
    hold = circuit.find_hold(vendor, creating=False)
    if hold is not None:
        again = f"It is asked again at {format_moment(hold.until)}." if hold.until else ""
        raise VendorError(hold.reason, retryable=True, code="left_alone", suggestion=again)
    try:
        with get_vendor(vendor) as client:
            yield client
    finally:
        circuit.finish(vendor)


def list_remote(vendor: str, *, page: int, page_size: int = PAGE_SIZE) -> RemotePage:
    """Return a page of the account's tasks, from 1.

    :raises VendorError: when the vendor has no list, or does not give it
    """
    with open_account(vendor) as client:
        found = client.fetch_page(page, page_size=page_size)
        items = {item.status.remote_id: item for item in found if item.status.remote_id}
        known = find_known(vendor, items)
        tasks = [build_remote(client, item, known.get(remote_id)) for remote_id, item in items.items()]
    return RemotePage(items=tasks, page=page, has_next=len(found) >= page_size)


def find_remote(vendor: str, remote_id: str) -> RemoteTask:
    """Return any of the account's tasks by the vendor's ID.

    :raises VendorError: `is_gone` when the vendor does not know it
    """
    with open_account(vendor) as client:
        item = client.describe(client.poll(check_id(client, remote_id)))
        return build_remote(client, item, find_known(vendor, [item.status.remote_id]).get(item.status.remote_id))


def find_known(vendor: str, remote_ids: Iterable[str]) -> dict[str, Task]:
    """Return our tasks by the vendor's ID."""
    tasks = Task.objects.filter(vendor=vendor, remote_id__in=list(remote_ids)).select_related("project")
    return {task.remote_id: task for task in tasks if task.remote_id}


def check_id(client: Vendor, remote_id: str) -> str:
    """Return the ID as it was copied, without blanks.

    :raises VendorError: when no vendor's ID looks like that
    """
    text = remote_id.strip()
    if not is_id(text):
        raise VendorError(f"That is no ID of a task at {client.label}.", retryable=False, is_gone=True)
    return text


def get_operation_key(vendor: str, kind: str) -> str:
    """Return which operation a vendor's word means; a vendor that says none and has one operation means that."""
    if kind:
        return f"{vendor}.{kind}" if f"{vendor}.{kind}" in OPERATIONS else ""
    keys = [key for key, operation in OPERATIONS.items() if operation.vendor == vendor]
    return keys[0] if len(keys) == 1 else ""


def build_remote(client: Vendor, item: Listed, task: Task | None) -> RemoteTask:
    status = item.status
    return RemoteTask(
        remote_id=status.remote_id,
        operation=get_operation_key(client.key, item.kind),
        word=status.word,
        state=status.state,
        progress_percent=status.progress_percent,
        prompt=item.prompt,
        thumbnail_url=item.thumbnail_url,
        created_at=item.created_at,
        finished_at=item.finished_at,
        expires_at=item.expires_at,
        error=status.error_message,
        task=task,
    )
