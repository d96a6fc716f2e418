"""When a vendor's circuit opens, how long it is left alone, and what closes it: rules without rows and without a clock.

A vendor that fails at random answers well in between, and is never left alone for that: its failures have to come in a
row, and go on for a while. One that cannot even be reached is believed sooner than one that answers with an error.
"""

from datetime import datetime, timedelta
from typing import Literal

from jobs.models import Circuit
from jobs.vendors.health import News

OPEN_AFTER = 6
OPEN_AFTER_UNREACHABLE = 3
GO_ON_FOR = timedelta(seconds=4)  # a restart of the vendor, or many requests at one moment, are no outage
WITHIN = timedelta(minutes=2)  # rare failures of a vendor that is rarely asked are no row
GOOD_COUNTS_FOR = timedelta(seconds=3)  # a good answer that is told late may be older than the outage
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)

Change = Literal["", "counted", "opened", "opened again", "closed"]


def apply_news(circuit: Circuit, news: News, *, is_probe: bool, now: datetime) -> Change:
    """Change the circuit as the news demand; nothing is stored. `is_probe` where they may come from its probe."""
    is_good = news.good_at is not None and now - news.good_at <= GOOD_COUNTS_FOR
    if circuit.is_open:
        if is_good:
            _close(circuit)
            _count(circuit, news, now=now)
            return "closed"
        if news.failures and is_probe:
            circuit.failures += news.failures
            circuit.reason = news.reason
            _open(circuit, news, now=now)
            return "opened again"
        return ""  # requests that had left before it opened
    change: Change = ""
    if is_good and circuit.failures:
        _close(circuit)
        change = "counted"
    if news.failures:
        _count(circuit, news, now=now)
        change = "counted"
        if _is_down(circuit, news):
            _open(circuit, news, now=now)
            return "opened"
    return change


def _count(circuit: Circuit, news: News, *, now: datetime) -> None:
    if not news.failures:
        return
    if circuit.opened_at is None or now - circuit.opened_at > WITHIN:
        circuit.failures, circuit.opened_at = 0, news.first_at
    circuit.failures += news.failures
    circuit.reason = news.reason


def _is_down(circuit: Circuit, news: News) -> bool:
    if circuit.opened_at is None or news.last_at is None or news.last_at - circuit.opened_at < GO_ON_FOR:
        return False
    return circuit.failures >= (OPEN_AFTER if news.is_there else OPEN_AFTER_UNREACHABLE)


def _open(circuit: Circuit, news: News, *, now: datetime) -> None:
    pause = compute_pause(circuit.opened_times)
    circuit.opened_times += 1
    circuit.open_until = max(now + pause, news.ask_at or now)


def compute_pause(opened_times: int) -> timedelta:
    """Return how long to leave a vendor alone that was left alone so many times in a row before."""
    return min(FIRST_PAUSE * 2 ** min(opened_times, 10), LONGEST_PAUSE)


def _close(circuit: Circuit) -> None:
    circuit.failures = circuit.opened_times = 0
    circuit.reason = ""
    circuit.opened_at = circuit.open_until = None
