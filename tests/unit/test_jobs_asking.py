"""The threads that ask a vendor end when they are told to."""

import contextlib
import threading
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

from jobs.asking import Askers
from jobs.following import Question

ENDED_WITHIN_S = 5


class SnatchingQueue(SimpleQueue[Any]):
    """A thread takes the last question in the moment after it was seen."""

    def empty(self) -> bool:
        was_empty = super().empty()
        with contextlib.suppress(Empty):
            self.get_nowait()
        return was_empty


def test_the_end_does_not_wait_for_a_question_that_a_thread_took_just_now() -> None:
    vendor: Any = SimpleNamespace(key="meshy", label="Meshy", close=lambda: None)
    askers = Askers(vendor, {}, SimpleQueue())
    askers._questions = SnatchingQueue()
    askers._questions.put(Question("meshy"))
    closing = threading.Thread(target=askers.close, daemon=True)

    closing.start()
    closing.join(ENDED_WITHIN_S)

    assert not closing.is_alive()
