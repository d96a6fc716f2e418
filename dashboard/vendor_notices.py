"""What every page says when a vendor does not answer, or when staff hold back what is new for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.urls import reverse

from jobs.circuit import build_down_text, build_pause_reason, build_pause_text
from jobs.claims import format_moment
from jobs.models import Circuit

# So long after the moment at which it may be asked again nobody has asked: then nothing waits for it.
SHOWN_FOR = timedelta(seconds=90)
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Notice:
    """One line: what is the matter, and how its sentence goes on; `address` is where staff see to it, or empty."""

    kind: Literal["down", "paused"]
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
