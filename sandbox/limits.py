"""Limits that `--limits on` switches on."""

from collections import defaultdict, deque

from sandbox.clock import Clock

UPLOADS_PER_WINDOW = 10
UPLOAD_WINDOW_S = 60.0
# Invented: the vendor says that a queue can be full, not when.
OPEN_TASKS_PER_ACCOUNT = 20


class UploadLimiter:
    """At most ten uploads of an account in any sixty seconds, both upload endpoints together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uploads: dict[str, deque[float]] = defaultdict(deque)

    def take(self, account_id: str) -> bool:
        """Count one upload; False when the budget is used up."""
        now = self._clock.now()
        uploads = self._uploads[account_id]
        while uploads and uploads[0] <= now - UPLOAD_WINDOW_S:
            uploads.popleft()
        if len(uploads) >= UPLOADS_PER_WINDOW:
            return False
        uploads.append(now)
        return True
