"""A file as the body of an upload, read while it is sent: 200 MB never stand in memory."""

import re
import secrets
from types import TracebackType

from jobs.vendors.base import Upload


class MultipartFile:
    """The body of a multipart form with the one field `file`; requests reads it in pieces and knows its length."""

    def __init__(self, upload: Upload) -> None:
        boundary = secrets.token_hex(16)
        name = re.sub(r"[^A-Za-z0-9._ -]", "_", upload.name)[-100:]
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {upload.media_type}\r\n\r\n"
        )
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = head.encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._length = len(self._head) + upload.path.stat().st_size + len(self._tail)
        self._stream = upload.path.open("rb")
        self._stage = 0

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; empty at the end."""
        if self._stage == 0:
            self._stage = 1
            return self._head
        if self._stage == 1:
            if chunk := self._stream.read(size):
                return chunk
            self._stage = 2
            return self._tail
        return b""

    def __enter__(self) -> "MultipartFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
