"""Open connections, so that a fault can close one without an answer or in the middle of a file."""

import asyncio
import contextlib
import socket
import struct

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

# SO_LINGER on, for 0 seconds: closing sends a RST.
LINGER_NOT = struct.pack("ii", 1, 0)
_open: dict[tuple[str, int], asyncio.Transport] = {}


class DroppableProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with its transport findable by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.client:
            _open.pop(self.client, None)


async def drop(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Send what has been written so far, close, and return when the server has noticed; `reset` sends a RST instead."""
    transport = _open.get(tuple(scope["client"]))
    if transport is not None and reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        transport.abort()
    elif transport is not None:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def drain(request: Request) -> None:
    """Read what the client is still sending, or it would see a broken connection instead of the refusal."""
    try:
        async for _ in request.stream():
            pass
    except (RuntimeError, ClientDisconnect):
        return


class NoAnswer(Response):
    """Closes the connection where an answer was expected."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await drop(scope, receive)


class Reset(Response):
    """Resets the connection where an answer was expected."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await drop(scope, receive, reset=True)


class Silence(Response):
    """Keeps the connection open without a word until the client leaves, or for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        await drop(scope, receive)


class CutShort(Response):
    """Promises all of its content, sends half, and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await drop(scope, receive)
