"""Who works here: people, projects and what a member may do in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from jobs.models.trash import TrashQuerySet

Act = Literal["view", "comment", "edit", "spend", "share", "manage"]  # what a role allows: ROLES_FOR


class User(AbstractUser):
    """A person who signs in, with what they set for themselves."""

    has_single_keys = models.BooleanField("single-key shortcuts", default=True)
    time_zone = models.CharField(max_length=64, blank=True)  # an IANA name; empty: as the browser says
    found_as = models.CharField(max_length=460, blank=True, editable=False)  # the names in the words of their files

    def __str__(self) -> str:
        return self.get_full_name() or self.username


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

    def clean(self) -> None:
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": f"“{self.slug}” is a page of its own. Choose another address."})


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
    "comment": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR, Membership.Role.REVIEWER}),
    "edit": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR}),
    "spend": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR}),
    "share": frozenset({Membership.Role.OWNER, Membership.Role.EDITOR}),
    "manage": frozenset({Membership.Role.OWNER}),
}
REFUSALS: dict[Act, str] = {
    "view": "You are no member of this project.",
    "comment": "You can look at this project. To comment you need to be a reviewer; an owner can make you one.",
    "edit": "You can look at this project. To change it you need to be an editor; an owner can make you one.",
    "spend": "Starting tasks spends credits. An owner of this project who may, or the staff, can give you leave.",
    "share": "You can look at this project. To share it you need to be an editor; an owner can make you one.",
    "manage": "Only an owner of this project can do that.",
}
