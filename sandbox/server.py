"""Runs the app: one port, one process, one line when it is ready, and no child left behind."""

import asyncio
import fcntl
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
import uvicorn

from sandbox.app import build_app
from sandbox.connections import DroppableProtocol
from sandbox.settings import Settings

KEEP_ALIVE_S = 75
GRACE_S = 2
CHILD_GRACE_S = 3


class CannotStart(Exception):
    pass


class AnnouncingServer(uvicorn.Server):
    """Says when it is ready, and lets streams end before it waits for the others."""

    def __init__(self, config: uvicorn.Config, *, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets and sys.stdout.isatty():  # under a supervisor the address to open is another one
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"sandbox listens on http://{shown}:{port}\n")
            sys.stdout.flush()


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then end the process.

    :raises CannotStart: the port or the state folder is in use
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # They speak of each connection; tasks and failures are enough here.
    for chatty in ("uvicorn.error", "multipart", "python_multipart", "asyncio", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    listener = _listen(settings)
    lock = _lock(settings.state_folder)
    app = build_app(settings)
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        # An access log would show signatures.
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = AnnouncingServer(config, closing=app.state.parts.runner.changes.closing)
    status = _run(server, listener)
    _end_children()
    lock.close()
    # Threads may still be waiting for the engine; everything worth keeping is written.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run(server: AnnouncingServer, listener: socket.socket) -> int:
    """Serve and return the exit status: uvicorn raises the signal that ended it once more when it is done."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    try:
        server.run(sockets=[listener])
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio switches Nagle's delay off (40 ms an answer) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # A bound port that somebody else listens on is found here.
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotStart(f"The sandbox cannot listen on {settings.host}:{settings.port}: {error}.") from error
    return listener


def _lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CannotStart(f"The sandbox cannot use {folder}: another one does, or it is not writable.") from error
    return lock


def _end_children() -> None:
    """End engine processes that this program started and that still run."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    _, alive = psutil.wait_procs(children, timeout=CHILD_GRACE_S)
    for child in alive:
        with suppress(psutil.NoSuchProcess):
            child.kill()
