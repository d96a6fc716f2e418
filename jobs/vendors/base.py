"""What a vendor's client answers, whichever vendor it is: our words for its tasks, files and errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from jobs.operations import Operation

# The states that a vendor's word can mean (design: the life of a task). "unheard" is a word that we do not know.
VendorState = Literal["waiting", "running", "done", "failed", "canceled", "unheard"]
Charged = Literal["no", "yes", "released", "unknown"]


@dataclass(frozen=True)
class Status:
    """A vendor's task as it was answered: after a create and on every poll."""

    remote_id: str
    state: VendorState
    word: str
    raw: Mapping[str, Any]
    progress_percent: int | None = None
    queue_position: int | None = None
    wait_s: int | None = None
    cost_credits: float | None = None
    error_message: str = ""
    error_code: str = ""
    error_suggestion: str = ""


@dataclass(frozen=True)
class RemoteFile:
    """A result at the vendor. `key` names its place in the answer and stays the same from poll to poll."""

    key: str
    url: str
    role: str  # "model", "render", "image", "texture_map"
    label: str = ""  # "front"; empty where the vendor gives no name
    style: str = ""  # "rgb", "white"


@dataclass(frozen=True)
class SentRequest:
    """What left for the vendor, for the page *Request*: no key, no signed address."""

    method: str
    path: str
    body: Mapping[str, Any]


class VendorError(Exception):
    """A call that did not give what it should.

    `sent` tells whether the vendor may have acted: "no" (refused, or it never left), "maybe" (time-out, reset, 5xx).
    `retryable` tells whether the same call may pass later. `retry_after_s` is the vendor's own word, if it gave one.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        sent: Literal["no", "maybe"] = "no",
        http_status: int | None = None,
        code: str = "",
        suggestion: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.sent = sent
        self.http_status = http_status
        self.code = code
        self.suggestion = suggestion
        self.request_id = request_id
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Upload:
    """A file that is to be at the vendor before the create."""

    path: Path
    name: str
    kind: str  # "model", "image"
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class Connection:
    """Where a vendor is reached and with which key. `sandbox` is True where the sandbox stands in for it."""

    base_url: str
    key: str = field(repr=False)
    sandbox: bool

    @property
    def account(self) -> str:
        """Return a name for the account that tells nothing of the key: a vendor's files belong to an account."""
        import hashlib

        return hashlib.sha256(f"{self.base_url}\n{self.key}".encode()).hexdigest()[:16]


class Vendor(Protocol):
    """One vendor's API. Every method raises VendorError and nothing else when the vendor or the network fails."""

    key: str
    label: str
    idempotent: bool  # the same order id again is the same task
    connection: Connection

    def upload(self, file: Upload) -> str:
        """Send a file and return the vendor's key for it."""
        ...

    def build_request(
        self, operation: Operation, params: Mapping[str, Any], *, file_keys: Mapping[str, str], order_id: str
    ) -> SentRequest: ...

    def submit(self, request: SentRequest) -> Status:
        """Create the task, with exactly one POST."""
        ...

    def poll(self, remote_id: str) -> Status: ...

    def fetch_results(self, status: Status) -> list[RemoteFile]:
        """Return the finished task's files with fresh addresses; an empty list means that there are none."""
        ...

    def download(self, url: str, target: Path, *, limit_bytes: int, keep_on: Callable[[], bool]) -> str:
        """Stream a result to `target` without our key and return its media type; `keep_on` is asked between chunks."""
        ...

    def fetch_balance(self) -> float: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
