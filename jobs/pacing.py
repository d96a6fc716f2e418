"""How fast a vendor is asked: not faster than its account allows, and a task more rarely as it grows old."""

import time
from datetime import datetime

from jobs.models import State, Task

SHORTEST_S, LONGEST_S, SHARE_OF_AGE = 1.0, 15.0, 0.1
NEAR_END_PERCENT, NEAR_END_S = 90, 2.0
IN_DOUBT_S = 300.0  # a task past its deadline
BURST_SHARE = 1 / 3  # so that no second, wherever it begins, holds much more than the rate


class TokenBucket:
    """Lets `rate` calls a second pass, and `burst` at once."""

    def __init__(self, rate: float, *, burst: float | None = None) -> None:
        self.rate = rate
        self.burst = rate if burst is None else burst
        self.tokens = self.burst
        self.filled_at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + max(now - self.filled_at, 0.0) * self.rate)
        self.filled_at = max(now, self.filled_at)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def spend(self, calls: int) -> None:
        """Count calls that were made without asking."""
        self.tokens -= calls

    def pause(self, seconds: float) -> None:
        """Let nothing pass for a while: the vendor said that it is too much."""
        self.tokens = 0.0
        self.filled_at = max(self.filled_at, time.monotonic() + seconds)


def make_bucket(rate: float) -> TokenBucket:
    """Return a bucket for a vendor's limit per second."""
    burst = max(rate * BURST_SHARE, 1.0)
    return TokenBucket(max(rate - burst, 1.0), burst=burst)


def compute_interval_s(task: Task, *, now: datetime) -> float:
    """Return how long to wait before the next look at a task."""
    if task.state == State.UNKNOWN:
        return IN_DOUBT_S
    age_s = (now - (task.sent_at or task.state_at)).total_seconds()
    interval = min(max(SHARE_OF_AGE * age_s, SHORTEST_S), LONGEST_S)
    return min(interval, NEAR_END_S) if (task.progress_percent or 0) >= NEAR_END_PERCENT else interval
