"""Finds out what became of a create whose answer was lost, at a vendor that knows no idempotency key.

The vendor's list is read back to the moment of sending. One new task that looks like ours is ours. None, in a complete
list, after a quiet period in which a late one would have come: the create was not taken, and may be sent again.
Several, or a list that cannot be read to its end: a person decides, since guessing might pay twice.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from jobs import outcomes
from jobs.claims import FREE, put_off, write
from jobs.models import Asset, State, Task
from jobs.vendors.base import Listed, Vendor, VendorError
from jobs.vendors.paging import read_list
from jobs.vendors.redaction import redact_text

CLOCKS_DIFFER = timedelta(seconds=5)
CLOCKS_WRONG = timedelta(minutes=10)  # so far off, one of the clocks may be wrong: then a person is asked
LATE_AT_MOST = timedelta(minutes=15)  # above the longest create and the quiet period
LOOK_AGAIN = timedelta(seconds=5)
ASK_PERSON_AFTER = timedelta(minutes=10)
SEND_AGAIN_MAX = 5
SENT_AGAIN = "its list does not have it. It is sent again."
CANDIDATES_SHOWN = 3
IN_DOUBT = Q(state=State.UNKNOWN, remote_id__isnull=True) | Q(state=State.SUBMITTING, sent_at__isnull=False)


def reconcile(task: Task, vendor: Vendor) -> None:
    """Look for a task in doubt in its vendor's list, and adopt it, send it again, wait, or ask a person."""
    listed_at = timezone.now()
    sent_at = task.sent_at or task.state_at
    try:
        listing = read_list(vendor, back_to=sent_at - CLOCKS_WRONG)
    except VendorError as error:
        put_off(task, error.message, retry_after_s=error.retry_after_s)
        return
    in_doubt = Task.objects.filter(IN_DOUBT, vendor=task.vendor).exclude(pk=task.pk)
    rivals = [other for other in in_doubt if get_prompt(other).split() == get_prompt(task).split()]
    if any(other.state == State.SUBMITTING for other in rivals):
        _look_again(task)  # what is in the list may be the answer that this one is just waiting for
        return
    ours = Task.objects.filter(vendor=task.vendor, remote_id__in=listing.items)
    known = set(ours.values_list("remote_id", flat=True))
    others = [item for remote_id, item in listing.items.items() if remote_id not in known]
    candidates = [item for item in others if matches(item, task, vendor)]
    doubtful = [item for item in others if matches(item, task, vendor, clocks_differ=CLOCKS_WRONG)]
    if candidates:
        _choose(task, vendor, candidates, rivals)
    elif doubtful:
        _name_candidates(task, vendor, doubtful, "though made at another time")
    elif not listing.is_complete:
        ask_person(task, f"{vendor.label}'s list is too long to be read to the moment of sending.")
    elif listed_at - task.state_at < timedelta(seconds=settings.CREATE_QUIET_S):
        _look_again(task)
    else:
        _send_again(task, vendor)


def matches(item: Listed, task: Task, vendor: Vendor, *, clocks_differ: timedelta = CLOCKS_DIFFER) -> bool:
    """Return whether a task at the vendor may be what we sent: its style is echoed, its model is not."""
    sent_at = task.sent_at or task.state_at
    if item.created_at and not sent_at - clocks_differ <= item.created_at <= sent_at + LATE_AT_MOST:
        return False
    has_picture = task.task_inputs.exclude(asset__kind=Asset.Kind.MODEL).exists()
    ours = redact_text(get_prompt(task), vendor.connection)  # as the list's are
    return item.has_picture == has_picture and item.prompt.split() == ours.split()


def get_prompt(task: Task) -> str:
    """Return the words that the task was given, "" where it was given none."""
    return " ".join(str(task.params.get(name, "")) for name in task.spec.prompt_fields)


def find_in_doubt(item: Listed, vendor: Vendor) -> Task | None:
    """Return a task of ours in doubt that one at the vendor may be."""
    tasks = Task.objects.filter(IN_DOUBT, vendor=vendor.key).order_by("pk")
    return next((task for task in tasks if matches(item, task, vendor)), None)


def is_same_request(one: Task, other: Task) -> bool:
    """Return whether two tasks asked for the very same, so that either result is right for both."""
    return one.params == other.params and get_contents(one) == get_contents(other)


def get_contents(task: Task) -> dict[str, str]:
    return dict(task.task_inputs.values_list("field", "asset__sha256"))


def _choose(task: Task, vendor: Vendor, candidates: list[Listed], rivals: list[Task]) -> None:
    """Adopt the oldest candidate where there are not more of them than equal tasks of ours in doubt."""
    is_clear = all(is_same_request(task, other) for other in rivals) and len(candidates) <= len(rivals) + 1
    dated = sorted((item.created_at, item.status.remote_id, item) for item in candidates if item.created_at)
    if not is_clear or not dated:
        _name_candidates(task, vendor, candidates)
        return
    first = dated[0][2]
    try:
        outcomes.adopt(task, first.status, vendor, text=f"Found in {vendor.label}'s list.")
    except outcomes.TakenByAnother:
        _look_again(task)


def _name_candidates(task: Task, vendor: Vendor, candidates: list[Listed], but: str = "") -> None:
    names = [item.status.remote_id for item in candidates]
    words = "1 task" if len(names) == 1 else f"{len(names)} tasks"
    shown = ", ".join(names[:CANDIDATES_SHOWN])
    reason = f"{words} at {vendor.label} may be this one{', ' if but else ''}{but}: {shown}."
    ask_person(task, reason, candidates=names)


def _look_again(task: Task) -> None:
    write(task, **FREE, next_at=timezone.now() + LOOK_AGAIN, hinted_at=None)


def _send_again(task: Task, vendor: Vendor) -> None:
    if task.events.filter(state=State.QUEUED, text__endswith=SENT_AGAIN).count() >= SEND_AGAIN_MAX:
        ask_person(task, f"{vendor.label} gave no answer {SEND_AGAIN_MAX} times, and its list does not have the task.")
        return
    reason = f"{vendor.label} did not take the request: {SENT_AGAIN}"
    task.move(
        State.QUEUED,
        text=reason,
        note=reason,
        attempts=task.attempts + 1,
        next_at=timezone.now(),
        hinted_at=None,
        **FREE,
    )


def ask_person(task: Task, reason: str, *, candidates: Sequence[str] = ()) -> None:
    """Say what has to be decided; it is looked after again from time to time."""
    note = f"{reason} Whether the first request was taken is not known: look at the vendor, send it again, or give up."
    if task.note != note[:300]:
        task.add_note(note[:500], data={"candidates": list(candidates)} if candidates else None)
    write(task, **FREE, note=note[:300], next_at=timezone.now() + ASK_PERSON_AFTER, hinted_at=None)
