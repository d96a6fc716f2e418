"""Rows that the program keeps for itself, to be read."""

from django.contrib import admin

from jobs.admin.rows import LongList, ReadOnly
from jobs.models import Lease, VendorAccount


@admin.register(Lease)
class LeaseAdmin(ReadOnly, LongList):
    list_display = ["name", "owner", "until", "beat_at"]


@admin.register(VendorAccount)
class VendorAccountAdmin(ReadOnly, LongList):
    list_display = ["vendor", "account", "balance_credits", "asked_at", "answered_at", "problem"]
