"""What a vendor would ask for a task, for a person who fills in its form: remembered briefly, asked seldom, never long.

Each process remembers and counts for itself. Where no quote can be had now, there is none: nothing waits for one.
"""

import json
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from jobs import balances, circuit
from jobs.operations import Operation
from jobs.vendors import CLIENTS, get_connection
from jobs.vendors.base import Quote, VendorError

logger = logging.getLogger(__name__)

KEPT_S = 60.0
KEPT_AT_MOST = 500
READ_TIMEOUT_S = 3.0
WINDOW_S = 60.0
PER_PERSON, IN_ALL = 30, 90  # questions within the window
AT_ONCE = 2  # so that a slow vendor holds few of the web's threads
QUIET_S = 30.0
"""So long after a failure nobody asks again: too seldom to open a vendor's circuit (jobs/circuit_rules.py)."""

Key = tuple[str, str, str]


@dataclass
class Desk:
    """What this process knows of quotes, and who asked when."""

    kept: OrderedDict[Key, tuple[float, Quote]] = field(default_factory=OrderedDict)
    asked: deque[tuple[float, int]] = field(default_factory=deque)
    quiet_until: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def find(self, key: Key, *, now: float) -> Quote | None:
        with self.lock:
            at, quote = self.kept.get(key, (0.0, None))
            return quote if quote is not None and now - at < KEPT_S else None

    def keep(self, key: Key, quote: Quote, *, now: float) -> None:
        with self.lock:
            self.kept.pop(key, None)
            self.kept[key] = (now, quote)
            while len(self.kept) > KEPT_AT_MOST:
                self.kept.popitem(last=False)

    def may_ask(self, vendor: str, person: int, *, now: float) -> bool:
        """Count the question; False where too many were asked, or the vendor has failed a moment ago."""
        with self.lock:
            while self.asked and now - self.asked[0][0] > WINDOW_S:
                self.asked.popleft()
            own = sum(who == person for _, who in self.asked)
            if len(self.asked) >= IN_ALL or own >= PER_PERSON or self.quiet_until.get(vendor, now) > now:
                return False
            self.asked.append((now, person))
            return True


_desk = Desk()


def forget() -> None:
    """Forget everything that was asked and answered."""
    global _desk
    _desk = Desk()


def find_quote(operation: Operation, params: Mapping[str, Any]) -> Quote | None:
    """Return what the vendor said within the last minute; it is not asked."""
    return _desk.find(_build_key(operation, params), now=time.monotonic())


def fetch_quote(operation: Operation, params: Mapping[str, Any], *, person: int) -> Quote | None:
    """Return what the vendor says, or has said within the last minute; None where it cannot be asked now."""
    key, now = _build_key(operation, params), time.monotonic()
    if (known := _desk.find(key, now=now)) is not None:
        return known
    if not CLIENTS[operation.vendor].quotes or circuit.get_circuit(operation.vendor).is_open:
        return None
    desk = _desk
    if not desk.places.acquire(blocking=False):
        return None
    try:
        return _ask(desk, operation, params, key=key, person=person)
    finally:
        desk.places.release()


def _ask(desk: Desk, operation: Operation, params: Mapping[str, Any], *, key: Key, person: int) -> Quote | None:
    vendor = operation.vendor
    if not desk.may_ask(vendor, person, now=time.monotonic()):
        return None
    connection = replace(get_connection(vendor), read_timeout_s=READ_TIMEOUT_S)
    try:
        with CLIENTS[vendor](connection) as client:
            quote = client.fetch_quote(operation, params)
    except VendorError as error:
        logger.info("no quote of %s: %s", vendor, error.code or error.http_status)
        if error.retryable or error.http_status in (401, 403):  # a refused value is no reason to stop asking
            desk.quiet_until[vendor] = time.monotonic() + QUIET_S
        return None
    desk.keep(key, quote, now=time.monotonic())
    if quote.available_credits is not None:
        balances.note_balance(vendor, quote.available_credits, now=timezone.now())
    return quote


def _build_key(operation: Operation, params: Mapping[str, Any]) -> Key:
    priced = json.dumps(operation.build_priced(params), sort_keys=True, default=str)
    return operation.key, get_connection(operation.vendor).account, priced
