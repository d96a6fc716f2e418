"""The rows: people, projects, files, tasks and their history. How they work together: docs/how-it-works.md."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, Literal

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from jobs.operations import Operation
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_operation_choices

Act = Literal["view", "edit", "spend", "manage"]  # what a member may do in a project, by role: ROLES_FOR


class User(AbstractUser):
    """A person who signs in."""

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class TrashQuerySet(models.QuerySet):
    """Rows that may lie in the trash."""

    def kept(self) -> TrashQuerySet:
        return self.filter(trashed_at=None)

    def trashed(self) -> TrashQuerySet:
        return self.exclude(trashed_at=None)


RESERVED_SLUGS = frozenset({"new"})  # /p/new/ is a page of its own


def make_slug(name: str, taken: Iterable[str]) -> str:
    """Return an address for `name` that is neither among `taken` nor a page of its own."""
    base = slugify(name)[:40] or "project"
    used = RESERVED_SLUGS.union(taken)
    slug, number = base, 2
    while slug in used:
        slug, number = f"{base}-{number}", number + 1
    return slug


class Project(models.Model):
    """A container with members; everything lives in exactly one."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=50, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="projects")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True)

    objects = TrashQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do in a project."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        EDITOR = "editor", "Editor"
        REVIEWER = "reviewer", "Reviewer"
        VIEWER = "viewer", "Viewer"

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    may_spend = models.BooleanField("may spend credits", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["project", "user"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_person"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "editor", "reviewer", "viewer"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}: {self.get_role_display()}"

    def allows(self, act: Act) -> bool:
        """Return whether the member may do this. Spending needs the permission as well as the role."""
        return self.role in ROLES_FOR[act] and (act != "spend" or self.may_spend)


ROLES_FOR: dict[Act, frozenset[str]] = {
    "view": frozenset(Membership.Role.values),
    "edit": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR}),
    "spend": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR}),
    "manage": frozenset({Membership.Role.OWNER}),
}
REFUSALS: dict[Act, str] = {
    "view": "You are no member of this project.",
    "edit": "You can look at this project. To change it you need to be an editor; an owner can make you one.",
    "spend": "Starting tasks spends credits, which needs an owner's permission in this project.",
    "manage": "Only an owner of this project can do that.",
}


class Asset(models.Model):
    """A file in a project: an upload or a task's output. Its bytes lie under their SHA-256 (jobs/files.py)."""

    class Kind(models.TextChoices):
        MODEL = "model", "Model"
        IMAGE = "image", "Image"
        TEXTURE_MAP = "texture_map", "Texture map"
        RENDER = "render", "Render"

    class Preview(models.TextChoices):
        """Poster, light GLB and facts, which the engine makes after the file is stored."""

        WAITING = "waiting", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"
        LACKING = "lacking", "No engine on this machine"

    project = models.ForeignKey(Project, models.CASCADE, related_name="assets")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    format = models.CharField(max_length=8)  # what it holds: glb, fbx, gltf, obj, png, jpeg, webp ...
    extension = models.CharField(max_length=8)  # of the file as it is downloaded: zip for gltf and obj with textures
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size_bytes = models.PositiveBigIntegerField()
    width_px = models.PositiveIntegerField(null=True, blank=True)
    height_px = models.PositiveIntegerField(null=True, blank=True)

    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="assets")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True)

    # Lineage: all that descends from one upload shares its root.
    task = models.ForeignKey("Task", models.SET_NULL, null=True, blank=True, related_name="outputs")
    output_key = models.CharField(max_length=200, blank=True)  # the result's place in the vendor's answer
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    root = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="descendants")
    version = models.PositiveIntegerField(default=1)  # among the models of one lineage
    label = models.CharField(max_length=40, blank=True)  # a render's angle: front
    style = models.CharField(max_length=20, blank=True)  # a render's style: rgb, white

    facts = models.JSONField(default=dict, blank=True)
    preview = models.CharField(max_length=8, choices=Preview.choices, default=Preview.WAITING)
    preview_problem = models.CharField(max_length=300, blank=True)
    preview_tries = models.PositiveSmallIntegerField(default=0)
    preview_next_at = models.DateTimeField(default=timezone.now)
    poster_sha256 = models.CharField(max_length=64, blank=True)
    light_sha256 = models.CharField(max_length=64, blank=True)
    light_size_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    objects = TrashQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["project", "-created_at"], name="asset_gallery"),
            models.Index(fields=["preview", "preview_next_at"], name="asset_preview"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "output_key"], condition=Q(task__isnull=False), name="one_asset_per_output"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["model", "image", "texture_map", "render"]), name="asset_kind_known"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="asset_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def file_name(self) -> str:
        """The name under which it is downloaded."""
        return f"{self.name}.{self.extension}"

    @property
    def lineage_pk(self) -> int:
        return self.root_id or self.pk


class VendorFile(models.Model):
    """An asset's copy at a vendor, so that one file is sent once. `file_key` is empty while it is being sent."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="vendor_files")
    vendor = models.CharField(max_length=20)
    account = models.CharField(max_length=16)
    file_key = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    owner = models.CharField(max_length=120, blank=True)  # the process that sends it (jobs/owners.py)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "account"], name="one_copy_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} at {self.vendor}"


class UploadAttempt(models.Model):
    """When an upload to a vendor began: the vendor counts each try, even of a copy that is forgotten since."""

    account = models.CharField(max_length=16)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["account", "at"], name="uploadattempt_pace")]

    def __str__(self) -> str:
        return f"{self.account} {self.at:%H:%M:%S}"


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
    State.UNKNOWN: frozenset({State.WAITING, State.RUNNING, State.QUEUED, State.CANCELED}),
    State.WAITING: frozenset({State.RUNNING, State.SAVING, State.FAILED, State.CANCELED, State.UNKNOWN}),
    State.RUNNING: frozenset({State.WAITING, State.SAVING, State.FAILED, State.CANCELED, State.UNKNOWN}),
    State.SAVING: frozenset({State.SUCCEEDED, State.RUNNING, State.EXPIRED}),
}
END_STATES = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELED, State.EXPIRED})
OPEN_STATES = frozenset(State) - END_STATES


class IllegalMove(Exception):
    """A state was asked for that does not follow the present one: a mistake in our code."""


class Task(models.Model):
    """One request to one operation. The row is the truth; queue rows only hint at it."""

    class Charged(models.TextChoices):
        NO = "no", "Not charged"
        YES = "yes", "Charged"
        RELEASED = "released", "Released"
        UNKNOWN = "unknown", "Not known"

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    operation = models.CharField(max_length=60, choices=get_operation_choices)
    vendor = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    inputs = models.ManyToManyField(Asset, through="TaskInput", related_name="used_by")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="tasks")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    form_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # one sent form is one task

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    state_at = models.DateTimeField(default=timezone.now)
    progress_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    queue_position = models.PositiveIntegerField(null=True, blank=True)
    wait_s = models.PositiveIntegerField(null=True, blank=True)  # the vendor's own estimate
    vendor_word = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)  # what a person should know while it is open

    remote_id = models.CharField("vendor ID", max_length=100, null=True, blank=True)
    order_id = models.CharField("idempotency key", max_length=64, unique=True, default=make_order_id, editable=False)
    request = models.JSONField(null=True, blank=True)  # what was sent, redacted
    answer = models.JSONField(null=True, blank=True)  # the vendor's last answer, redacted
    quoted_credits = models.FloatField(null=True, blank=True)
    charged_credits = models.FloatField(null=True, blank=True)
    error_what = models.CharField(max_length=500, blank=True)
    error_charged = models.CharField(max_length=8, choices=Charged.choices, blank=True)
    error_now = models.CharField(max_length=500, blank=True)
    error_code = models.CharField(max_length=60, blank=True)

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

        The only writer of `state` and of state events. `changes` are further columns to write. Return False, and
        write nothing, when the row has moved on or another claim (token) holds it; this object is then stale.

        :raises IllegalMove: when `to` does not follow the present state
        """
        if to not in TRANSITIONS.get(self.state, frozenset()):
            raise IllegalMove(f"task {self.pk}: {self.state} -> {to}")
        now = timezone.now()
        values = {"state": to, "state_at": now, **changes}
        with transaction.atomic():
            same = Task.objects.filter(pk=self.pk, state=self.state, token=self.token)
            if not same.update(**values):
                return False
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


class Lease(models.Model):
    """Who does a thing that one process at a time should do: the sweep. For efficiency, never for truth."""

    name = models.CharField(primary_key=True, max_length=40)
    owner = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name}: {self.owner}"


class Setup(models.Model):
    """The one-time token of the first-run page, while no account exists."""

    token = models.CharField(max_length=64, default=secrets.token_urlsafe)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"made {self.created_at:%Y-%m-%d %H:%M}"
