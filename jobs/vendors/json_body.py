"""A JSON request with files in it, encoded piece by piece while it is sent: 100 MB never stand in memory."""

import base64
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, BinaryIO

from jobs.vendors.base import DataUri

PIECE_BYTES = 48 * 1024  # a multiple of 3, so that base64 has no padding before the end


class JsonBody:
    """The body of a request whose values may be DataUri; requests reads it in pieces and knows its length.

    `is_sent` tells whether every byte was handed over: before that, no vendor can have read the request.
    """

    def __init__(self, body: Mapping[str, Any], *, within_s: float) -> None:
        self._parts = split_parts(body)
        self._length = sum(len(part) if isinstance(part, bytes) else get_encoded_length(part) for part in self._parts)
        self._deadline = time.monotonic() + within_s
        self._pieces = self._read_pieces()
        self._open: BinaryIO | None = None
        self.is_sent = False

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, however many; empty at the end.

        :raises OSError: when a file is shorter than it was, or it all takes too long
        """
        if time.monotonic() > self._deadline:
            raise TimeoutError("sending the request took too long")
        piece = next(self._pieces, b"")
        self.is_sent = self.is_sent or not piece
        return piece

    def _read_pieces(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from self._encode(part)

    def _encode(self, file: DataUri) -> Iterator[bytes]:
        left = file.size_bytes
        with file.open() as self._open:
            while left:
                piece = read_fully(self._open, min(PIECE_BYTES, left))
                left -= len(piece)
                yield base64.b64encode(piece)

    def __enter__(self) -> "JsonBody":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.close()


def split_parts(body: Mapping[str, Any]) -> list[bytes | DataUri]:
    """Return the JSON text in pieces, with each file in its place."""
    files: list[DataUri] = []
    mark = secrets.token_hex(16)

    def stand_in(value: Any) -> str:
        if not isinstance(value, DataUri):
            raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
        files.append(value)
        return f"{value.head}{mark}"

    texts = json.dumps(body, default=stand_in).encode().split(mark.encode())
    parts: list[bytes | DataUri] = [texts[0]]
    for file, text in zip(files, texts[1:], strict=True):
        parts += [file, text]
    return parts


def get_encoded_length(file: DataUri) -> int:
    return (file.size_bytes + 2) // 3 * 4


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """Return exactly `size` bytes; a storage may give fewer at a time."""
    piece = stream.read(size)
    while len(piece) < size:
        more = stream.read(size - len(piece))
        if not more:
            raise OSError("the file is shorter than it was")
        piece += more
    return piece
