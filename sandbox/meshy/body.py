"""Reads a JSON body whose strings may be whole files: long data URIs go to disk, decoded, while they come in.

A model of 100 MB is 133 MB of base64 in one JSON string. Only what is no long data URI is kept in memory.
"""

import binascii
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from starlette.requests import ClientDisconnect, Request

from sandbox.meshy.answers import invalid

# A shorter data URI stays in memory, as text.
SPILL_FROM_BYTES = 64 * 1024
TEXT_LIMIT_BYTES = 4 * 10**6
# No page tells a limit; the vendor's listing of its own tools names 100 MB for a GLB as data URI.
FILE_LIMIT_BYTES = 100 * 10**6
FILES_LIMIT = 8
UNREADABLE = "The request body is not a JSON object."
TOO_LARGE = "The request body is too large."


@dataclass
class Spilled:
    """A data URI whose content lies in a file. `problem` says why it cannot be used; empty when it can."""

    media_type: str
    path: Path
    size_bytes: int = 0
    problem: str = ""


@dataclass
class Body:
    """The fields that were sent, and the files among them. Whoever reads a body discards it."""

    fields: dict[str, Any]
    spilled: list[Spilled]

    def discard(self) -> None:
        """Remove the files that nobody has taken away."""
        for file in self.spilled:
            file.path.unlink(missing_ok=True)


class Spill:
    """Decodes base64 to a file, piece by piece."""

    def __init__(self, head: str, path: Path) -> None:
        described, _, start = head.partition(",")
        kind, _, encoding = described.removeprefix("data:").rpartition(";")
        self.file = Spilled(media_type=kind.partition(";")[0].strip().lower(), path=path)
        self._rest = b""
        self._is_padded = False
        self._target: IO[bytes] = path.open("wb")
        if encoding.strip().lower() != "base64":
            self.file.problem = "Data URIs must be base64."
        self.write(start.encode())

    def write(self, encoded: bytes) -> None:
        if self.file.problem or not encoded:
            return
        encoded = self._rest + encoded
        whole = len(encoded) // 4 * 4
        self._rest = encoded[whole:]
        self._decode(encoded[:whole])

    def _decode(self, encoded: bytes) -> None:
        if not encoded:
            return
        try:
            content = binascii.a2b_base64(encoded, strict_mode=True)
        except binascii.Error:
            content = b""
        if not content or self._is_padded:
            self.file.problem = "A data URI holds no valid base64."
            return
        self._is_padded = encoded.endswith(b"=")
        self.file.size_bytes += len(content)
        if self.file.size_bytes > FILE_LIMIT_BYTES:
            self.file.problem = f"A data URI holds more than {FILE_LIMIT_BYTES // 10**6} MB."
            return
        self._target.write(content)

    def close(self) -> None:
        if self._rest and not self.file.problem:
            self.file.problem = "A data URI holds no valid base64."
        self._target.close()


class BodyReader:
    """Takes a JSON text in pieces, and puts a mark in the place of each string that becomes a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks: dict[str, Spilled] = {}
        self._text = bytearray()
        self._string_from: int | None = None
        self._escape = b""
        self._spill: Spill | None = None

    def feed(self, piece: bytes) -> None:
        """:raises ApiError: more text or more files than any honest request has"""
        at = 0
        while at < len(piece):
            if self._spill is not None:
                at = self._feed_spill(piece, at)
            elif self._string_from is not None:
                at = self._feed_string(piece, at)
            else:
                at = self._feed_outside(piece, at)
            if len(self._text) > TEXT_LIMIT_BYTES:
                raise invalid(TOO_LARGE)

    def _feed_outside(self, piece: bytes, at: int) -> int:
        quote = piece.find(b'"', at)
        end = len(piece) if quote < 0 else quote + 1
        self._text += piece[at:end]
        if quote >= 0:
            self._string_from = len(self._text)
        return end

    def _feed_string(self, piece: bytes, at: int) -> int:
        if self._escape:
            self._text += piece[at : at + 1]
            self._escape = b""
            return at + 1
        end, found = _find_end(piece, at)
        self._text += piece[at : end - len(found)]
        if found == b"\\":
            self._text += found
            self._escape = found
            return end
        if len(self._text) - (self._string_from or 0) >= SPILL_FROM_BYTES:
            self._begin_spill()
        if found:
            self._end_string()
        return end

    def _end_string(self) -> None:
        self._text += b'"'
        if self._spill is not None:
            self._spill.close()
        self._spill, self._string_from = None, None

    def _begin_spill(self) -> None:
        start = self._string_from or 0
        if not self._text.startswith(b"data:", start):
            return
        if len(self._marks) == FILES_LIMIT:
            raise invalid(TOO_LARGE)
        try:
            head = json.loads(b'"' + bytes(self._text[start:]) + b'"')
        except ValueError:
            return  # no text at all: the whole body will be refused
        mark = f"spilled-{uuid.uuid4()}"
        del self._text[start:]
        self._text += mark.encode()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._spill = Spill(head, self._folder / mark)
        self._marks[mark] = self._spill.file

    def _feed_spill(self, piece: bytes, at: int) -> int:
        assert self._spill is not None
        if self._escape:
            return self._feed_escape(piece, at)
        end, found = _find_end(piece, at)
        self._spill.write(piece[at : end - len(found)])
        if found == b'"':
            self._end_string()
        self._escape = found if found == b"\\" else b""
        return end

    def _feed_escape(self, piece: bytes, at: int) -> int:
        """Some writers escape each slash, and base64 is full of them."""
        assert self._spill is not None
        self._escape += piece[at : at + 1]
        if self._escape.startswith(b"\\u") and len(self._escape) < 6:
            return at + 1
        try:
            self._spill.write(json.loads(b'"' + self._escape + b'"').encode())
        except ValueError:
            self._spill.file.problem = UNREADABLE
        self._escape = b""
        return at + 1

    def close(self) -> Body:
        """:raises ApiError: what came is no JSON object"""
        try:
            fields = json.loads(self._text)
            # Half characters (lone surrogates) can be escaped in JSON, and no answer could repeat them.
            self._text.decode(), json.dumps(fields, ensure_ascii=False).encode()
            fields = self._put_files(fields)
        except (ValueError, RecursionError) as error:
            raise invalid(UNREADABLE) from error
        if not isinstance(fields, dict):
            raise invalid(UNREADABLE)
        return Body(fields, list(self._marks.values()))

    def _put_files(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._put_files(entry) for name, entry in value.items()}
        if isinstance(value, list):
            return [self._put_files(entry) for entry in value]
        return self._marks.get(value, value) if isinstance(value, str) else value

    def discard(self) -> None:
        """Give up: remove what was written."""
        if self._spill is not None:
            self._spill.close()
        for file in self._marks.values():
            file.path.unlink(missing_ok=True)


def _find_end(piece: bytes, at: int) -> tuple[int, bytes]:
    """Where the string ends or an escape begins, just behind that byte, and the byte; or the end and nothing."""
    escape = piece.find(b"\\", at)
    quote = piece.find(b'"', at, escape if escape >= 0 else len(piece))
    found = quote if quote >= 0 else escape
    return (found + 1, piece[found : found + 1]) if found >= 0 else (len(piece), b"")


async def read_body(request: Request, folder: Path) -> Body:
    """Read the request's body; the caller discards it.

    :raises ApiError: it is no JSON object, or larger than any honest one
    """
    reader = BodyReader(folder)
    try:
        async for piece in request.stream():
            reader.feed(piece)
        return reader.close()
    except ClientDisconnect as error:
        reader.discard()
        raise invalid(UNREADABLE) from error
    except BaseException:
        reader.discard()
        raise
