"""What members say of a file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from jobs.models.assets import Asset
from jobs.models.people import User
from jobs.models.trash import TrashQuerySet


class Comment(models.Model):
    """Words about one file, with a verdict or without, pinned to a place of it or not."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="comments")
    text = models.TextField(max_length=4000, blank=True)
    verdict = models.CharField(max_length=8, choices=Asset.Review.choices, blank=True)
    # {"position": "x y z" in m, "normal": "x y z", "orbit", "target", "field_of_view", "mode"} as model-viewer writes
    # them; of a picture {"x", "y"} as shares of its width and height.
    pin = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = TrashQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["asset", "created_at"], name="comment_thread")]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | ~Q(verdict=""), name="comment_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.asset}"
