"""Tasks that were made elsewhere with the same account, brought in: followed and saved as of any other."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.forms import Field
from django.utils import timezone

from jobs import outcomes, reconciling, search
from jobs.fields import ListField, TaskField
from jobs.models import Project, State, Task, TaskEvent, User
from jobs.operations import Operation
from jobs.remote_tasks import check_id, get_operation_key, open_account
from jobs.vendors import OPERATIONS
from jobs.vendors.base import Connection, Listed, Vendor, VendorError
from jobs.vendors.redaction import redact


def import_task(*, project: Project, user: User | None, vendor: str, remote_id: str) -> Task:
    """Make a task of the vendor's account one of the project: it is followed and its files are saved as of any other.

    The same ID again gives the task that is there.

    :raises VendorError: when the vendor does not know it, or it is of a kind that is not offered here
    """
    with open_account(vendor) as client:
        remote_id = check_id(client, remote_id)
        if known := Task.objects.filter(vendor=vendor, remote_id=remote_id).first():
            return known
        found = client.describe(client.poll(remote_id))
        operation = OPERATIONS.get(get_operation_key(vendor, found.kind))
        if operation is None:
            raise VendorError(f"This is a task of a kind that is not offered here ({found.kind}).", retryable=False)
        if twin := reconciling.find_in_doubt(found, client):
            what = f"This may be task {twin.pk}, whose answer was lost: say there which one it is."
            raise VendorError(what, retryable=False, code="in_doubt")
        try:
            with transaction.atomic():
                task = _create_imported(project, user, operation, found, client)
                outcomes.apply_status(task, found.status, client)
        except IntegrityError:
            return Task.objects.get(vendor=vendor, remote_id=remote_id)
    return task


def _create_imported(project: Project, user: User | None, operation: Operation, found: Listed, client: Vendor) -> Task:
    now = timezone.now()
    state = State.WAITING if found.status.state == "waiting" else State.RUNNING
    task = Task.objects.create(
        project=project,
        operation=operation.key,
        vendor=operation.vendor,
        params=read_echo(operation, found.status.raw, client.connection),
        created_by=user,
        state=state,
        is_imported=True,
        remote_id=found.status.remote_id,
        quoted_credits=found.status.cost_credits,
        sent_at=found.created_at or now,
    )
    text = f"Brought in from {client.label}."
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.STATE, state=state, at=now, text=text, actor=user)
    search.index_new_task(task)
    return task


def read_echo(operation: Operation, raw: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return the values that the vendor repeats in its answer, files and tasks apart."""
    echo = {
        name: raw[name]
        for name, item in operation.fields.items()
        if raw.get(name) not in (None, "", []) and name not in operation.file_fields and not isinstance(item, TaskField)
        if _can_hold(item, raw[name])
    }
    return redact(echo, connection)


def _can_hold(item: Field, value: object) -> bool:
    """Return whether a field's value can look like this at all: the vendor's echo may be anything."""
    values = value if isinstance(value, list) and isinstance(item, ListField) else [value]
    is_plain = all(isinstance(one, str | int | float) for one in values)
    return is_plain and (not isinstance(item, ListField) or isinstance(value, list | str))
