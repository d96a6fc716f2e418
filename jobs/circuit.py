"""A circuit breaker per vendor, and the switch by which staff hold back what is new.

After several failures in a row (5xx, time-outs, lost connections) a vendor is left alone for a while; then one request
at a time probes it, and the first good answer closes the circuit. A pause holds back creates alone: what runs is
followed and saved. The rules are in circuit_rules.py; what waits is in holds.py.

How a vendor stands is one row, so that all processes see the same; each reads it at most once a second.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from jobs import holds
from jobs.circuit_rules import apply_news
from jobs.claims import is_held
from jobs.models import Circuit, State, Task, User
from jobs.vendors import CLIENTS, VENDOR_LABELS, get_connection, health
from jobs.vendors.health import News

logger = logging.getLogger(__name__)

READ_EVERY_S = 1.0
PROBE_FOR = timedelta(seconds=30)  # then the process that had the right to probe is taken for dead
COLUMNS = ["failures", "reason", "opened_at", "open_until", "opened_times"]

_rows: dict[str, Circuit] | None = None
_read_at = 0.0
_probes: dict[str, datetime] = {}  # by vendor: the `open_until` that this process's right to probe has set


@dataclass(frozen=True)
class Hold:
    """Why a vendor is not asked now, in a sentence for a person, and until when; `until` is None for a pause."""

    reason: str
    until: datetime | None


def find_hold(vendor: str, *, creating: bool) -> Hold | None:
    """Return why this vendor must not be asked now; None where it may be. A pause holds only what creates.

    Where None comes from an open circuit (`is_open`), this caller has the right to probe it: one request, at once.
    """
    settle(vendor)
    circuit = get_circuit(vendor)
    if creating and circuit.is_paused:
        return Hold(f"{build_pause_text(circuit)}{build_pause_reason(circuit)}.", None)
    if circuit.open_until is None:
        return None
    now = timezone.now()
    if circuit.open_until > now:
        return Hold(f"{build_down_text(circuit)}.", circuit.open_until)
    return None if _take_probe(circuit, now=now) else Hold(f"{build_down_text(circuit)}.", now + PROBE_FOR)


def find_new_hold(vendor: str) -> Hold | None:
    """Return why a create must not leave now, for a caller that was let through and has worked for a while since."""
    settle(vendor)
    circuit = get_circuit(vendor)
    if circuit.open_until is not None and circuit.open_until == _probes.get(vendor) and not circuit.is_paused:
        return None
    return find_hold(vendor, creating=True)


def hold_back(pk: int, *, state: str) -> bool:
    """Put off a task in `state` whose vendor must not be asked now, and all others like it; False where it may be.

    Asked before a claim, so that a task that waits changes no state again and again. One in doubt is sent once more
    to a vendor that knows idempotency keys, and only looked for at others.
    """
    now = timezone.now()
    task = Task.objects.filter(pk=pk, state=state, next_at__lte=now).first()
    if task is None or is_held(task, now=now):
        return False
    creating = state == State.QUEUED or (state == State.UNKNOWN and CLIENTS[task.vendor].idempotent)
    hold = find_hold(task.vendor, creating=creating)
    if hold is None:
        return False
    holds.put_off_all(task, hold.reason, until=hold.until)
    _wake_if_over(task.vendor)
    return True


def give_back(task: Task, hold: Hold) -> None:
    """Put a claimed task that has not been sent back into the queue, since its vendor must not be asked now."""
    holds.give_back(task, hold.reason, until=hold.until)
    _wake_if_over(task.vendor)


def _wake_if_over(vendor: str) -> None:
    """Wake what was put off a moment after everything else was woken."""
    _forget_rows()
    circuit = get_circuit(vendor)
    if not circuit.is_open and not circuit.is_paused:
        holds.wake(vendor)


def is_open(vendor: str) -> bool:
    """Return whether the vendor is being left alone, or probed; cheap."""
    return get_circuit(vendor).is_open


def settle(vendor: str) -> None:
    """Write down what this process's calls to the vendor came to, where that changes how it stands.

    Called in threads that may use rows, after a call or once a second; cheap when nothing happened.
    """
    news = health.take_news(vendor)
    if news is None:
        return
    circuit = get_circuit(vendor)
    is_silent = not news.failures and not circuit.failures and not circuit.is_open
    is_late = circuit.is_open and news.good_at is None and vendor not in _probes
    if not is_silent and not is_late:
        _write_news(vendor, news)


def finish(vendor: str) -> None:
    """Settle at the end of a step, and give back a right to probe that it did not use."""
    settle(vendor)
    until = _probes.pop(vendor, None)
    if until is not None:
        Circuit.objects.filter(vendor=vendor, open_until=until).update(open_until=timezone.now())
        _forget_rows()


def _write_news(vendor: str, news: News) -> None:
    with transaction.atomic():
        circuit = Circuit.objects.select_for_update().get_or_create(vendor=vendor)[0]
        is_probe = circuit.open_until is not None and _probes.get(vendor) == circuit.open_until
        since = circuit.opened_at
        change = apply_news(circuit, news, is_probe=is_probe, now=timezone.now())
        if change:
            circuit.save(update_fields=COLUMNS)
    _forget_rows()
    if change in ("opened", "opened again"):
        _probes.pop(vendor, None)
        _log_opening(circuit)
    elif change == "closed":
        _probes.pop(vendor, None)
        count, began = holds.wake(vendor), format_since(since)
        logger.warning("%s answers again: it did not since %s. %s tasks go on", circuit.label, began, count)


def _log_opening(circuit: Circuit) -> None:
    since, until = format_since(circuit.opened_at), format_since(circuit.open_until)
    words = "%s is not answering since %s (%s, %s failures in a row): it is left alone until %s"
    logger.warning(words, circuit.label, since, circuit.reason, circuit.failures, until)


def _take_probe(circuit: Circuit, *, now: datetime) -> bool:
    """Win the right to send one request; it lapses by itself when the winner dies."""
    same = Circuit.objects.filter(vendor=circuit.vendor, open_until=circuit.open_until)
    until = now + PROBE_FOR
    is_ours = bool(same.update(open_until=until))
    _forget_rows()
    if is_ours:
        _probes[circuit.vendor] = until
    return is_ours


# --- How vendors stand ----------------------------------------------------------------------------------------------


def get_circuit(vendor: str) -> Circuit:
    """Return how the vendor stands, as it was at most a second ago."""
    return _get_rows().get(vendor) or Circuit(vendor=vendor)


def list_circuits() -> list[Circuit]:
    """Return how each vendor stands, as it was at most a second ago."""
    return [get_circuit(vendor) for vendor in VENDOR_LABELS]


def _get_rows() -> dict[str, Circuit]:
    global _rows, _read_at
    rows, now = _rows, time.monotonic()
    if rows is None or now - _read_at > READ_EVERY_S:
        rows = {circuit.vendor: circuit for circuit in Circuit.objects.select_related("paused_by")}
        _rows, _read_at = rows, now
    return rows


def _forget_rows() -> None:
    global _rows
    _rows = None


def forget() -> None:
    """Forget what this process knows: nothing of it is in a row."""
    _forget_rows()
    _probes.clear()
    health.forget()


def build_down_text(circuit: Circuit) -> str:
    return f"{get_name(circuit.vendor)} is not answering since {format_since(circuit.opened_at)}"


def get_name(vendor: str) -> str:
    """Return the vendor's name as sentences say it, with the sandbox where that stands in for it."""
    return f"{VENDOR_LABELS[vendor]} (sandbox)" if get_connection(vendor).sandbox else VENDOR_LABELS[vendor]


def build_pause_text(circuit: Circuit) -> str:
    who = f" by {circuit.paused_by}" if circuit.paused_by else ""
    return f"{get_name(circuit.vendor)} is paused{who} since {format_since(circuit.paused_at)}"


def build_pause_reason(circuit: Circuit) -> str:
    """Return how the sentence goes on where staff said why; it has no full stop yet."""
    return f": {circuit.pause_reason.rstrip('. ')}" if circuit.pause_reason else ""


def format_since(moment: datetime | None) -> str:
    """Return the time of day, with the day where that is not today."""
    local = timezone.localtime(moment) if moment else timezone.localtime()
    is_today = local.date() == timezone.localdate()
    return f"{local:%H:%M}" if is_today else f"{local:%-d %b, %H:%M}"


# --- The switch of staff --------------------------------------------------------------------------------------------


def pause(vendor: str, *, actor: User | None, reason: str) -> bool:
    """Hold back what is new for this vendor; False when it is paused already."""
    Circuit.objects.get_or_create(vendor=vendor)
    running = Circuit.objects.filter(vendor=vendor, paused_at=None)
    is_done = bool(running.update(paused_at=timezone.now(), paused_by=actor, pause_reason=reason.strip()[:200]))
    if is_done:
        logger.warning("%s was paused by %s: %s", VENDOR_LABELS[vendor], actor or "a command", reason)
    _forget_rows()
    return is_done


def resume(vendor: str, *, actor: User | None) -> bool:
    """Let go what was held back by a pause; False when there is none."""
    paused = Circuit.objects.filter(vendor=vendor, paused_at__isnull=False)
    is_done = bool(paused.update(paused_at=None, paused_by=None, pause_reason=""))
    _forget_rows()
    if is_done:
        count = holds.wake(vendor)
        logger.warning("%s was resumed by %s; %s tasks go on", VENDOR_LABELS[vendor], actor or "a command", count)
    return is_done


def ask_now(vendor: str, *, actor: User | None) -> bool:
    """Let the next request probe a vendor that is left alone, now instead of later; False when none is."""
    now = timezone.now()
    is_done = bool(Circuit.objects.filter(vendor=vendor, open_until__gt=now).update(open_until=now))
    _forget_rows()
    if is_done:
        logger.warning("%s is asked again now, by %s", VENDOR_LABELS[vendor], actor or "a command")
        holds.wake(vendor)
    return is_done
