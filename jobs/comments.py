"""What members say of a file: words, a verdict, a place on it. The last verdict that stands is the file's review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.models import Asset, Comment, User

PRESSED_TWICE = timedelta(seconds=15)
"""Within it the very same words of the same person are one comment: a button was pressed twice, or an answer lost."""


def add_comment(asset: Asset, *, author: User, text: str, verdict: str = "", pin: Any = None) -> Comment:
    """Add a comment; the same one again a moment later gives the first."""
    with transaction.atomic():
        _lock(asset)
        recent = asset.comments.kept().filter(author=author, created_at__gt=timezone.now() - PRESSED_TWICE)
        for said in recent.order_by("-pk"):
            if (said.text, said.verdict, said.pin) == (text, verdict, pin):
                return said
        comment = Comment.objects.create(asset=asset, author=author, text=text, verdict=verdict, pin=pin)
        if verdict:
            _settle_review(asset)
    return comment


def edit_comment(comment: Comment, *, text: str) -> None:
    comment.text, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["text", "edited_at"])


def trash_comment(comment: Comment, *, by: User) -> None:
    """Take the comment away, and its verdict with it; `restore_comment` brings both back."""
    _mark(comment, trashed_at=timezone.now(), trashed_by=by)


def restore_comment(comment: Comment) -> None:
    _mark(comment, trashed_at=None, trashed_by=None)


def resolve_comment(comment: Comment, *, resolved: bool) -> None:
    comment.resolved_at = timezone.now() if resolved else None
    comment.save(update_fields=["resolved_at"])


def _mark(comment: Comment, **changes: Any) -> None:
    with transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(**changes)
        if comment.verdict:
            _settle_review(comment.asset)


def _settle_review(asset: Asset) -> None:
    """Write the last standing verdict to the file."""
    _lock(asset)
    last = asset.comments.kept().exclude(verdict="").order_by("-created_at", "-pk").first()
    asset.review = last.verdict if last else ""
    asset.save(update_fields=["review"])


def _lock(asset: Asset) -> None:
    """Let two who speak of the file at once take turns, so that verdicts agree and one remark stays one."""
    Asset.objects.select_for_update().get(pk=asset.pk)
