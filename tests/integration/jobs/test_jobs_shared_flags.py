"""What a worker's processes share is never seen half written."""

import os
import signal

from jobs import shared_flags

LOOKS = 200_000
LATE_S = 30.0  # far above any stop of a busy machine, far below the age of a beat that was never written


def test_a_beat_is_never_seen_half_written() -> None:
    shared_flags.prepare()
    child = os.fork()
    if child == 0:
        while True:
            shared_flags.beat()

    try:
        ages = [shared_flags.get_beat_age_s() for _ in range(LOOKS)]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        shared_flags._page = shared_flags._beat_at = None

    assert max(ages) < LATE_S
