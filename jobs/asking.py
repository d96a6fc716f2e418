"""Threads that do HTTP for one vendor and nothing else: no rows here. As many as there is work for, up to a limit."""

import contextlib
import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any

from jobs.following import THREADS, Question
from jobs.vendors.base import Page, Status, Vendor, VendorError
from jobs.vendors.paging import PAGE_SIZE

logger = logging.getLogger(__name__)

JOIN_S = 2.0  # a thread that hangs in the network ends by its time-out

Outcome = Status | Page | VendorError
Inbox = SimpleQueue[tuple[Question, Outcome]]


class Askers:
    """Asks one vendor what is put in, and puts the answers into `inbox`."""

    def __init__(self, vendor: Vendor, marks: dict[str, Any], inbox: Inbox) -> None:
        self._vendor = vendor
        self._marks = marks
        self._inbox = inbox
        self._questions: SimpleQueue[Question | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def put(self, questions: list[Question], *, flying: int) -> None:
        """Ask these; `flying` says how many are under way with them."""
        while len(self._threads) < min(flying, THREADS):
            name = f"ask-{self._vendor.key}-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        for question in questions:
            self._questions.put(question)

    def close(self) -> None:
        """Let the threads end: what nobody has begun is not asked any more."""
        with contextlib.suppress(Empty):
            while True:
                self._questions.get_nowait()
        for _ in self._threads:
            self._questions.put(None)
        until = time.monotonic() + JOIN_S
        for thread in self._threads:
            thread.join(timeout=max(until - time.monotonic(), 0.0))
        self._vendor.close()

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            self._inbox.put((question, self._ask(question)))

    def _ask(self, question: Question) -> Outcome:
        try:
            if question.followed is not None:
                return self._vendor.poll(question.followed.remote_id)
            return self._vendor.fetch_changes(question.page, page_size=PAGE_SIZE, known=self._marks)
        except VendorError as error:
            return error
        except Exception:
            logger.exception("%s could not be asked", self._vendor.label)
            return VendorError(f"{self._vendor.label}'s answer could not be used.", retryable=True, code="strange")
