"""Streams that say more than anybody can read."""

import itertools
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest

from jobs import streaming
from jobs.streaming import News, Streams
from jobs.vendors.base import Status
from jobs.vendors.sse import LINE_MAX_BYTES, read_events
from tests.waiting import wait_until


class Chatterbox:
    """A vendor's client whose stream never pauses; it stops when it is told to."""

    def __init__(self) -> None:
        self.said = 0
        self.is_over = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def follow(self, remote_id: str, **_: Any) -> Iterator[Status]:
        for number in itertools.count(1):
            if self.is_over.is_set():
                return
            self.said = number
            yield Status(remote_id=remote_id, state="running", word=str(number), raw={})


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chatterbox]:
    client = Chatterbox()
    monkeypatch.setattr(streaming, "get_vendor", lambda name: client)
    yield client
    client.is_over.set()


def test_a_stream_that_never_pauses_fills_no_memory_and_stops_nobody(vendor: Chatterbox) -> None:
    streams = Streams()
    streams.start(1, vendor="meshy", remote_id="t-1")
    wait_until(lambda: vendor.said > 1_000, within_s=10)

    first = list(itertools.islice(streams.take_news(), 100))
    vendor.is_over.set()
    last: list[News] = []

    def has_ended() -> bool:
        last.extend(streams.take_news())
        return bool(last) and last[-1].is_over

    wait_until(has_ended, within_s=10)

    streams.close()
    assert len(first) == 1
    assert first[0].status is not None
    assert int(first[0].status.word) > 1_000, "the newest word counts"
    assert len(last) <= 3


def test_an_event_that_does_not_end_is_given_up() -> None:
    line = b"data: " + b"x" * 100_000 + b"\n"

    with pytest.raises(ValueError, match="does not end"):
        list(read_events(itertools.repeat(line, 2 * LINE_MAX_BYTES // 100_000), idle_s=60, label="Meshy"))
