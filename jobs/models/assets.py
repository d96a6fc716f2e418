"""The files of a project, and their copies at vendors."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from jobs.models.people import Project, User
from jobs.models.trash import TrashQuerySet

KEPT = Q(trashed_at__isnull=True)


class Tag(models.Model):
    """A word by which a project's files are found again."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint("project", Lower("name"), name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


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

    class VerdictState(models.TextChoices):
        """Whether an output is what was asked for; empty while that is not known."""

        MET = "met", "As asked"
        MISSED = "missed", "Differs"

    class Review(models.TextChoices):
        """What people last said of a file (Comment.verdict); empty while nobody has."""

        APPROVED = "approved", "Approved"
        CHANGES = "changes", "Changes requested"

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

    # What the team thinks of it.
    tags = models.ManyToManyField(Tag, related_name="assets", blank=True)
    review = models.CharField(max_length=8, choices=Review.choices, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    picked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    facts = models.JSONField(default=dict, blank=True)
    # Of the UV layout (jobs/uvs.py); equal ones show each other's texture maps. Empty: none, or not looked at.
    uv_sha256 = models.CharField(max_length=64, blank=True)
    verdict = models.JSONField(default=list, blank=True)  # an output beside what was asked for (jobs/verdicts.py)
    verdict_state = models.CharField("verdict", max_length=6, choices=VerdictState.choices, blank=True)
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
            models.Index(fields=["project", "size_bytes"], name="asset_storage"),  # jobs/health_figures.py
            models.Index(fields=["verdict_state", "task"], name="asset_verdict"),
            # What a list can be led by (dashboard/finding.py); each ends with the number, so that pages go on from one.
            models.Index(fields=["project", "-id"], condition=KEPT, name="asset_newest"),
            models.Index(fields=["project", "kind", "-id"], condition=KEPT, name="asset_by_kind"),
            models.Index(fields=["project", "format", "-id"], condition=KEPT, name="asset_by_format"),
            models.Index(fields=["project", "created_by", "-id"], condition=KEPT, name="asset_by_person"),
            models.Index(fields=["project", "review", "-id"], condition=KEPT, name="asset_by_review"),
            models.Index(fields=["project", "-id"], condition=KEPT & Q(picked_at__isnull=False), name="asset_picked"),
            models.Index(F("project"), Lower("name"), F("id"), condition=KEPT, name="asset_by_name"),
            models.Index(fields=["project", "-size_bytes", "-id"], condition=KEPT, name="asset_by_size"),
            models.Index(
                fields=["project", "-trashed_at", "-id"], condition=Q(trashed_at__isnull=False), name="asset_trash"
            ),
            models.Index(fields=["parent", "kind", "-id"], condition=KEPT, name="asset_angles"),
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


class Star(models.Model):
    """A person's own mark on a file; nobody else sees it. The team's mark is `Asset.picked_at`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="stars")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="stars")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "asset"], name="one_star_per_person")]

    def __str__(self) -> str:
        return f"{self.user}: {self.asset}"


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
