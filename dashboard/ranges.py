"""Sends stored bytes with single ranges, entity tags and immutable caching; Django's FileResponse knows no Range."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

CHUNK_BYTES = 256 * 1024
CACHE_CONTROL = "private, max-age=31536000, immutable"  # an address holds its content's hash
SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class UnsatisfiableRange(Exception):
    """The range starts behind the end of the file: 416."""


class FileSlice:
    """Read `length` bytes from `start` and close the file. Without fileno(), else a server sends past the end."""

    def __init__(self, file: BinaryIO | FilePart, *, start: int, length: int) -> None:
        file.seek(start)
        self.file = file
        self.left = length

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0 and (chunk := self.file.read(min(CHUNK_BYTES, self.left))):
            self.left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self.file.close()


class FilePart:
    """A part of a file that is served as if it were one: what `serve_file` asks of a file and nothing else."""

    def __init__(self, file: BinaryIO, *, start: int, length: int) -> None:
        self.file = file
        self.start = start
        self.length = length

    def seek(self, offset: int, whence: int = 0) -> int:
        place = self.length + offset if whence == 2 else offset
        self.file.seek(self.start + place)
        return place

    def read(self, size: int) -> bytes:
        return self.file.read(size)

    def close(self) -> None:
        self.file.close()


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a single range; None where the whole file is the answer (RFC 9110, 14.2).

    :raises UnsatisfiableRange: when no byte of the file is in it
    """
    match = SINGLE_RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise UnsatisfiableRange
        return max(0, size - int(last)), size - 1
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise UnsatisfiableRange
    return start, min(end, size - 1)


def serve_file(
    request: HttpRequest, file: BinaryIO | FilePart, *, etag: str, media_type: str, name: str, attach: bool
) -> HttpResponseBase:
    """Answer with the file, a part of it, or the word that the browser has it already."""
    tag = f'"{etag}"'
    size = file.seek(0, 2)
    if is_known(request, tag):
        file.close()
        return add_headers(HttpResponseNotModified(), tag)
    try:
        span = parse_range(request.headers.get("Range", ""), size) if is_range_wanted(request, tag) else None
    except UnsatisfiableRange:
        file.close()
        return add_headers(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), tag)
    start, end = span or (0, size - 1)
    slice_ = FileSlice(file, start=start, length=end - start + 1)
    response = StreamingHttpResponse(slice_, status=206 if span else 200, content_type=media_type)
    response["Content-Length"] = str(end - start + 1)
    if span:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    if disposition := content_disposition_header(attach, name):
        response["Content-Disposition"] = disposition
    return add_headers(response, tag)


def is_known(request: HttpRequest, tag: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")]
    return tag in tags or "*" in tags


def is_range_wanted(request: HttpRequest, tag: str) -> bool:
    """Tell whether a range may be sent: If-Range names another content when the browser holds an old part."""
    condition = request.headers.get("If-Range")
    return request.method == "GET" and (condition is None or condition == tag)


def add_headers(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = CACHE_CONTROL
    response["X-Content-Type-Options"] = "nosniff"
    return response
