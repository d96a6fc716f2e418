"""What members say of a file: words, a verdict, a place on it. The last verdict that stands is the file's review."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.models import Asset, Comment, User


def add_comment(asset: Asset, *, author: User, text: str, verdict: str = "", pin: Any = None) -> Comment:
    with transaction.atomic():
        comment = Comment.objects.create(asset=asset, author=author, text=text, verdict=verdict, pin=pin)
        if verdict:
            _settle_review(asset)
    return comment


def edit_comment(comment: Comment, *, text: str) -> None:
    comment.text, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["text", "edited_at"])


def trash_comment(comment: Comment) -> None:
    """Take the comment away, and its verdict with it; `restore_comment` brings both back."""
    _mark(comment, trashed_at=timezone.now())


def restore_comment(comment: Comment) -> None:
    _mark(comment, trashed_at=None)


def resolve_comment(comment: Comment, *, resolved: bool) -> None:
    comment.resolved_at = timezone.now() if resolved else None
    comment.save(update_fields=["resolved_at"])


def _mark(comment: Comment, **changes: Any) -> None:
    with transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(**changes)
        if comment.verdict:
            _settle_review(comment.asset)


def _settle_review(asset: Asset) -> None:
    """Write the last standing verdict to the file, under its row's lock so that two verdicts at once agree."""
    Asset.objects.select_for_update().get(pk=asset.pk)
    last = asset.comments.kept().exclude(verdict="").order_by("-created_at", "-pk").first()
    asset.review = last.verdict if last else ""
    asset.save(update_fields=["review"])
