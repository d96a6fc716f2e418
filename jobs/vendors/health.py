"""What the calls of this process to each vendor came to, for the circuit breaker (jobs/circuit.py); no rows here.

A call is good when the vendor answered at all: a refusal and "too fast" are answers. It is bad when it answered 5xx or
not. Downloads are none of these calls: other hosts answer them.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

UNREACHABLE = "unreachable"
WORDS = {  # by the codes of jobs/vendors/http.py; others say that the call never left, by a mistake on this side
    UNREACHABLE: "it could not be reached",
    "connect_timeout": "it could not be reached",
    "tls": "no safe connection could be made",
    "timeout": "it took too long to answer",
    "connection_lost": "the connection broke",
}
NEVER_THERE = frozenset({UNREACHABLE, "connect_timeout", "tls"})
FORGET_AFTER = timedelta(seconds=60)  # so long after a failure the next one begins a new row of them


@dataclass(frozen=True)
class News:
    """What was seen since the last look: failures since the last good answer, and when the last good one came.

    `ask_at` is the vendor's own word for when to ask again (Retry-After); `is_there` is False where the last call did
    not even reach it.
    """

    failures: int = 0
    reason: str = ""
    is_there: bool = True
    first_at: datetime | None = None
    last_at: datetime | None = None
    ask_at: datetime | None = None
    good_at: datetime | None = None


_lock = threading.Lock()
_news: dict[str, News] = {}


def note_answer(vendor: str, http_status: int, *, retry_after_s: float | None = None) -> None:
    """Count an answer, whatever it says."""
    if http_status >= 500:
        _note_bad(vendor, f"it answered {http_status}", is_there=True, retry_after_s=retry_after_s)
        return
    with _lock:
        _news[vendor] = News(good_at=timezone.now())


def note_failure(vendor: str, code: str) -> None:
    """Count a call that was not answered; `code` is what the error of the call says."""
    if code in WORDS:
        _note_bad(vendor, WORDS[code], is_there=code not in NEVER_THERE)


def _note_bad(vendor: str, reason: str, *, is_there: bool, retry_after_s: float | None = None) -> None:
    now = timezone.now()
    with _lock:
        before = _news.get(vendor, News())
        if before.last_at is not None and now - before.last_at > FORGET_AFTER:
            before = News(good_at=before.good_at)
        _news[vendor] = replace(
            before,
            failures=before.failures + 1,
            reason=reason,
            is_there=is_there,
            first_at=before.first_at or now,
            last_at=now,
            ask_at=now + timedelta(seconds=retry_after_s) if retry_after_s else before.ask_at,
        )


def take_news(vendor: str) -> News | None:
    """Return what was seen of the vendor since this was last asked; None where nothing was."""
    if vendor not in _news:  # cheap: this is asked again and again
        return None
    with _lock:
        return _news.pop(vendor, None)


def forget() -> None:
    """Forget everything that was seen."""
    with _lock:
        _news.clear()
