"""A person's own marks on files. The team's is a pick (jobs/picks.py)."""

from __future__ import annotations

from jobs.models import Asset, Star, User


def star(asset: Asset, *, user: User) -> None:
    Star.objects.get_or_create(asset=asset, user=user)


def unstar(asset: Asset, *, user: User) -> None:
    Star.objects.filter(asset=asset, user=user).delete()
