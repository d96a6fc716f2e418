"""What a vendor's client answers, whichever vendor it is: our words for its tasks, files and errors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, NoReturn, Protocol, Self

from jobs.operations import Operation

# The states that a vendor's word can mean (design: the life of a task). "unheard" is a word that we do not know.
VendorState = Literal["waiting", "running", "done", "failed", "canceled", "unheard"]
Charged = Literal["no", "yes", "released", "unknown"]
QUEUE_FULL, RATE_LIMITED = "queue_full", "rate_limited"
CONFLICT = "2005"  # Triverse's own: an equal request, or the same order ID, has been there before


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
    charged: Charged = "released"  # of a task that did not succeed


@dataclass(frozen=True)
class Listed:
    """A task as its vendor describes it beyond its status: for lists of what an account has there.

    `kind` is the vendor's word for the operation; moments are None and texts empty where the vendor says nothing.
    `has_picture` tells whether a picture was given as style.
    """

    status: Status
    kind: str = ""
    prompt: str = ""
    has_picture: bool = False
    thumbnail_url: str = ""
    created_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Quote:
    """What a task would cost now. It holds nothing and promises nothing.

    `available_credits` is what the account has for it; None where the vendor does not say.
    """

    cost_credits: float
    available_credits: float | None = None


@dataclass(frozen=True)
class Page:
    """What a page of the vendor's list says of the tasks that were looked for.

    `seen` are the IDs of those on it. `changed` are their states where the list says another thing than the caller
    knows, each with the mark by which the caller will know it. `oldest_at` is when the page's last task was created,
    where that can be said and the page is sorted, newest first.
    """

    size: int
    seen: tuple[str, ...]
    changed: tuple[tuple[Any, Status], ...]
    oldest_at: datetime | None = None


@dataclass(frozen=True)
class Companion:
    """A file that a result needs beside it: an OBJ's materials and textures. `channel` says which map it is."""

    name: str
    url: str
    channel: str = ""


@dataclass(frozen=True)
class RemoteFile:
    """A result at the vendor. `key` names its place in the answer and stays the same from poll to poll."""

    key: str
    url: str
    role: str  # "model", "render", "image", "texture_map"
    label: str = ""  # "front"; empty where the vendor gives no name
    style: str = ""  # "rgb", "white"
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True)
class DataUri:
    """A file that travels in the request itself, encoded while it is sent. `open` gives its bytes."""

    name: str
    media_type: str
    size_bytes: int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)

    @property
    def head(self) -> str:
        return f"data:{self.media_type};base64,"

    def __str__(self) -> str:
        """Return what is stored and shown in its place."""
        kilobytes = self.size_bytes / 1000
        size = f"{kilobytes / 1000:.1f} MB" if kilobytes >= 100 else f"{kilobytes:.1f} kB"
        return f"{self.head}<{self.name}, {size}>"


FileValue = str | DataUri  # what stands in a request for a file: a key, an address, or its bytes


@dataclass(frozen=True)
class SentRequest:
    """A request to the vendor; its body may hold a DataUri wherever the vendor takes one."""

    method: str
    path: str
    body: Mapping[str, Any]

    @property
    def has_files(self) -> bool:
        """Return whether files travel in it."""
        values = [item for value in self.body.values() for item in (value if isinstance(value, list) else [value])]
        return any(isinstance(value, DataUri) for value in values)


class VendorError(Exception):
    """A call that did not give what it should.

    `sent` tells whether the vendor may have acted: "no" (refused, or it never left), "maybe" (time-out, reset, 5xx).
    `retryable` tells whether the same call may pass later. `retry_after_s` is the vendor's own word, if it gave one.
    `is_gone` says that the vendor does not know the task. Codes that our own steps act on: QUEUE_FULL, RATE_LIMITED.
    `answer` is what the vendor said, redacted; None where it said nothing that can be read.
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
        is_gone: bool = False,
        answer: Any = None,
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
        self.is_gone = is_gone
        self.answer = answer


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
    read_timeout_s: float | None = None  # how long an answer is waited for; None: as long as its kind may take

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
    lists: bool  # it can say which tasks the account has: `fetch_page`
    deletes: bool
    streams: bool
    quotes: bool  # it can say what a task would cost: `fetch_quote`
    no_files_code: str  # the vendor's code for a finished task that has no files; "" where it has none
    connection: Connection

    def upload(self, file: Upload) -> str:
        """Send a file and return the vendor's key for it."""
        ...

    def make_public_url(self, file_key: str) -> str:
        """Return an address under which anybody can read an uploaded file for a while."""
        ...

    def build_request(
        self, operation: Operation, params: Mapping[str, Any], *, file_keys: Mapping[str, FileValue], order_id: str
    ) -> SentRequest: ...

    def submit(self, request: SentRequest) -> Status:
        """Create the task, with exactly one POST."""
        ...

    def poll(self, remote_id: str) -> Status: ...

    def fetch_page(self, page: int, *, page_size: int) -> list[Listed]:
        """Return a page of the account's tasks, newest first, from 1; a shorter page is the last one."""
        ...

    def fetch_changes(self, page: int, *, page_size: int, known: Mapping[str, Any]) -> Page:
        """Return what a page of the list says that is new; `known` holds the marks of the tasks looked for, by ID.

        A mark that is None is like no other. What the page says of other tasks is not looked at.
        """
        ...

    def describe(self, status: Status) -> Listed: ...

    def follow(
        self, remote_id: str, *, idle_s: float, on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[Status]:
        """Yield what a running task's stream says until its end; `on_open` gets a function that breaks it off.

        :raises VendorError: when it is silent for `idle_s`, breaks, or reports an error
        """
        ...

    def delete(self, remote_id: str) -> None:
        """Delete the task and its files at the vendor, for good; a running one ends by that."""
        ...

    def fetch_results(self, status: Status, operation: Operation) -> list[RemoteFile]:
        """Return the finished task's files with fresh addresses; an empty list means that there are none."""
        ...

    def download(self, url: str, target: Path, *, limit_bytes: int, keep_on: Callable[[], bool]) -> str:
        """Stream a result to `target` without our key and return its media type; `keep_on` is asked between chunks."""
        ...

    def fetch_balance(self) -> float: ...

    def fetch_quote(self, operation: Operation, params: Mapping[str, Any]) -> Quote:
        """Return the price of a task with these values, without words and files."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class SingleTasks:
    """What a vendor answers that can neither list nor stream nor delete tasks."""

    label: str
    lists = deletes = streams = False

    def fetch_page(self, page: int, *, page_size: int) -> list[Listed]:
        self._refuse("has no list of tasks")

    def fetch_changes(self, page: int, *, page_size: int, known: Mapping[str, Any]) -> Page:
        self._refuse("has no list of tasks")

    def describe(self, status: Status) -> Listed:
        return Listed(status)

    def follow(
        self, remote_id: str, *, idle_s: float, on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[Status]:
        self._refuse("has no streams")

    def delete(self, remote_id: str) -> None:
        self._refuse("cannot delete tasks")

    def _refuse(self, what: str) -> NoReturn:
        raise VendorError(f"{self.label} {what}.", retryable=False, code="not_offered")
