"""Files on their way to a vendor: each content once per account, and no faster than the vendor takes them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs import files, queue
from jobs.claims import renew
from jobs.formats import get_data_uri_type
from jobs.models import Asset, Lease, State, Task, TaskInput, UploadAttempt, VendorFile
from jobs.owners import get_owner, is_dead
from jobs.vendors.base import DataUri, FileValue, Upload, Vendor

PACE_WINDOW = timedelta(seconds=60)  # Triverse, Upload Files: 10 uploads in 60 seconds
UPLOAD_LEASE_S = 1_000.0  # for each file; a dead holder on this machine is noticed at once, whatever the lease says
SENDING_AT_MOST = timedelta(seconds=400)  # above the time-outs of one upload
LOOK_AGAIN = timedelta(seconds=3)


class NotYet(Exception):
    """The files cannot be at the vendor before `next_at`; nothing was sent."""

    def __init__(self, reason: str, next_at: datetime) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_at = next_at


def bring_files(task: Task, vendor: Vendor) -> tuple[dict[str, FileValue], bool]:
    """Return what the request holds for each input, and whether one of them was at the vendor before.

    By the field's `sent_as`: the key of an upload, a public address of the upload (asked for after all files are
    there, since it lives for minutes), or the bytes themselves, which are not uploaded.

    :raises NotYet: when the pace is used up, or another worker is sending the same file just now
    :raises VendorError: when an upload fails
    :raises FileNotFoundError: when the bytes are not in the storage
    """
    values: dict[str, FileValue] = {}
    uploads: dict[str, str] = {}
    is_reused = False
    for item in task.task_inputs.select_related("asset"):
        if task.spec.get_file_field(item.field).sent_as == "data_uri":
            values[item.field] = make_data_uri(item.asset)
            continue
        known = find_known(item.asset, vendor)
        is_reused = is_reused or known is not None
        if known is None and not renew(task, lease_s=UPLOAD_LEASE_S):
            raise NotYet("Another worker has taken the task over.", timezone.now())
        uploads[item.field] = known or send_file(item.asset, vendor)
    for field, file_key in uploads.items():
        is_public = task.spec.get_file_field(field).sent_as == "url"
        values[field] = vendor.make_public_url(file_key) if is_public else file_key
    return values, is_reused


def keep_sent(task: Task, values: Mapping[str, FileValue]) -> None:
    """Note what stands for each file in the create that is about to leave, until its answer is known (`Task.move`)."""
    for field, value in values.items():
        if isinstance(value, str):
            TaskInput.objects.filter(task=task, field=field).update(sent_value=value)


def get_sent(task: Task) -> dict[str, FileValue] | None:
    """Return what stood for each file in the create that left; None where it was not noted."""
    values: dict[str, FileValue] = {}
    for item in task.task_inputs.select_related("asset"):
        travels_along = task.spec.get_file_field(item.field).sent_as == "data_uri"
        if not travels_along and not item.sent_value:
            return None
        values[item.field] = make_data_uri(item.asset) if travels_along else item.sent_value
    return values


def make_data_uri(asset: Asset) -> DataUri:
    """Return the file as a part of a request, read while it is sent. Pictures say their type, models only that they
    are bytes (Meshy, Retexture, read 2026-11-21).
    """
    files.open_file(asset.sha256).close()  # what is not there is noticed before anything is sent
    is_model = asset.kind == Asset.Kind.MODEL
    return DataUri(
        name=asset.file_name,
        media_type=get_data_uri_type("model" if is_model else "image", asset.extension),
        size_bytes=asset.size_bytes,
        open=partial(files.open_file, asset.sha256),
    )


def find_known(asset: Asset, vendor: Vendor) -> str | None:
    """Return the key under which the vendor holds this content, if it does."""
    now = timezone.now()
    same = VendorFile.objects.filter(asset__sha256=asset.sha256, account=vendor.connection.account)
    alive = same.exclude(file_key="").filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return alive.values_list("file_key", flat=True).first()


def forget_files(task: Task, vendor: Vendor) -> None:
    """Forget the vendor's copies of this task's files, since it does not know them any more."""
    hashes = task.inputs.values_list("sha256", flat=True)
    VendorFile.objects.filter(asset__sha256__in=list(hashes), account=vendor.connection.account).delete()


def send_file(asset: Asset, vendor: Vendor) -> str:
    """Upload a file and note its key."""
    row = start_upload(asset, vendor, now=timezone.now())
    try:
        with files.get_local_path(asset.sha256) as path:
            file_key = vendor.upload(
                Upload(
                    path=path,
                    name=f"{asset.sha256[:16]}.{asset.extension}",
                    kind="model" if asset.kind == Asset.Kind.MODEL else "image",
                    media_type=files.get_media_type(asset.extension),
                    size_bytes=asset.size_bytes,
                )
            )
    finally:
        VendorFile.objects.filter(pk=row.pk).update(owner="")
    VendorFile.objects.filter(pk=row.pk).update(file_key=file_key)
    _wake_others(asset.sha256)
    return file_key


def _wake_others(sha256: str) -> None:
    """Tell the tasks that waited for this upload."""
    now = timezone.now()
    for pk in Task.objects.filter(state=State.QUEUED, inputs__sha256=sha256).values_list("pk", flat=True):
        if Task.objects.filter(pk=pk, state=State.QUEUED).update(next_at=now, hinted_at=now):
            queue.send(queue.SUBMIT, pk)


def start_upload(asset: Asset, vendor: Vendor, *, now: datetime) -> VendorFile:
    """Take a place in the pace and the right to send this content.

    :raises NotYet: when there is none now
    """
    account = vendor.connection.account
    with transaction.atomic():
        Lease.objects.get_or_create(name=f"uploads:{account}")
        Lease.objects.select_for_update().get(name=f"uploads:{account}")
        rows = VendorFile.objects.filter(account=account)
        for other in rows.filter(asset__sha256=asset.sha256, file_key="").exclude(owner=""):
            if other.started_at > now - SENDING_AT_MOST and not is_dead(other.owner):
                raise NotYet(f"The file is being sent to {vendor.label} for another task.", now + LOOK_AGAIN)
        _take_place(vendor, now=now)
        values = {"vendor": vendor.key, "file_key": "", "started_at": now, "owner": get_owner()}
        return VendorFile.objects.update_or_create(asset=asset, account=account, defaults=values)[0]


def _take_place(vendor: Vendor, *, now: datetime) -> None:
    """Note an attempt, where the last minute has room for it; older ones are deleted."""
    tries = UploadAttempt.objects.filter(account=vendor.connection.account)
    tries.filter(at__lte=now - PACE_WINDOW).delete()
    limit = settings.TRIVERSE_UPLOADS_PER_MINUTE
    moments = list(tries.order_by("at").values_list("at", flat=True))
    if limit and len(moments) >= limit:
        reason = f"{vendor.label} takes {limit} uploads a minute, and they are used up."
        raise NotYet(reason, moments[-limit] + PACE_WINDOW)
    UploadAttempt.objects.create(account=vendor.connection.account, at=now)
