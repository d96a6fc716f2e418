"""Limits that `--limits on` switches on."""

from collections import defaultdict, deque

from sandbox.clock import Clock

UPLOADS_PER_WINDOW = 10
UPLOAD_WINDOW_S = 60.0
# Invented: Triverse says that a queue can be full, not when.
OPEN_TASKS_PER_ACCOUNT = 20
# Meshy's plan "Pro" (Rate Limits, read 2026-11-21).
REQUESTS_PER_SECOND = 20
QUEUE_TASKS = 10


class WindowLimiter:
    """At most `most` of an account's actions in any `window_s` seconds."""

    def __init__(self, clock: Clock, *, most: int, window_s: float) -> None:
        self._clock = clock
        self._most = most
        self._window_s = window_s
        self._taken: dict[str, deque[float]] = defaultdict(deque)

    def take(self, account_id: str) -> bool:
        """Count one; False when the budget is used up."""
        now = self._clock.now()
        taken = self._taken[account_id]
        # What lies ahead was counted before the clock was moved back.
        while taken and not now - self._window_s < taken[0] <= now:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(now)
        return True
