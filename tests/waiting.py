"""Wait for a condition with a deadline; the only place in the tests where time passes on purpose."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, within_s: float = 30, every_s: float = 0.05) -> T:
    """Return the condition's first true answer.

    :raises AssertionError: when it stays false for `within_s` seconds
    """
    ticks = threading.Event()
    for _ in range(max(1, int(within_s / every_s))):
        answer = condition()
        if answer:
            return answer
        ticks.wait(every_s)
    raise AssertionError(f"not true within {within_s} s: {condition}")
