"""Doors for people who are no members: invitations into a project, and links for guests."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from jobs.models.assets import Asset
from jobs.models.people import Membership, Project, User


def make_nonce() -> str:
    """Return what a link is known by; its address holds a signature too, so that a stolen row opens nothing."""
    return secrets.token_urlsafe(16)


class Invitation(models.Model):
    """A link by which one person becomes a member."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Membership.Role.choices, default=Membership.Role.EDITOR)
    may_spend = models.BooleanField("may spend credits", default=False)
    for_whom = models.CharField(max_length=80, blank=True)
    nonce = models.CharField(max_length=32, unique=True, default=make_nonce, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["owner", "editor", "reviewer", "viewer"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.for_whom or 'somebody'} to {self.project}"


class ShareLink(models.Model):
    """A link by which guests see a part of a project, without an account."""

    class Scope(models.TextChoices):
        GALLERY = "gallery", "The whole gallery"
        ASSETS = "assets", "Chosen files"
        COMPARISON = "comparison", "A comparison"

    project = models.ForeignKey(Project, models.CASCADE, related_name="share_links")
    scope = models.CharField(max_length=10, choices=Scope.choices)
    assets = models.ManyToManyField(Asset, through="SharedAsset", related_name="share_links")
    options = models.JSONField(default=dict, blank=True)  # of a comparison: its mode
    title = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=500, blank=True)
    nonce = models.CharField(max_length=32, unique=True, default=make_nonce, editable=False)
    password = models.CharField(max_length=128, blank=True, editable=False)  # hashed as accounts' passwords are
    # Four rights, each apart; every byte that leaves asks for one of them.
    may_look = models.BooleanField("look: 3D view and posters", default=True)
    may_renders = models.BooleanField("renders and pictures", default=True)
    may_models = models.BooleanField("download models", default=False)
    may_sources = models.BooleanField("download the uploaded sources", default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="share_links")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    view_count = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["project", "-created_at"], name="share_list")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=["gallery", "assets", "comparison"]), name="share_scope_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.get_scope_display()} of {self.project}"

    @property
    def is_over(self) -> bool:
        return self.revoked_at is not None or self.expires_at <= timezone.now()


class SharedAsset(models.Model):
    """One of the files that a link shows, in the order that was chosen."""

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="shared_assets")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["link", "asset"], name="one_place_per_shared_asset")]

    def __str__(self) -> str:
        return f"{self.asset} by {self.link}"


class PasswordTry(models.Model):
    """A wrong password for a link, so that guessing takes long."""

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="password_tries")
    address = models.CharField(max_length=64)  # the guest's network address, hashed
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["link", "at"], name="passwordtry_pace")]

    def __str__(self) -> str:
        return f"{self.link} {self.at:%H:%M:%S}"


class SharingPolicy(models.Model):
    """What the staff allow for links; one row."""

    share_days_default = models.PositiveSmallIntegerField("days a link lasts by default", default=30)
    share_days_max = models.PositiveSmallIntegerField("days a link may last at most", default=90)
    invitation_days = models.PositiveSmallIntegerField("days an invitation lasts", default=7)

    class Meta:
        verbose_name_plural = "sharing policy"

    def __str__(self) -> str:
        return f"{self.share_days_default} days, at most {self.share_days_max}"


class LightWish(models.Model):
    """A light GLB for guests who may look at a model and not have it; the team looks at the file itself."""

    asset = models.OneToOneField(Asset, models.CASCADE, related_name="light_wish")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)  # empty until it is made
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.asset}: {self.tries} tries"
