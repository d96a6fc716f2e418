"""Rows that can be put into the trash and taken out of it."""

from __future__ import annotations

from django.db import models


class TrashQuerySet(models.QuerySet):
    """Rows that may lie in the trash."""

    def kept(self) -> TrashQuerySet:
        return self.filter(trashed_at=None)

    def trashed(self) -> TrashQuerySet:
        return self.exclude(trashed_at=None)
