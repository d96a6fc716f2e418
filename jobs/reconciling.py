"""Finds out what became of a create whose answer was lost, at a vendor that knows no idempotency key.

The vendor's list is read back to the moment of sending. One new task that has our words is ours. None, in a complete
list, after a quiet period in which a late one would have come: the create was not taken, and may be sent again.
Several, one that cannot be told by its words (of a picture the list holds only an address of the vendor's own), or a
list that cannot be read to its end: a person decides, since guessing might pay twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from jobs import outcomes, turns
from jobs.claims import FREE, NOTE_MAX_LENGTH, claim, put_off, write
from jobs.models import Asset, State, Task
from jobs.repeats import get_contents
from jobs.vendors.base import Listed, Vendor, VendorError
from jobs.vendors.paging import Listing, read_list
from jobs.vendors.redaction import redact_text

CLOCKS_DIFFER = timedelta(seconds=5)
CLOCKS_WRONG = timedelta(minutes=10)  # so far off, one of the clocks may be wrong: then a person is asked
LATE_AT_MOST = timedelta(minutes=15)  # above the longest create and the quiet period
LOOK_AGAIN = timedelta(seconds=5)
TOGETHER_AT_MOST = 200
LEASE_S = 60.0  # of one that is settled with what is read already
ASK_PERSON_AFTER = timedelta(minutes=10)
ASKED = "ask"  # the `error_code` of a task in doubt that a person decides on
CHOICES = "Say which task it is, send it again, or give up."
SEND_AGAIN_MAX = 5
SENT_AGAIN = "its list does not have it. It is sent again."
CANDIDATES_SHOWN = 3
IN_DOUBT = Q(state=State.UNKNOWN, remote_id__isnull=True) | Q(state=State.SUBMITTING, sent_at__isnull=False)


def reconcile(task: Task, vendor: Vendor) -> None:
    """Look for a task in doubt in its vendor's list, and adopt it, send it again, wait, or ask a person.

    One reading serves all that are due: an outage leaves many in doubt, and the vendor takes few requests a second.
    """
    listed_at = timezone.now()
    due = Task.objects.filter(IN_DOUBT, vendor=task.vendor, state=State.UNKNOWN, next_at__lte=listed_at)
    others = list(due.exclude(pk=task.pk).order_by("next_at", "pk")[:TOGETHER_AT_MOST])
    moments = [one.sent_at or one.state_at for one in (task, *others)]
    try:
        listing = read_list(vendor, back_to=min(moments) - CLOCKS_WRONG)
    except VendorError as error:
        put_off(task, error.message, retry_after_s=error.retry_after_s)
        return
    _settle(task, vendor, listing, listed_at=listed_at)
    for other in others:
        if (claimed := claim(other.pk, state=State.UNKNOWN, lease_s=LEASE_S)) is not None:
            _settle(claimed, vendor, listing, listed_at=listed_at)


def _settle(task: Task, vendor: Vendor, listing: Listing, *, listed_at: datetime) -> None:
    states = [State.UNKNOWN, State.SUBMITTING]
    in_doubt = Task.objects.filter(IN_DOUBT, vendor=task.vendor, state__in=states).exclude(pk=task.pk)
    rivals = [other for other in in_doubt if get_prompt(other).split() == get_prompt(task).split()]
    if any(other.state == State.SUBMITTING for other in rivals):
        _look_again(task)  # what is in the list may be the answer that this one is just waiting for
        return
    ours = Task.objects.filter(vendor=task.vendor, remote_id__in=listing.items)
    known = set(ours.values_list("remote_id", flat=True))
    others = [item for remote_id, item in listing.items.items() if remote_id not in known]
    is_like_ours, may_be_ours = build_match(task, vendor), build_match(task, vendor, clocks_differ=CLOCKS_WRONG)
    candidates = [item for item in others if is_like_ours(item)]
    doubtful = [item for item in others if may_be_ours(item)]
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


def matches(item: Listed, task: Task, vendor: Vendor) -> bool:
    """Return whether a task at the vendor may be what we sent."""
    return build_match(task, vendor)(item)


def build_match(task: Task, vendor: Vendor, *, clocks_differ: timedelta = CLOCKS_DIFFER) -> Callable[[Listed], bool]:
    """Return what tells whether one at the vendor may be the task: its style is echoed, its model is not."""
    sent_at = task.sent_at or task.state_at
    has_picture = task.task_inputs.exclude(asset__kind=Asset.Kind.MODEL).exists()
    words = redact_text(get_prompt(task), vendor.connection).split()  # as the list's are

    def is_match(item: Listed) -> bool:
        if item.created_at and not sent_at - clocks_differ <= item.created_at <= sent_at + LATE_AT_MOST:
            return False
        return item.has_picture == has_picture and item.prompt.split() == words

    return is_match


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


def _choose(task: Task, vendor: Vendor, candidates: list[Listed], rivals: list[Task]) -> None:
    """Adopt the oldest candidate where there are not more of them than equal tasks of ours in doubt."""
    is_clear = all(is_same_request(task, other) for other in rivals) and len(candidates) <= len(rivals) + 1
    dated = sorted((item.created_at, item.status.remote_id, item) for item in candidates if item.created_at)
    if not get_prompt(task).split():
        _name_candidates(task, vendor, candidates, "but of a picture the list does not tell which it was")
    elif not is_clear or not dated:
        _name_candidates(task, vendor, candidates)
    else:
        try:
            outcomes.adopt(task, dated[0][2].status, vendor, text=f"Found in {vendor.label}'s list.")
        except outcomes.TakenByAnother:
            _look_again(task)


def _name_candidates(task: Task, vendor: Vendor, candidates: list[Listed], but: str = "") -> None:
    names = [item.status.remote_id for item in candidates]
    words = "1 task" if len(names) == 1 else f"{len(names)} tasks"
    shown = ", ".join(names[:CANDIDATES_SHOWN])
    reason = f"{words} at {vendor.label} may be this one{', ' if but else ''}{but}: {shown}."
    ask_person(task, reason, found=candidates)


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
        error_code="",
        next_at=timezone.now(),
        hinted_at=None,
        **FREE,
    )


def get_conflict_note(vendor: Vendor, *, is_first: bool) -> str:
    """Return what a refusal as a repetition means that names no task: after a lost answer it is our own first try."""
    if is_first:
        return f"{vendor.label} says that it had an equal request before, not which. Nothing is charged for this one."
    return f"{vendor.label} says that it has this request already, and not as which task: it most likely took it."


def ask_person(
    task: Task,
    reason: str,
    *,
    found: Sequence[Listed] = (),
    code: str = ASKED,
    look_again: timedelta = ASK_PERSON_AFTER,
) -> None:
    """Say what has to be decided, with what was found; it is looked after again from time to time."""
    note = f"{reason[: NOTE_MAX_LENGTH - len(CHOICES) - 1]} {CHOICES}"
    data = {"candidates": [item.status.remote_id for item in found], "found": [describe(item) for item in found]}
    if task.note != note or (found and data != get_last_found(task)):
        task.add_note(note, data=data if found else None)
    values = {**FREE, "note": note, "error_code": code, "hinted_at": None}
    if write(task, next_at=timezone.now() + look_again, **values):
        turns.note_place_free(task.vendor)


def describe(item: Listed) -> dict[str, Any]:
    """Return what a person can tell a task at the vendor by."""
    return {
        "remote_id": item.status.remote_id,
        "created_at": item.created_at.isoformat() if item.created_at else None,
        "prompt": item.prompt,
        "has_picture": item.has_picture,
        "state": item.status.state,
        "word": item.status.word,
        "progress_percent": item.status.progress_percent,
    }


def get_last_found(task: Task) -> Any:
    return next((event.data for event in task.events.order_by("-at", "-pk") if event.data), None)
