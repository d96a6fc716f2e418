"""Meshy's client: its words become ours here. Facts: docs.meshy.ai, read on 2026-11-21."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote

from jobs.operations import Operation
from jobs.vendors.base import (
    Charged,
    Listed,
    Page,
    Quote,
    RemoteFile,
    SentRequest,
    Status,
    Upload,
    VendorError,
    VendorState,
)
from jobs.vendors.client import Client
from jobs.vendors.http import Answer
from jobs.vendors.json_text import parse_json
from jobs.vendors.meshy_errors import build_error, read_task_error
from jobs.vendors.meshy_operations import PATH
from jobs.vendors.meshy_results import build_results
from jobs.vendors.reading import as_dict, as_number, as_percent, as_whole, is_address, is_id
from jobs.vendors.redaction import redact_text
from jobs.vendors.sse import Event, read_events

BASE_URL = "https://api.meshy.ai"
BALANCE_PATH = "/openapi/v1/balance"
PAGE_SIZE_MAX = 50
PROMPT_MAX_LENGTH = 1_000

STATES: dict[str, VendorState] = {
    "PENDING": "waiting",
    "IN_PROGRESS": "running",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELED": "canceled",
    "CANCELLED": "canceled",
    "EXPIRED": "failed",
}
NO_FAILURE: tuple[str, str, str, Charged] = ("", "", "", "released")
ENDED = frozenset({"done", "failed", "canceled"})
MARKS = ("status", "progress", "preceding_tasks")  # while none of them changes, an answer holds no news


class Meshy(Client):
    """One account at Meshy (jobs/vendors/base.py, Vendor). Close it, or use it in `with`."""

    key = "meshy"
    label = "Meshy"
    idempotent = False  # the same request again is another task, and is paid again
    lists = deletes = streams = True
    quotes = False  # its pages have a list of prices (jobs/vendors/meshy_operations.py)
    no_files_code = ""

    def upload(self, file: Upload) -> str:
        self._refuse_upload()

    def make_public_url(self, file_key: str) -> str:
        self._refuse_upload()

    def _refuse_upload(self) -> NoReturn:
        raise VendorError("Meshy takes no uploads: files travel in the request.", retryable=False, code="not_offered")

    def submit(self, request: SentRequest) -> Status:
        """Create the task, with exactly one POST: there is no idempotency key. Source: Create a Retexture Task."""
        send = self._http.post_json if request.has_files else self._http.post
        body = as_dict(self._read(send(request.path, request.body)))
        result = body.get("result") or body.get("id")
        remote_id = as_dict(result).get("id") or result
        if not isinstance(remote_id, str) or not is_id(remote_id):
            raise VendorError("Meshy's answer names no task.", retryable=True, sent="maybe", code="no_task_id")
        return Status(remote_id=remote_id, state="waiting", word="PENDING", raw=body)

    def poll(self, remote_id: str) -> Status:
        """Source: Retrieve a Retexture Task."""
        data = self._read(self._http.get(self._build_path(remote_id)))
        if not isinstance(data, dict):
            raise VendorError("Meshy gave an answer that cannot be read.", retryable=True, code="strange")
        return self._build_status(data, remote_id)

    def fetch_page(self, page: int, *, page_size: int) -> list[Listed]:
        return [self.describe(self._build_status(item, "")) for item in self._fetch_items(page, page_size)]

    def fetch_changes(self, page: int, *, page_size: int, known: Mapping[str, Any]) -> Page:
        items = self._fetch_items(page, page_size)
        ours = [item for item in items if isinstance(item.get("id"), str) and item["id"] in known]
        marked = [(tuple(map(item.get, MARKS)), item) for item in ours]
        return Page(
            size=len(items),
            seen=tuple(item["id"] for item in ours),
            changed=tuple((m, self._build_status(item, "")) for m, item in marked if m != known.get(item["id"])),
            oldest_at=find_oldest([item.get("created_at") for item in items]),
        )

    def _fetch_items(self, page: int, page_size: int) -> list[dict[str, Any]]:
        """Source: List Retexture Tasks; the page's end is a shorter one, since no total is given."""
        size = min(page_size, PAGE_SIZE_MAX)
        path = f"{PATH}?page_num={page}&page_size={size}&sort_by=-created_at"
        items = self._read(self._http.get(path))
        if not isinstance(items, list):
            raise VendorError("Meshy's list of tasks cannot be read.", retryable=True, code="strange")
        return [as_dict(item) for item in items[:size]]

    def describe(self, status: Status) -> Listed:
        raw = status.raw
        views = raw.get("multiview_image_urls")
        pictures = [raw.get("image_style_url"), *(views if isinstance(views, list) else [])]
        thumbnail = raw.get("thumbnail_url")
        prompt = raw.get("text_style_prompt")
        return Listed(
            status=status,
            kind=str(raw.get("type") or ""),
            prompt=redact_text(prompt, self.connection)[:PROMPT_MAX_LENGTH] if isinstance(prompt, str) else "",
            has_picture=any(isinstance(url, str) and url for url in pictures),
            thumbnail_url=str(thumbnail) if is_address(thumbnail) else "",
            created_at=read_moment(raw.get("created_at")),
            finished_at=read_moment(raw.get("finished_at")),
            expires_at=read_moment(raw.get("expires_at")),
        )

    def follow(
        self, remote_id: str, *, idle_s: float, on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[Status]:
        """Source: Stream a Retexture Task. A message of a running task holds little more than its progress."""
        events = read_events(self._read_stream(remote_id, idle_s, on_open), idle_s=idle_s, label=self.label)
        try:
            for event in events:
                status = self._read_event(event, remote_id)
                yield status
                if status.state in ENDED:
                    return
        except ValueError as error:
            raise VendorError("Meshy's stream cannot be read.", retryable=True, code="stream_broken") from error
        raise VendorError("Meshy's stream ended before the task.", retryable=True, code="stream_ended")

    def _read_stream(
        self, remote_id: str, idle_s: float, on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[bytes]:
        for piece in self._http.stream(f"{self._build_path(remote_id)}/stream", idle_s=idle_s, on_open=on_open):
            if isinstance(piece, Answer):
                raise build_error(piece, self.connection)
            yield piece

    def _read_event(self, event: Event, remote_id: str) -> Status:
        """Return what an event says.

        :raises VendorError: when it is an error
        :raises ValueError: when it is no JSON
        """
        if (found := parse_json(event.data.encode())) is None:
            raise ValueError("no JSON")
        data = as_dict(found)
        if event.name == "error" or ("status_code" in data and "status" not in data):
            status_code = as_whole(data.get("status_code")) or 500
            raise build_error(Answer(http_status=status_code, body=data), self.connection)
        return self._build_status(data, remote_id)

    def delete(self, remote_id: str) -> None:
        """Source: Delete a Retexture Task. The only cancel there is: a running task ends by it."""
        answer = self._http.delete(self._build_path(remote_id))
        if not answer.is_good:
            raise build_error(answer, self.connection)

    def fetch_results(self, status: Status, operation: Operation) -> list[RemoteFile]:
        return build_results(status.raw)

    def fetch_balance(self) -> float:
        """Return the account's credits. Source: Balance."""
        balance = as_number(as_dict(self._read(self._http.get(BALANCE_PATH))).get("balance"))
        if balance is None:
            raise VendorError("Meshy's answer names no balance.", retryable=True, code="no_balance")
        return balance

    def fetch_quote(self, operation: Operation, params: Mapping[str, Any]) -> Quote:
        raise VendorError("Meshy gives no quotes.", retryable=False, code="not_offered")

    def _build_path(self, remote_id: str) -> str:
        return f"{PATH}/{quote(remote_id, safe='')}"

    def _read(self, answer: Answer) -> Any:
        """Return the answer's body: there is no envelope."""
        if not answer.is_good or answer.body is None:
            raise build_error(answer, self.connection)
        return answer.body

    def _build_status(self, data: dict[str, Any], remote_id: str) -> Status:
        word = str(data.get("status") or "")
        state = STATES.get(word.upper(), "unheard")
        failure = (
            read_task_error(data, word.upper(), self.connection) if state in ("failed", "canceled") else NO_FAILURE
        )
        what, code, now, charged = failure
        return Status(
            remote_id=remote_id or str(data.get("id") or ""),
            state=state,
            word=word if word in STATES else redact_text(word, self.connection)[:40],
            raw=data,
            progress_percent=100 if state == "done" else as_percent(data.get("progress")),
            queue_position=as_whole(data.get("preceding_tasks")) if state == "waiting" else None,
            cost_credits=as_number(data.get("consumed_credits")),
            error_message=what,
            error_code=code,
            error_suggestion=now,
            charged=charged,
        )


def find_oldest(moments: list[Any]) -> datetime | None:
    """Return the last of a page's moments; None where one is missing, or they are not sorted, newest first."""
    numbers = [as_number(moment) or 0.0 for moment in moments]
    is_sorted = all(first >= second for first, second in itertools.pairwise(numbers))
    return read_moment(numbers[-1]) if numbers and is_sorted else None


def read_moment(value: Any) -> datetime | None:
    """Return a moment from the vendor's milliseconds; None for 0, null and what is no moment."""
    number = as_number(value)
    if not number or number < 0:
        return None
    try:
        return datetime.fromtimestamp(number / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
