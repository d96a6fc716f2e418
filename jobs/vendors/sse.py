"""Server-sent events, read as they come: what a vendor's stream of a task says."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jobs.vendors.base import VendorError

LINE_MAX_BYTES = 1_000_000
FIELDS = frozenset({"event", "data", "id", "retry"})


@dataclass(frozen=True)
class Event:
    name: str
    data: str


def read_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    r"""Cut a stream into lines, which may end in \n, \r\n or \r.

    :raises ValueError: when a line does not end
    """
    line = bytearray()
    after_return = False
    for piece in pieces:
        for sign in piece:
            if sign == 0x0A and after_return:
                after_return = False
                continue
            after_return = sign == 0x0D
            if sign in (0x0A, 0x0D):
                yield line.decode(errors="replace")
                line.clear()
            else:
                line.append(sign)
                if len(line) > LINE_MAX_BYTES:
                    raise ValueError("a line of the stream does not end")


def read_events(pieces: Iterable[bytes], *, idle_s: float, label: str) -> Iterator[Event]:
    """Yield the stream's events. Comments keep a connection open, and count for nothing here.

    Meshy's pages show data over several lines without `data:` on each of them; such lines belong to the data as well.

    :raises VendorError: code "stream_silent" when no event came for `idle_s` although something did
    :raises ValueError: when a line or an event does not end
    """
    name, data = "", ""
    last = time.monotonic()
    for line in read_lines(pieces):
        if time.monotonic() - last > idle_s:
            raise VendorError(f"{label}'s stream says nothing.", retryable=True, code="stream_silent")
        if not line:
            if data:
                last = time.monotonic()
                yield Event(name or "message", data)
            name, data = "", ""
            continue
        if len(data) + len(line) > LINE_MAX_BYTES:
            raise ValueError("an event of the stream does not end")
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data = f"{data}\n{value}" if data else value
        elif field and field not in FIELDS and data:
            data = f"{data}\n{line}"
