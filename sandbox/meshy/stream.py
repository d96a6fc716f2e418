"""A task's changes as server-sent events: one line of data each, repeated when nothing changes, closed at the end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox import faults
from sandbox.connections import drop
from sandbox.meshy.answers import ApiError, mark, not_found
from sandbox.meshy.endpoint import SERVER_ERROR, Call, Handler
from sandbox.meshy.families import Family
from sandbox.meshy.shapes import build_short, build_task
from sandbox.meshy.tasks import UNKNOWN_STATUS, find_task
from sandbox.rows import SandboxTask

COMMENT = b": stream open\n\n"


def build_streamer(family: Family | None) -> Handler:
    """A stream of a family's tasks; None: of a family that has none here."""

    async def stream(call: Call) -> Response:
        closing = call.parts.runner.changes.closing
        try:
            if family is None:
                raise not_found()
            task = find_task(call, family)
        except ApiError as error:
            if "stream_plain_404" in call.hits:
                raise
            return EventStream(_say_error(error), closing=closing)
        hits = call.hits | faults.take_from_task(task.faults, faults.STREAM)
        if "stream_error" in hits:
            return EventStream(_say_error(SERVER_ERROR), closing=closing)
        if "stream_silent" in hits:
            return EventStream(_say_nothing(), closing=closing)
        events = _say_unknown(task, call) if "unknown_status" in hits else follow(task, call)
        return EventStream(events, closing=closing, is_cut="stream_cut" in hits)

    return stream


async def follow(task: SandboxTask, call: Call) -> AsyncIterator[bytes]:
    """Tell the task's state now and at each change; nobody is asked in between."""
    yield COMMENT
    while not task.has_ended:
        told = build_short(task)
        yield build_event("message", told)
        repeat_at = time.monotonic() + call.parts.settings.stream_resend_s
        while build_short(task) == told and (left_s := repeat_at - time.monotonic()) > 0:
            await call.parts.runner.changes.wait(task.id, within_s=left_s)
    yield build_event("message", build_task(task, call.profile, parts=call.parts, base_url=call.base_url))


async def _say_error(error: ApiError) -> AsyncIterator[bytes]:
    yield build_event("error", {"status_code": error.status, "message": error.message})


async def _say_unknown(task: SandboxTask, call: Call) -> AsyncIterator[bytes]:
    yield build_event("message", build_short(task) | {"status": UNKNOWN_STATUS})
    async for event in follow(task, call):
        yield event


async def _say_nothing() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


def build_event(name: str, data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


class EventStream(Response):
    """Sends events until there are none left, the client has gone or the program ends.

    `is_cut`: drops the connection after the first event.
    """

    def __init__(self, events: AsyncIterator[bytes], *, closing: asyncio.Event, is_cut: bool = False) -> None:
        super().__init__(media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        del self.headers["content-length"]
        self._events = events
        self._closing = closing
        self._is_cut = is_cut
        mark(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send_events(send))
        others = [asyncio.create_task(waiting) for waiting in (_wait_for_goodbye(receive), self._closing.wait())]
        try:
            await asyncio.wait([sending, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, *others):
                task.cancel()
            await asyncio.gather(sending, *others, return_exceptions=True)
        if not sending.cancelled() and (error := sending.exception()):
            raise error
        if self._is_cut and not self._closing.is_set():
            await drop(scope, receive)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_events(self, send: Send) -> None:
        sent = 0
        async for event in self._events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            sent += event != COMMENT
            if self._is_cut and sent:
                return


async def _wait_for_goodbye(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
