"""What every page says when a vendor does not answer or is held back, when it refuses our key, or nothing works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.urls import reverse

from jobs.balances import Balance
from jobs.circuit import build_down_text, build_pause_reason, build_pause_text
from jobs.claims import format_moment
from jobs.models import Circuit
from jobs.vendors.meshy_errors import NO_PLAN, REQUEST_ERRORS
from jobs.vendors.triverse_errors import BAD_KEY

# So long after the moment at which it may be asked again nobody has asked: then nothing waits for it.
SHOWN_FOR = timedelta(seconds=90)
SOON = timedelta(minutes=1)
# What a vendor's refusal of our key or plan begins with: nothing passes there until an administrator sees to it.
KEY_PROBLEMS = tuple(kind.what for kind in (BAD_KEY, REQUEST_ERRORS[401], REQUEST_ERRORS[403], NO_PLAN))


@dataclass(frozen=True)
class Notice:
    """One line: what is the matter, and how its sentence goes on; `address` is where staff see to it, or empty."""

    kind: Literal["down", "key", "paused", "worker"]
    what: str
    meaning: str
    address: str
    deed: str


def build_notices(circuits: Iterable[Circuit], user: Any, *, now: datetime) -> list[Notice]:
    """Return what has to be said about the vendors now; empty where all is well."""
    may_change = user.is_staff and user.has_perm("jobs.change_circuit")
    notices = []
    for circuit in circuits:
        if circuit.open_until is not None and now - circuit.open_until < SHOWN_FOR:
            again = f"at {format_moment(circuit.open_until)}" if circuit.open_until - now > SOON else "in a moment"
            meaning = f". Tasks wait safely and nothing is charged twice; it is asked again {again}."
            address = reverse("admin:jobs_circuit_change", args=[circuit.vendor]) if may_change else ""
            notices.append(Notice("down", build_down_text(circuit), meaning, address, "Look into it"))
        if circuit.is_paused:
            meaning = f"{build_pause_reason(circuit)}. New tasks wait; running ones go on."
            address = reverse("admin:jobs_circuit_resume", args=[circuit.vendor]) if may_change else ""
            notices.append(Notice("paused", build_pause_text(circuit), meaning, address, "Resume"))
    return sorted(notices, key=lambda notice: notice.kind)


def build_key_notices(balances: Iterable[Balance], user: Any) -> list[Notice]:
    """Return a line for staff about each vendor that refuses our key; `balances` is what they were asked last."""
    refused = [balance for balance in balances if balance.problem.startswith(KEY_PROBLEMS)]
    may_change = user.has_perm("jobs.change_circuit")
    return [
        Notice(
            kind="key",
            what=balance.problem.partition(". ")[0].rstrip(".").partition(":")[0],
            meaning=". Tasks that are sent there fail; nothing is charged for them.",
            address=reverse("admin:jobs_circuit_change", args=[balance.vendor]) if may_change else "",
            deed="Look at the key",
        )
        for balance in refused
    ]


def build_worker_notice(*, is_staff: bool) -> Notice:
    """Return the line for somebody whose tasks wait for a worker that does not work."""
    what, meaning = "Tasks are waiting for the server", ". They are safe and leave by themselves."
    if is_staff:
        what, meaning = "The worker is not running", ": tasks wait safely until manage.py worker is started."
    return Notice("worker", what, meaning, "", "")
