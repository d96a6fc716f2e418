"""Rows that stand still, moments that a clock set wrong, and what ended processes left on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from jobs import balances, files, leases, queue, search, sharing
from jobs.housekeeping.findings import EXAMPLES, Finding, count, delete_in_chunks, pick
from jobs.models import OPEN_STATES, Asset, Lease, State, Task, UploadAttempt, VendorFile
from jobs.owners import is_dead
from jobs.vendor_files import SENDING_AT_MOST
from jobs.vendors import VENDOR_LABELS, get_connection

# Moments that no code writes: a clock that was wrong did. A task that stands in line waits a day at most; one in doubt
# that a person decides on may wait for that person alone (submission.NEVER).
TOO_FAR = timedelta(days=2)
HINT_TOO_FAR = timedelta(minutes=2)
LEASE_TOO_FAR = timedelta(days=1)
SAVING_LONG = timedelta(hours=1)
LEASES_KEPT = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(hours=1)
COPIES_KEPT = timedelta(days=1)  # at a vendor, after they ended there
TAKEN_AT_MOST_S = 60.0  # beyond a step's time-out
ROUND_STEPS_S = 60.0  # steps that come again by themselves
BY_ACCOUNT, BY_VENDOR = ("uploads",), ("places", "pace")


def tidy(*, now: datetime) -> list[Finding]:
    """Mend and delete what is safe; return what was found."""
    looks: list[Callable[[datetime], Finding | None]] = [
        mend_moments,
        mend_leases,
        forget_unfinished_copies,
        remove_queue_rows,
        remove_queue_results,
        remove_old_rows,
        remove_temporary,
        write_words,
        list_saving_long,
    ]
    found = [look(now) for look in looks]
    return [finding for finding in found if finding is not None]


def _mended(key: str, number: int, text: str) -> Finding | None:
    return Finding(key, number, text, is_mended=True) if number else None


def mend_moments(now: datetime) -> Finding | None:
    """Let what waits for an absurd moment be looked at now."""
    tasks = Task.objects.filter(state__in=OPEN_STATES)
    unasked = tasks.exclude(~Q(error_code=""), state=State.UNKNOWN)
    mended = unasked.filter(next_at__gt=now + TOO_FAR).update(next_at=now, hinted_at=None)
    mended += tasks.filter(hinted_at__gt=now + HINT_TOO_FAR).update(hinted_at=None)
    mended += tasks.filter(lease_until__gt=now + LEASE_TOO_FAR).update(lease_until=now)
    previews = Asset.objects.filter(preview=Asset.Preview.WAITING, preview_next_at__gt=now + TOO_FAR)
    mended += previews.update(preview_next_at=now)
    return _mended("moments", mended, f"{count(mended, 'row')} waited for a moment far away; they go on now.")


def mend_leases(now: datetime) -> Finding | None:
    """Free what is held for longer than anything is held, and forget names that nobody uses any more."""
    mended = Lease.objects.filter(until__gt=now + LEASE_TOO_FAR).update(owner="", until=now)
    used = {f"{name}:{get_connection(vendor).account}" for name in BY_ACCOUNT for vendor in VENDOR_LABELS}
    used |= {f"{name}:{vendor}" for name in BY_VENDOR for vendor in VENDOR_LABELS}
    unused = Lease.objects.filter(until__lt=now - LEASES_KEPT, beat_at__lt=now - LEASES_KEPT).exclude(name__in=used)
    mended += delete_in_chunks(unused)
    return _mended("leases", mended, f"{count(mended, 'lease')} of nobody were freed or forgotten.")


def forget_unfinished_copies(now: datetime) -> Finding | None:
    """Forget uploads to a vendor that ended with their process, and copies that the vendor has deleted since."""
    unfinished = VendorFile.objects.filter(file_key="")
    rows = unfinished.exclude(owner="").values_list("pk", "owner")
    dead = {owner for owner in {row[1] for row in rows} if is_dead(owner)}
    late = Q(started_at__lt=now - SENDING_AT_MOST) | Q(started_at__gt=now + SENDING_AT_MOST)
    forgotten = delete_in_chunks(unfinished.filter(late | Q(owner__in=dead)))
    forgotten += delete_in_chunks(VendorFile.objects.filter(expires_at__lt=now - COPIES_KEPT))
    text = f"{count(forgotten, 'upload')} to a vendor had not ended, or ended there; they are forgotten."
    return _mended("vendor_files", forgotten, text)


def remove_queue_rows(now: datetime) -> Finding | None:
    """Remove hints that nobody will take, or that were taken and do not matter any more."""
    removed = queue.remove_strays(now=now)
    spent = [hint.pk for hint in queue.list_taken(now=now) if is_spent(hint, now=now)]
    removed += queue.remove(spent)
    return _mended("queue_rows", removed, f"{count(removed, 'row')} of the queue that nobody needs were removed.")


def is_spent(hint: queue.TakenHint, *, now: datetime) -> bool:
    """Return whether a hint that was taken can be forgotten: no step needs it to come again."""
    age_s = (now - hint.since).total_seconds()
    if hint.step in (queue.SWEEP, queue.HOUSEKEEP):
        return age_s > ROUND_STEPS_S
    if hint.step == queue.BALANCES:
        return leases.is_free(balances.LEASE, now=now)  # who was at it is gone; it is hinted at again when it is due
    if age_s > queue.LONG_STEPS_S.get(hint.step, settings.Q_CLUSTER["timeout"]) + TAKEN_AT_MOST_S:
        return True
    if hint.row is None:
        return False
    if hint.step == queue.PREVIEW:
        wanted = Q(preview=Asset.Preview.WAITING) | Q(light_wish__sha256="")
        return not Asset.objects.filter(wanted, pk=hint.row).exists()
    return not Task.objects.filter(pk=hint.row, state__in=OPEN_STATES).exists()


def remove_queue_results(now: datetime) -> Finding | None:
    removed = queue.prune_results(now=now)
    return _mended("queue_results", removed, f"{count(removed, 'report')} of old steps were deleted.")


def remove_old_rows(now: datetime) -> Finding | None:
    """Delete sessions that are over, and attempts (to upload, to guess a password) that no pace counts any more."""
    removed = delete_in_chunks(Session.objects.filter(expire_date__lt=now))
    removed += sharing.prune_tries(now=now)
    removed += delete_in_chunks(UploadAttempt.objects.filter(at__lt=now - ATTEMPTS_KEPT))
    return _mended("old_rows", removed, f"{count(removed, 'row')} that are over were deleted (sessions, attempts).")


def remove_temporary(now: datetime) -> Finding | None:
    removed = files.prune_temporary()
    return _mended("temporary", removed, f"{count(removed, 'file')} of ended processes were deleted.")


def write_words(now: datetime) -> Finding | None:
    """Let files be found that came in without their words (before there was a search) or whose makers were renamed."""
    written = search.index_forgotten() + search.index_renamed()
    found = count(written, "file or task", "files and tasks")
    return _mended("words", written, f"{found} could not be found by all words; now they can.")


def list_saving_long(now: datetime) -> Finding | None:
    """List the tasks whose files have not come home for long: each says on its page what it waits for."""
    slow = Task.objects.filter(state=State.SAVING, state_at__lt=now - SAVING_LONG).order_by("state_at")
    number = slow.count()
    if not number:
        return None
    return Finding(
        "saving_long",
        number,
        f"{count(number, 'task')} in saving for more than an hour.",
        is_mended=False,
        now_do="Open them: each says what it waits for (room on the disk, its vendor).",
        examples=pick(slow.values_list("pk", flat=True)[:EXAMPLES]),
    )
