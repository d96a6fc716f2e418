"""A vendor that misbehaves on the wire as a test wants it; for faults that a well-made server cannot show."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

from tests.ports import find_free_port

Handler = Callable[[socket.socket, bytes], None]


@dataclass
class FakeVendor:
    """Hands each connection's request (head and body) to `handler` and closes; `requests` keeps what came."""

    handler: Handler
    requests: list[bytes] = field(default_factory=list)
    port: int = field(default_factory=find_free_port)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                request = read_request(connection)
                self.requests.append(request)
                self.handler(connection, request)
                connections.close_all()  # a handler may have looked at rows


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65_536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length and (chunk := connection.recv(65_536)):
        body += chunk
    return head + b"\r\n\r\n" + body


def reply(status: str, body: bytes = b"", *headers: str) -> Handler:
    """Return a handler that gives a whole answer, and says that the connection ends with it."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return lambda connection, _: connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def reset(connection: socket.socket, _: bytes) -> None:
    """Break the connection without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def send_raw(data: bytes) -> Handler:
    return lambda connection, _: connection.sendall(data)
