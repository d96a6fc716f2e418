"""What the sandbox remembers, as plain dataclasses. `state.py` keeps them."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

ENDED = frozenset({"SUCCESS", "FAILED", "CANCELLED", "EXPIRED"})


class Row(Protocol):
    table: ClassVar[str]

    @property
    def row_id(self) -> str: ...


@dataclass
class Account:
    """One key at one vendor. The key itself is never kept, only its hash."""

    table: ClassVar[str] = "accounts"
    id: str
    vendor: str
    key_sha256: str
    total_credits: float
    frozen_credits: float = 0.0

    @property
    def row_id(self) -> str:
        return self.id

    @property
    def available_credits(self) -> float:
        return self.total_credits - self.frozen_credits


@dataclass
class StoredFile:
    """An upload. `size_bytes` is None while a presigned PUT is still awaited."""

    table: ClassVar[str] = "files"
    key: str
    account_id: str
    filename: str
    content_type: str
    created_at: float
    size_bytes: int | None = None

    @property
    def row_id(self) -> str:
        return self.key


@dataclass
class ResultFile:
    """One file that a task made.

    `role` is model, rgb or white (renders), image (a generated picture), preview, or texture:NAME (a map of the model).
    """

    name: str
    role: str
    size_bytes: int


@dataclass
class Made:
    """What a task's work came to: its files, main file first, what a person should know of them, or a text."""

    files: list[ResultFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    text: str | None = None


@dataclass
class SandboxTask:
    """One request to one endpoint. `sent` is what the client said, `params` what is in effect.

    `source` and `pictures` are keys of stored files: the model that the work starts from, and the images that guide it.
    """

    table: ClassVar[str] = "tasks"
    id: str
    vendor: str
    account_id: str
    flow: str
    sent: dict[str, Any]
    params: dict[str, Any]
    source: str | None
    fingerprint: str
    client_order_id: str | None
    created_at: float
    cost_credits: int
    pictures: list[str] = field(default_factory=list)
    status: str = "PENDING"
    started_at: float | None = None
    completed_at: float | None = None
    files: list[ResultFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    text: str | None = None
    error: dict[str, str] | None = None
    faults: dict[str, float] = field(default_factory=dict)
    creation: dict[str, Any] = field(default_factory=dict)
    progress: int = 0
    place: int = 0

    def __post_init__(self) -> None:
        self.files = [ResultFile(**entry) if isinstance(entry, dict) else entry for entry in self.files]

    @property
    def row_id(self) -> str:
        return self.id

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass
class LedgerLine:
    """Credits that moved. `event` is created (frozen), charged or released."""

    table: ClassVar[str] = "ledger"
    number: int
    at: float
    vendor: str
    account_id: str
    task_id: str
    flow: str
    client_order_id: str | None
    event: str
    credits: int

    @property
    def row_id(self) -> str:
        return str(self.number)
