"""Both vendors in one small fast process, for load: `python -m benchmarks.stub_vendor --port 8200 [--latency 0.1]`.

The sandbox imitates every word of the vendors and is not made for thousands of requests a second; this one answers
what following and fetching tasks needs, and nothing is refused but what is too fast (`--rate`). A state is read when
the request comes, and said `--latency` seconds later. No key is checked.

For the measuring program:
  POST   /stub/load      {"vendor": "meshy", "count": 1000, "seed": 1, "law": "uniform", "durations": [10, 600],
                          "with_ended": false, "fresh": false}: tasks as a steady stream of creates leaves them
                          (`fresh`: all created now); answers [[id, created_at, ends_at], ...]
  GET    /stub/finished  {id: ends_at} of every task that has ended; ?all=1 of every task
  GET    /stub/created   {id: created_at} of every task
  GET    /stub/ages      for how many seconds nobody has asked about each task that still runs
  GET    /stub/counters  requests by vendor and kind, and those refused as too fast; DELETE begins anew
  POST   /stub/settings  latency, rate, progress, and seed, law, durations of what is created from now on
  POST   /stub/reset     forget all tasks and counters
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Callable

from benchmarks.stub_answers import Stub
from benchmarks.stub_tasks import LAWS_OF_PROGRESS, StubTask

STREAM_EVERY_S = 1.0


class Connection(asyncio.Protocol):
    """One caller's connection: requests one after another, each with a Content-Length or without a body."""

    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end])
            named = head.lower()
            found = named.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            size = int(found or b"0")
            if len(self.buffer) < end + 4 + size:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + size])
            del self.buffer[: end + 4 + size]
            method, path, _ = head.partition(b"\r\n")[0].split(b" ")
            if method == b"GET" and (task := self.stub.find_stream(path)) is not None:
                self.open_stream(task)
                return
            answer, delay_s = self.stub.answer(method, path, body)
            self.send_later(answer, delay_s, closes=b"\r\nconnection: close" in named)

    def send_later(self, answer: bytes, delay_s: float, *, closes: bool) -> None:
        def send() -> None:
            if self.transport is not None:
                self.transport.write(answer)
                if closes:
                    self.transport.close()

        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, send)
        else:
            send()

    def open_stream(self, task: StubTask) -> None:
        """Say every second how a task is, until it has ended. Source: Meshy, Stream a Retexture Task."""
        self.stub.counters["meshy stream"] += 1
        loop = asyncio.get_running_loop()

        def tell() -> None:
            if self.transport is None:
                return
            has_ended = time.time() >= task.ends_at
            self.transport.write(b"event: message\ndata: %b\n\n" % self.stub.render(task))
            if has_ended:
                self.transport.close()
            else:
                loop.call_later(min(STREAM_EVERY_S, max(task.ends_at - time.time(), 0.01)), tell)

        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        loop.call_later(self.stub.latency_s, tell)


async def serve(port: int, stub: Stub, *, on_ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", port, backlog=1024)
    on_ready()
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before an answer is sent")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second that each vendor takes; 0: all")
    parser.add_argument("--progress", choices=LAWS_OF_PROGRESS, default="percent", help="how true its percents are")
    options = parser.parse_args()
    files_url = f"http://127.0.0.1:{options.port}/files"
    stub = Stub(files_url, latency_s=options.latency, rate=options.rate, progress=options.progress)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.port, stub, on_ready=lambda: print(f"ready {options.port}", flush=True)))


if __name__ == "__main__":
    main()
