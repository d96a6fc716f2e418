"""Triverse's client: its words become ours here. Facts: docs.triverse.ai, read on 2026-11-21."""

from collections.abc import Mapping
from typing import Any

from jobs.operations import Operation
from jobs.vendors.base import (
    Quote,
    RemoteFile,
    SentRequest,
    SingleTasks,
    Status,
    Upload,
    VendorError,
    VendorState,
)
from jobs.vendors.client import Client
from jobs.vendors.http import Answer
from jobs.vendors.reading import as_dict, as_number, as_percent, as_whole, is_address, is_id
from jobs.vendors.redaction import redact_text
from jobs.vendors.triverse_errors import (
    CONFLICT,
    NOTHING_TO_DOWNLOAD,
    build_error,
    get_kind,
    join_advice,
    join_sentence,
    read_code,
    read_text,
)
from jobs.vendors.triverse_operations import OPERATIONS as OPERATIONS
from jobs.vendors.triverse_results import build_results

BASE_URL = "https://api.triverse.ai/api/v1"

STATES: dict[str, VendorState] = {
    "PENDING": "waiting",
    "QUEUED": "waiting",
    "RUNNING": "running",
    "SUCCESS": "done",
    "FAILED": "failed",
    "CANCELLED": "canceled",
    "CANCELED": "canceled",
}
UPLOAD_PATHS = {"image": "/upload/image", "model": "/upload/model"}
TRY_AGAIN = "You can start it again; nothing was charged."


class Triverse(Client, SingleTasks):
    """One account at Triverse (jobs/vendors/base.py, Vendor). Close it, or use it in `with`."""

    key = "triverse"
    label = "Triverse"
    idempotent = True  # the same client_order_id again is the same task
    quotes = True
    no_files_code = str(NOTHING_TO_DOWNLOAD)

    def upload(self, file: Upload) -> str:
        """Send a file and return its file_key. Source: Upload Files."""
        data = self._read(self._http.post_file(UPLOAD_PATHS[file.kind], file))
        file_key = data.get("file_key") or data.get("fileKey")
        if not isinstance(file_key, str) or not file_key:
            raise VendorError("Triverse took the file but gave no key for it.", retryable=True, code="no_file_key")
        return file_key

    def make_public_url(self, file_key: str) -> str:
        """Return an address under which anybody can read an uploaded file for a while; ask right before the create.

        Source: Upload Files; the answer's fields are read from a third party's client, so any of its names is taken.
        """
        data = self._read(self._http.post("/upload/presigned-get-url", {"file_key": file_key}))
        named = _first(data, "download_url", "url", "presigned_url")
        addresses = [named] if is_address(named) else [value for value in data.values() if is_address(value)]
        if len(addresses) != 1:
            raise VendorError("Triverse gave no public address for the file.", retryable=True, code="no_public_url")
        return str(addresses[0])

    def submit(self, request: SentRequest) -> Status:
        """Create the task, with exactly one POST. Source: Common Response Structures."""
        answer = self._http.post(request.path, request.body)
        if read_code(as_dict(answer.body)) == CONFLICT and (earlier := _read_data(answer)):
            status = self._build_status(earlier, default_word="PENDING")
            if status.remote_id:  # the refusal of a repeated order names the first task
                return status
        status = self._build_status(self._read(answer, creating=True), default_word="PENDING")
        if not is_id(status.remote_id):
            raise VendorError("Triverse's answer names no task.", retryable=True, sent="maybe", code="no_task_id")
        return status

    def poll(self, remote_id: str) -> Status:
        """Source: Task Status."""
        data = self._read(self._http.get(f"/tasks/{remote_id}"))
        return self._build_status({"task_uuid": remote_id, **data}, default_word="")

    def fetch_results(self, status: Status, operation: Operation) -> list[RemoteFile]:
        """Return the main file, which has an endpoint of its own, and what else `output` names.

        Source for the main file: Download Assets; `output` has no documented fields, so it is walked.
        """
        try:
            main = self._read(self._http.get(f"/tasks/url/{status.remote_id}"))
        except VendorError as error:
            if error.code != self.no_files_code:
                raise
            main = {}
        return build_results(main, status.raw, operation=operation)

    def fetch_balance(self) -> float:
        """Return the API credits that are free to spend. Source: User Management."""
        data = self._read(self._http.get("/users/balance"))
        balance = data.get("balance")
        if not isinstance(balance, int | float):
            raise VendorError("Triverse's answer names no balance.", retryable=True, code="no_balance")
        return float(balance)

    def fetch_quote(self, operation: Operation, params: Mapping[str, Any]) -> Quote:
        """Source: Pricing Quote. It looks at what the price depends on; words and files are not needed."""
        asked = {"flow_name": operation.slug, "params": operation.build_priced(params)}
        data = self._read(self._http.post("/tasks/pricing/quote", asked))
        cost = as_number(_first(data, "cost_credits", "costCredits"))
        if cost is None:
            raise VendorError("Triverse's answer names no price.", retryable=True, code="no_price")
        return Quote(cost, as_number(data.get("available_credits")))

    def _read(self, answer: Answer, *, creating: bool = False) -> dict[str, Any]:
        """Return the envelope's data; both the HTTP status and the code have to be good."""
        body = answer.body
        if not answer.is_good or not isinstance(body, dict) or body.get("code") not in (0, "0"):
            raise build_error(answer, self.connection, creating=creating)
        return _read_data(answer)

    def _build_status(self, data: dict[str, Any], *, default_word: str) -> Status:
        word = str(data.get("status") or default_word)
        state = STATES.get(word.upper(), "unheard")
        queue = as_dict(data.get("queue"))
        what, code, now = self._read_failure(data) if state in ("failed", "canceled") else ("", "", "")
        return Status(
            remote_id=str(_first(data, "task_uuid", "taskId", "task_id") or ""),
            state=state,
            word=word if word in STATES else redact_text(word, self.connection)[:40],
            raw=data,
            progress_percent=as_percent(data.get("progress")),
            queue_position=as_whole(queue.get("position")),
            wait_s=as_whole(queue.get("estimated_wait_seconds")),
            cost_credits=as_number(_first(data, "cost_credits", "costCredits")),
            error_message=what,
            error_code=code,
            error_suggestion=now,
        )

    def _read_failure(self, data: dict[str, Any]) -> tuple[str, str, str]:
        """Return what happened, the code and what to do; the inner fields of `error` are not documented."""
        error = data.get("error")
        body = error if isinstance(error, dict) else {"message": error}
        code = read_code(body)
        said = read_text(body, "message", self.connection)
        suggestion = read_text(body, "suggestion", self.connection)
        if str(data.get("status", "")).upper().startswith("CANCEL"):
            return join_sentence("Triverse canceled the task", said), str(code or ""), TRY_AGAIN
        now = get_kind(400, code).now if code is not None and not get_kind(400, code).retryable else ""
        what = join_sentence("Triverse could not finish the task", said)
        return what, str(code or ""), join_advice(suggestion, now or TRY_AGAIN)


def _read_data(answer: Answer) -> dict[str, Any]:
    return as_dict(as_dict(answer.body).get("data"))


def _first(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)
