"""The pipe between django-q2's processes, without locks: what mends the hang after a killed worker.

django-q2's own queue holds a lock in shared memory while it waits; a process that is killed there takes the lock with
it, and no other one ever gets a message again, while everything looks alive (django-q2 issue 23, open since 2022;
also 339). A SOCK_SEQPACKET pair keeps messages whole and leaves locking to the kernel, which frees what the dead held.
"""

import os
import pickle
import queue
import select
import socket
import tempfile
from pathlib import Path
from typing import Any

LARGE_BYTES = 60_000  # more than that goes through a file; our hints are a few hundred bytes
BOUNDED_BUFFER_BYTES = 8_192  # a small buffer is a small prefetch
INLINE, IN_FILE = b"M", b"F"


class SeqQueue:
    """Has the part of multiprocessing.Queue that django-q2 uses. A full buffer makes `put` wait."""

    def __init__(self, maxsize: int = 0) -> None:
        self._reader, self._writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._limit = LARGE_BYTES
        if maxsize:
            self._writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BOUNDED_BUFFER_BYTES)
            self._limit = BOUNDED_BUFFER_BYTES // 2

    def __del__(self) -> None:
        self._reader.close()
        self._writer.close()

    def put(self, item: Any) -> None:
        data = pickle.dumps(item)
        if len(data) < self._limit:
            self._writer.sendall(INLINE + data)
            return
        handle, name = tempfile.mkstemp(prefix="patina-queue-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        self._writer.sendall(IN_FILE + name.encode())

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the next message.

        :raises queue.Empty: when none came in time
        """
        if (not block or timeout is not None) and not self._is_readable(timeout if block else 0):
            raise queue.Empty
        data = self._reader.recv(LARGE_BYTES + 1_000)
        if data[:1] == IN_FILE:
            path = Path(data[1:].decode())
            data = INLINE + path.read_bytes()
            path.unlink()
        return pickle.loads(data[1:])  # noqa: S301 (written by our own processes, never by anybody else)

    def _is_readable(self, timeout: float | None) -> bool:
        return bool(select.select([self._reader], [], [], timeout)[0])

    def empty(self) -> bool:
        return not self._is_readable(0)

    def qsize(self) -> int:
        """Return 1 when something waits: nobody needs the exact number."""
        return int(not self.empty())

    def close(self) -> None:
        """Do nothing: the ends are closed with the object."""

    def join_thread(self) -> None:
        """Do nothing: `put` has written when it returns."""

    def cancel_join_thread(self) -> None:
        """Do nothing: there is no thread."""
