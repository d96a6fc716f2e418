"""Rows that the program keeps for itself."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone


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
