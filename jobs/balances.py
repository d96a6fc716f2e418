"""What the accounts at the vendors hold, kept in rows: asked for in the background, so that no page waits for it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from jobs import circuit, leases, queue
from jobs.models import Task, VendorAccount
from jobs.vendors import CLIENTS, OPERATIONS, VENDOR_LABELS, get_connection
from jobs.vendors.base import Vendor, VendorError

logger = logging.getLogger(__name__)

LEASE = "balances"
LEASE_S = 60.0
HINT_EVERY_S = 10.0
READ_TIMEOUT_S = 10.0
WHILE_SPENT = timedelta(seconds=60)
"""So often while tasks begin or end: seldom enough to be no part of an outage (jobs/circuit_rules.py)."""
AT_REST = timedelta(minutes=10)
PRICES_EVERY = timedelta(hours=1)
TASKS_LOOKED_AT = 50


@dataclass(frozen=True)
class Balance:
    """What an account held at a moment. `problem` says why it could not be asked since, for people."""

    vendor: str
    credits: float | None
    at: datetime | None
    problem: str = ""

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS[self.vendor]


_read: ContextVar[dict[str, VendorAccount | None] | None] = ContextVar("read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Read the rows at most once, for all prices and balances that one page shows."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def get_balances() -> dict[str, Balance]:
    """Return every vendor's balance as it was told last, by vendor; of another key's account nothing is told."""
    return {vendor: _build_balance(vendor, row) for vendor, row in _get_known_rows().items()}


def get_default_prices() -> dict[str, float]:
    """Return what operations cost with the vendors' own defaults, by key, where a vendor has quoted it."""
    rows = [row for row in _get_known_rows().values() if row is not None]
    return {key: float(price) for row in rows for key, price in row.prices.items()}


def note_balance(vendor: str, amount: float, *, now: datetime) -> None:
    """Keep what a vendor has told beside another answer."""
    account = get_connection(vendor).account
    VendorAccount.objects.filter(vendor=vendor, account=account).update(
        balance_credits=amount, asked_at=now, answered_at=now, problem=""
    )


def hint(*, now: datetime) -> None:
    """Send a hint where a vendor is to be asked, and nobody sent one a moment ago."""
    if _list_due(now=now) and leases.knock(f"{LEASE}-hint", every_s=HINT_EVERY_S):
        queue.send_now(queue.BALANCES)


def refresh_due() -> None:
    """Ask the vendors whose balance has grown old, unless another process is at it."""
    if not leases.take(LEASE, seconds=LEASE_S):
        return
    try:
        for vendor in _list_due(now=timezone.now()):
            refresh(vendor, now=timezone.now())
    finally:
        leases.release(LEASE)


def refresh(vendor: str, *, now: datetime) -> None:
    """Ask a vendor for its balance, and once an hour for its prices; keep what it says, or why it says nothing."""
    connection = replace(get_connection(vendor), read_timeout_s=READ_TIMEOUT_S)
    row = _get_rows()[vendor] or VendorAccount(vendor=vendor, account=connection.account)
    row.asked_at = now
    try:
        with CLIENTS[vendor](connection) as client:
            row.balance_credits = client.fetch_balance()
            row.answered_at, row.problem = now, ""
            if client.quotes and (row.priced_at is None or now - row.priced_at >= PRICES_EVERY):
                row.prices, row.priced_at = _fetch_prices(client), now
    except VendorError as error:
        row.problem = f"{error.message} {error.suggestion}".strip()[:300]
        logger.info("the balance at %s cannot be read: %s", vendor, error.code or error.http_status)
    row.save()
    if known := _read.get():
        known.clear()


def _fetch_prices(client: Vendor) -> dict[str, float]:
    """Return what each operation costs with its defaults; without those that the vendor has no price for."""
    prices: dict[str, float] = {}
    for operation in OPERATIONS.values():
        if operation.vendor != client.key:
            continue
        try:
            prices[operation.key] = client.fetch_quote(operation, {}).cost_credits
        except VendorError as error:
            if error.retryable:
                raise
    return prices


def _list_due(*, now: datetime) -> list[str]:
    return [vendor for vendor, row in _get_rows().items() if _is_due(vendor, row, now=now)]


def _is_due(vendor: str, row: VendorAccount | None, *, now: datetime) -> bool:
    if circuit.get_circuit(vendor).is_open:
        return False
    if row is None or row.asked_at is None or now - row.asked_at >= AT_REST:
        return True
    return now - row.asked_at >= WHILE_SPENT and _has_moved(vendor, since=row.asked_at)


def _has_moved(vendor: str, *, since: datetime) -> bool:
    """Tell whether one of the vendor's last tasks has changed since then: credits may have been held or released."""
    newest = Task.objects.filter(vendor=vendor).order_by("-pk").values_list("state_at", flat=True)
    return any(state_at > since for state_at in newest[:TASKS_LOOKED_AT])


def _get_rows() -> dict[str, VendorAccount | None]:
    """Return the row of each vendor's present account; None where nothing is known of it."""
    rows = {row.vendor: row for row in VendorAccount.objects.all()}
    return {
        vendor: row if (row := rows.get(vendor)) and row.account == get_connection(vendor).account else None
        for vendor in VENDOR_LABELS
    }


def _get_known_rows() -> dict[str, VendorAccount | None]:
    """Return the rows as this page has read them, if it has."""
    known = _read.get()
    if known is None:
        return _get_rows()
    if not known:
        known |= _get_rows()
    return known


def _build_balance(vendor: str, row: VendorAccount | None) -> Balance:
    if row is None:
        return Balance(vendor, None, None)
    return Balance(vendor, row.balance_credits, row.answered_at, row.problem)
