"""Rows that the program keeps for itself."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone

from jobs.models.people import User
from jobs.vendors import VENDOR_LABELS


class Lease(models.Model):
    """Who does a thing that one process at a time should do: the sweep. For efficiency, never for truth."""

    name = models.CharField(primary_key=True, max_length=40)
    owner = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name}: {self.owner}"


class Circuit(models.Model):
    """How a vendor stands: a circuit breaker, and the switch by which staff hold back what is new (jobs/circuit.py).

    Open (`open_until` is set): nobody asks the vendor until then; after that one request at a time probes it, and
    whoever may do so moves `open_until` up, which is how long the right lasts.
    """

    vendor = models.CharField(primary_key=True, max_length=20)
    failures = models.PositiveIntegerField(default=0)  # in a row: 5xx, time-outs, lost connections
    reason = models.CharField(max_length=200, blank=True)  # what the last failure was, for people
    opened_at = models.DateTimeField(null=True, blank=True)  # the first of these failures; it may not be open yet
    open_until = models.DateTimeField(null=True, blank=True)
    opened_times = models.PositiveIntegerField(default=0)  # in a row: each time the pause is longer
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    pause_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "vendor"

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return VENDOR_LABELS.get(self.vendor, self.vendor)

    @property
    def is_open(self) -> bool:
        return self.open_until is not None

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


class Setup(models.Model):
    """The one-time token of the first-run page, while no account exists."""

    token = models.CharField(max_length=64, default=secrets.token_urlsafe)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"made {self.created_at:%Y-%m-%d %H:%M}"


class VendorAccount(models.Model):
    """What a vendor last said of our account: whether its key is taken, the balance, and what it asks for its work."""

    vendor = models.CharField(primary_key=True, max_length=20)
    account = models.CharField(max_length=16, blank=True)  # which key it was (jobs/vendors/base.py), never the key
    balance_credits = models.FloatField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)  # the last good answer
    problem = models.CharField(max_length=300, blank=True)  # why the last question had no good answer, for people
    prices = models.JSONField(default=dict)  # credits by operation with the vendor's own defaults, where it quotes
    priced_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return VENDOR_LABELS.get(self.vendor, self.vendor)
