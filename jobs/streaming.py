"""Follows a few running tasks by their vendor's streams: one request instead of many, and news at once.

A stream is a hint as well: when it ends, breaks, or says nothing for a while, the task is asked about by an ordinary
request. Threads do HTTP and nothing else; what they hear is taken up by the thread that calls `take_news`.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from jobs.vendors import get_vendor
from jobs.vendors.base import Status, VendorError

logger = logging.getLogger(__name__)

STREAMS_MAX = 4
IDLE_S = 60.0  # what Meshy's own client waits; it says the same again about every 10 s
QUIET_S = 15.0  # a stream that says nothing for so long gets company by ordinary requests
PAUSE_S = 60.0  # a task whose stream broke is asked about by ordinary requests for so long
AFTER_END_S = 5.0
JOIN_S = 2.0


@dataclass(frozen=True)
class News:
    """What a stream said of a task, or why it ended: `error` is None after a good end."""

    pk: int
    status: Status | None = None
    error: VendorError | None = None

    @property
    def is_over(self) -> bool:
        return self.status is None


@dataclass
class Stream:
    pk: int
    vendor: str
    remote_id: str
    thread: threading.Thread | None = None
    break_off: Callable[[], None] | None = None
    is_stopped: bool = False
    unread: Status | None = None
    heard_at: float = field(default_factory=time.monotonic)

    def stop(self) -> None:
        self.is_stopped = True
        if self.break_off is not None:
            with contextlib.suppress(OSError):
                self.break_off()


class Streams:
    """The streams that are open while a sweep lives."""

    def __init__(self) -> None:
        self._open: dict[int, Stream] = {}
        self._closing: list[Stream] = []
        self._inbox: SimpleQueue[tuple[Stream, News]] = SimpleQueue()
        self._lock = threading.Lock()
        self._not_before: dict[int, float] = {}

    def close(self) -> None:
        """Break all of them off; a thread that hangs in the network ends by its time-out."""
        streams = [*self._open.values(), *self._closing]
        for stream in streams:
            stream.stop()
        for stream in streams:
            if stream.thread is not None:
                stream.thread.join(timeout=JOIN_S)

    def can_follow(self, pk: int) -> bool:
        """Return whether there is room for this task, and no reason to leave it to ordinary requests."""
        if pk in self._open or len(self._open) >= STREAMS_MAX:
            return False
        return self._not_before.get(pk, 0.0) <= time.monotonic()

    def is_followed(self, pk: int) -> bool:
        return pk in self._open

    def is_heard(self, pk: int) -> bool:
        """Return whether a stream has said something of the task lately."""
        stream = self._open.get(pk)
        return stream is not None and time.monotonic() - stream.heard_at < QUIET_S

    def start(self, pk: int, *, vendor: str, remote_id: str) -> None:
        stream = self._open[pk] = Stream(pk, vendor, remote_id)
        stream.thread = threading.Thread(target=self._run, args=(stream,), name=f"stream-{pk}", daemon=True)
        stream.thread.start()

    def stop(self, pk: int) -> None:
        """Stop following a task that has moved on by another way."""
        if (stream := self._open.pop(pk, None)) is not None:
            stream.stop()
            self._closing.append(stream)

    def take_news(self) -> Iterator[News]:
        """Give what has come in; a stream that is over makes room for another one."""
        for _ in range(self._inbox.qsize()):  # what comes meanwhile waits: a stream that never pauses stops nobody
            stream, news = self._inbox.get()
            if not news.is_over:
                news = replace(news, status=self._read(stream))
            if news.is_over and stream in self._closing:
                self._closing.remove(stream)
            if stream.is_stopped or self._open.get(news.pk) is not stream:
                continue
            stream.heard_at = time.monotonic()
            if news.is_over:
                del self._open[news.pk]
                pause_s = PAUSE_S if news.error is not None else AFTER_END_S
                self._not_before[news.pk] = time.monotonic() + pause_s
            yield news

    def _tell(self, stream: Stream, status: Status) -> None:
        """In a thread. Of several words that nobody has read yet only the last one counts."""
        with self._lock:
            is_first = stream.unread is None
            stream.unread = status
        if is_first:
            self._inbox.put((stream, News(stream.pk, status=status)))

    def _read(self, stream: Stream) -> Status | None:
        with self._lock:
            status, stream.unread = stream.unread, None
        return status

    def _run(self, stream: Stream) -> None:
        """In a thread: no rows here."""

        def remember(break_off: Callable[[], None]) -> None:
            stream.break_off = break_off
            if stream.is_stopped:
                stream.stop()

        error: VendorError | None = None
        try:
            with get_vendor(stream.vendor) as client:
                for status in client.follow(stream.remote_id, idle_s=IDLE_S, on_open=remember):
                    self._tell(stream, status)
                    if stream.is_stopped:
                        break
        except VendorError as failure:
            error = failure
        except Exception:
            logger.exception("the stream of task %s broke", stream.pk)
            error = VendorError("The stream broke.", retryable=True, code="stream_broken")
        self._inbox.put((stream, News(stream.pk, error=error)))
