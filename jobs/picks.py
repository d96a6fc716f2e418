"""The team's pick among versions and pictures: everybody sees it, and it says who chose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from jobs.models import Asset, User


def pick(asset: Asset, *, user: User, now: datetime) -> None:
    """Make the file a pick of the team; one that is a pick already keeps who chose it and when."""
    if asset.picked_at is None:
        asset.picked_at, asset.picked_by = now, user
        asset.save(update_fields=["picked_at", "picked_by"])


def unpick(asset: Asset) -> None:
    asset.picked_at = asset.picked_by = None
    asset.save(update_fields=["picked_at", "picked_by"])


def keep_one(asset: Asset, others: Iterable[Asset], *, user: User, now: datetime) -> None:
    """Pick one of several that were compared; the others are none of the team's picks any more."""
    with transaction.atomic():
        for other in others:
            if other.pk != asset.pk and other.picked_at is not None:
                unpick(other)
        pick(asset, user=user, now=now)
