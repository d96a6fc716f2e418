"""Tasks: their states, which state follows which, their inputs and their history."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from jobs.models.assets import Asset
from jobs.models.people import Project, User
from jobs.operations import Operation
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_operation_choices


def make_order_id() -> str:
    """Return a fresh idempotency key (1-64 of A-Z a-z 0-9 _ -; Triverse, Utilities, read 2026-11-21)."""
    return uuid.uuid4().hex


class State(models.TextChoices):
    """The life of a task. `Task.move` knows which follows which."""

    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    UNKNOWN = "unknown", "Unknown"
    WAITING = "waiting", "Waiting at vendor"
    RUNNING = "running", "Running"
    SAVING = "saving", "Saving files"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"
    EXPIRED = "expired", "Expired"


TRANSITIONS: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.SUBMITTING, State.CANCELED}),
    State.SUBMITTING: frozenset({State.QUEUED, State.WAITING, State.RUNNING, State.FAILED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.WAITING, State.RUNNING, State.QUEUED, State.CANCELED, State.FAILED}),
    State.WAITING: frozenset({State.RUNNING, State.SAVING, State.FAILED, State.CANCELED, State.UNKNOWN}),
    State.RUNNING: frozenset({State.WAITING, State.SAVING, State.FAILED, State.CANCELED, State.UNKNOWN}),
    State.SAVING: frozenset({State.SUCCEEDED, State.RUNNING, State.EXPIRED, State.FAILED}),
}
REOPENINGS: dict[str, str] = {
    State.FAILED: State.RUNNING,
    State.CANCELED: State.RUNNING,
    State.EXPIRED: State.SAVING,
}
"""Where a task goes on that had ended, when staff say so (`Task.reopen`): no worker does that by itself."""
SENT_STATES = frozenset({State.SUBMITTING, State.UNKNOWN})
"""While a task is in one of them, its create may have to leave once more, as it was (`TaskInput.sent_value`)."""
END_STATES = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELED, State.EXPIRED})
OPEN_STATES = frozenset(State) - END_STATES
RUNNING_STATES = OPEN_STATES - {State.UNKNOWN}  # what goes on by itself; an unknown one may wait for a person
WENT_WRONG = frozenset({State.FAILED, State.EXPIRED})


class Group(models.TextChoices):
    """Under which head a list of tasks shows one."""

    ATTENTION = "attention", "Needs attention"
    RUNNING = "running", "Running"
    DONE = "done", "Done"


def build_group_rule() -> Case:
    """Return how the database itself tells a task's group: what went wrong needs attention until it is dismissed."""
    wrong = Q(state__in=sorted(WENT_WRONG), dismissed_at__isnull=True)
    return Case(
        When(Q(state=State.UNKNOWN) | wrong, then=Value(Group.ATTENTION)),
        When(state__in=sorted(RUNNING_STATES), then=Value(Group.RUNNING)),
        default=Value(Group.DONE),
    )


class IllegalMove(Exception):
    """A state was asked for that does not follow the present one: a mistake in our code."""


class Task(models.Model):
    """One request to one operation. The row is the truth; queue rows only hint at it."""

    class Charged(models.TextChoices):
        NO = "no", "Not charged"
        YES = "yes", "Charged"
        RELEASED = "released", "Released"
        UNKNOWN = "unknown", "Not known"

    class Channel(models.TextChoices):
        """How its vendor is asked about it."""

        POLL = "poll", "Single requests"
        LIST = "list", "The vendor's list"
        STREAM = "stream", "A stream"

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    operation = models.CharField(max_length=60, choices=get_operation_choices)
    vendor = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    inputs = models.ManyToManyField(Asset, through="TaskInput", related_name="used_by")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="tasks")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    form_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # one sent form is one task
    pair_key = models.CharField(max_length=32, blank=True)  # shared by the tasks that one wish started at two vendors

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    state_at = models.DateTimeField(default=timezone.now)
    progress_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    queue_position = models.PositiveIntegerField(null=True, blank=True)
    wait_s = models.PositiveIntegerField(null=True, blank=True)  # the vendor's own estimate
    vendor_word = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)  # what a person should know while it is open

    remote_id = models.CharField("vendor ID", max_length=100, null=True, blank=True)
    channel = models.CharField("followed by", max_length=6, choices=Channel.choices, blank=True)
    is_imported = models.BooleanField("imported", default=False)  # made elsewhere with the same vendor account
    deleted_at_vendor_at = models.DateTimeField("deleted at the vendor", null=True, blank=True)
    order_id = models.CharField("idempotency key", max_length=64, unique=True, default=make_order_id, editable=False)
    request = models.JSONField(null=True, blank=True)  # what was sent, redacted
    answer = models.JSONField(null=True, blank=True)  # the vendor's last answer, redacted
    result_text = models.TextField(blank=True)  # of an operation that gives back words
    quoted_credits = models.FloatField(null=True, blank=True)
    charged_credits = models.FloatField(null=True, blank=True)
    error_what = models.CharField(max_length=500, blank=True)
    error_charged = models.CharField(max_length=8, choices=Charged.choices, blank=True)
    error_now = models.CharField(max_length=500, blank=True)
    error_code = models.CharField(max_length=60, blank=True)

    # An ended task that needed a person, until somebody has seen to it.
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    group = models.GeneratedField(
        expression=build_group_rule(),
        output_field=models.CharField(max_length=10, choices=Group.choices),
        db_persist=True,
    )

    # Who works on it: every later write carries the claim's token.
    token = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True)  # the process that holds the lease (jobs/owners.py)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(default=timezone.now)
    hinted_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)  # when the create last left

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "next_at"], name="task_due"),
            models.Index(fields=["project", "-created_at"], name="task_list"),
            models.Index(fields=["created_by", "-created_at"], name="task_mine"),
            models.Index(fields=["project", "group", "-created_at", "-id"], name="task_list_group"),
            models.Index(fields=["created_by", "group", "-created_at", "-id"], name="task_mine_group"),
            models.Index(fields=["pair_key"], condition=~Q(pair_key=""), name="task_pair"),
            models.Index(fields=["-state_at", "state"], name="task_ended"),  # jobs/health_figures.py
            # What a project spent in a period (jobs/credits.py), without a look at the rows.
            models.Index(
                fields=[
                    *("project", "created_at", "vendor", "created_by", "state", "is_imported"),
                    *("error_charged", "quoted_credits", "charged_credits"),
                ],
                name="task_credits",
            ),
            # How many are at a vendor, and whose turn is next there (jobs/turns.py), without a look at the rows.
            models.Index(
                fields=["vendor", "state", "error_code", "project", "created_by", "created_at"], name="task_turn"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "remote_id"],
                condition=Q(remote_id__isnull=False),
                name="one_task_per_vendor_id",
            ),
            models.CheckConstraint(condition=Q(state__in=[str(state) for state in State]), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(progress_percent__isnull=True) | Q(progress_percent__lte=100),
                name="task_progress_percent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "running", "saving", "succeeded"]) | Q(remote_id__isnull=False),
                name="task_at_vendor_has_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spec.label} {self.pk}"

    @property
    def spec(self) -> Operation:
        return OPERATIONS[self.operation]

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS[self.vendor]

    @property
    def is_open(self) -> bool:
        return self.state not in END_STATES

    def move(self, to: str, *, text: str = "", actor: User | None = None, data: Any = None, **changes: Any) -> bool:
        """Change the state, with its TaskEvent, where the row still is what this object read.

        With `reopen` the only writer of `state` and of state events. `changes` are further columns to write. False,
        with nothing written, when the row has moved on or another claim (token) holds it; this object is then stale.

        :raises IllegalMove: when `to` does not follow the present state
        """
        if to not in TRANSITIONS.get(self.state, frozenset()):
            raise IllegalMove(f"task {self.pk}: {self.state} -> {to}")
        return self._change_state(to, text=text, actor=actor, data=data, changes=changes)

    def reopen(self, *, text: str, actor: User | None, **changes: Any) -> bool:
        """Let an ended task go on where REOPENINGS says, as `move` does; whoever still holds an old claim loses it.

        :raises IllegalMove: when it has not ended, or ended well
        """
        if self.state not in REOPENINGS:
            raise IllegalMove(f"task {self.pk}: {self.state} is not opened again")
        changes = {"token": self.token + 1, **changes}
        return self._change_state(REOPENINGS[self.state], text=text, actor=actor, data=None, changes=changes)

    def _change_state(self, to: str, *, text: str, actor: User | None, data: Any, changes: dict[str, Any]) -> bool:
        now = timezone.now()
        values = {"state": to, "state_at": now, **changes}
        with transaction.atomic():
            same = Task.objects.filter(pk=self.pk, state=self.state, token=self.token)
            if not same.update(**values):
                return False
            if self.state in SENT_STATES and to not in SENT_STATES:
                TaskInput.objects.filter(task=self.pk).exclude(sent_value="").update(sent_value="")
            TaskEvent.objects.create(
                task_id=self.pk,
                kind=TaskEvent.Kind.STATE,
                state=to,
                at=now,
                text=text,
                actor=actor,
                data=data,
            )
        for name, value in values.items():
            setattr(self, name, value)
        return True

    def add_note(self, text: str, *, actor: User | None = None, data: Any = None) -> None:
        """Write a line of history that changes no state."""
        TaskEvent.objects.create(task_id=self.pk, kind=TaskEvent.Kind.NOTE, text=text, actor=actor, data=data)

    def get_moments(self) -> dict[str, Any]:
        """Return when each state was reached last, by state."""
        events = self.events.filter(kind=TaskEvent.Kind.STATE).order_by("at", "pk")
        return {event.state: event.at for event in events}


class TaskInput(models.Model):
    """A file that a task was given, under the name of the vendor's parameter."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="task_inputs")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="task_inputs")
    field = models.CharField(max_length=40)
    # What stood for it in the create, while the answer is not known: the same request again has to be the very same.
    # It may be a signed address, so no page and no log shows it.
    sent_value = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "field"], name="one_file_per_field")]

    def __str__(self) -> str:
        return f"{self.field}: {self.asset}"


class TaskEvent(models.Model):
    """One line of a task's history; written once, never changed."""

    class Kind(models.TextChoices):
        STATE = "state", "State"
        NOTE = "note", "Note"

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    state = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=500, blank=True)
    data = models.JSONField(null=True, blank=True)  # redacted
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["task", "at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.state or self.text}"
