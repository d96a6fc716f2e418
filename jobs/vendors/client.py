"""What the vendors' clients have in common: one connection, and the parts that no vendor does in a way of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from jobs.operations import Operation
from jobs.vendors.base import Connection, FileValue, SentRequest
from jobs.vendors.downloads import download
from jobs.vendors.http import HttpClient


class Client:
    """One account at a vendor (jobs/vendors/base.py, Vendor). Close it, or use it in `with`."""

    key: str
    label: str

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._http = HttpClient(connection, vendor=self.key, label=self.label)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def build_request(
        self, operation: Operation, params: Mapping[str, Any], *, file_keys: Mapping[str, FileValue], order_id: str
    ) -> SentRequest:
        create = operation.endpoints[0]
        body = operation.build_body(dict(params), file_keys=file_keys, order_id=order_id)
        return SentRequest(method=create.method, path=create.path, body=body)

    def download(self, url: str, target: Path, *, limit_bytes: int, keep_on: Callable[[], bool]) -> str:
        return download(
            url,
            target,
            limit_bytes=limit_bytes,
            keep_on=keep_on,
            label=self.label,
            vendor_url=self.connection.base_url,
        )
