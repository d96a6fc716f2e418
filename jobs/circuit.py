"""A circuit breaker per vendor, and the switch by which staff hold back what is new.

After several failures in a row (5xx, time-outs, lost connections) a vendor is left alone for a while; then one request
at a time probes it, and the first good answer closes the circuit. A pause holds back creates alone: what runs is
followed and saved.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Hold:
    """Why a vendor is not asked now, in a sentence for a person, and until when; `until` is None for a pause."""

    reason: str
    until: datetime | None


def find_hold(vendor: str, *, creating: bool) -> Hold | None:
    """Return why this vendor must not be asked now; None where it may be. A pause holds only what creates."""
    return None


def settle(vendor: str) -> None:
    """Write down what this process's calls to the vendor came to, where that changes how it stands.

    Called in threads that may use rows, after a call or once a second; cheap when nothing happened.
    """
