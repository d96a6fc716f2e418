"""Meshy's errors: what happened, was it charged, what to do now. Source: its page Errors, read on 2026-11-21.

A refused request creates nothing and costs nothing. The price of a task that fails is given back; what a canceled one
costs is not documented.
"""

from collections.abc import Mapping
from typing import Any

from jobs.vendors.base import QUEUE_FULL, RATE_LIMITED, Charged, Connection, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.reading import as_dict, as_number
from jobs.vendors.redaction import redact
from jobs.vendors.wording import AGAIN, ErrorKind, join_sentence, read_detail, read_text

# The page knows `message` alone; clients that the vendor publishes look at the others too.
MESSAGE_NAMES = ("message", "error", "error_message", "error_code", "code")
QUEUE_WORDS = ("nomoreconcurrenttasks", "nomorependingtasks")
PAID_AGAIN = "Start it again: that is a new task, which is paid for."

REQUEST_ERRORS: dict[int, ErrorKind] = {
    400: ErrorKind("Meshy refuses a value of the request", "Check the values and the files, then start it again."),
    401: ErrorKind("Meshy refuses the key", "Ask an administrator to check MESHY_API_KEY."),
    402: ErrorKind("There are not enough credits at Meshy", "Add credits to the account there, then start it again."),
    403: ErrorKind(
        "Meshy does not allow this account to do that", "Ask an administrator to look at the plan of the account there."
    ),
    404: ErrorKind("Meshy does not know this task", "It may have been deleted there: tasks live three days."),
    409: ErrorKind("Meshy cannot do that to the task as it is now", "Look at the task's state, then try again."),
    413: ErrorKind("The request is larger than Meshy takes", "Use a smaller model or picture, then start it again."),
    422: ErrorKind("Meshy cannot work with this input", "Check the model and the style, then start it again."),
}
NO_PLAN = ErrorKind("This account's plan at Meshy creates no tasks", "Ask an administrator to upgrade the plan there.")
FULL = ErrorKind("Meshy's queue for this account is full", "It is sent when one of its tasks ends.", retryable=True)
TOO_FAST = ErrorKind("Meshy asks to slow down", AGAIN, retryable=True)
DOWN = ErrorKind("Meshy has a problem of its own", AGAIN, retryable=True)
STRANGE = ErrorKind("Meshy gave an answer that cannot be read", AGAIN, retryable=True)
MOVED = ErrorKind("Meshy's address leads elsewhere", "Ask an administrator to check MESHY_BASE_URL.")
REFUSED = ErrorKind("Meshy refuses the request", "Check the values and the files, then start it again.")

# `task_error` of a failed task: its code where it has one, else its type.
TASK_ERRORS: dict[str, ErrorKind] = {
    "image_too_complex": ErrorKind(
        "Meshy finds the picture too complex",
        "Use a simpler one: one object, before a plain background.",
        charged="released",
    ),
    "model_missing_uv": ErrorKind(
        "The model has no UVs, and Meshy was to keep them",
        "Turn off “Keep the model's UVs”, then start it again.",
        charged="released",
    ),
    "model_insufficient_uv": ErrorKind(
        "The model's UVs are not good enough to be kept",
        "Turn off “Keep the model's UVs”, then start it again.",
        charged="released",
    ),
    "invalid_input": ErrorKind(
        "Meshy cannot work with this input", "Check the model and the style, then start it again.", charged="released"
    ),
    "moderation_blocked": ErrorKind(
        "Meshy's content check rejected the input", "Use other words, or another picture.", charged="released"
    ),
    "format_conversion_failed": ErrorKind(
        "Meshy could not make one of the formats", "Ask for GLB alone, and convert it afterwards.", charged="released"
    ),
    "timeout": ErrorKind("Meshy ran out of time", f"This often passes. {PAID_AGAIN}", charged="released"),
    "service_unavailable": ErrorKind("A part of Meshy is down", f"Wait a while. {PAID_AGAIN}", charged="released"),
    "server_error": ErrorKind(
        "Meshy failed inside", f"{PAID_AGAIN} If it fails again, ask Meshy's support.", charged="released"
    ),
}
FAILED = ErrorKind("Meshy could not finish the task", PAID_AGAIN, charged="released")
CANCELED = ErrorKind("The task was canceled at Meshy", PAID_AGAIN, charged="unknown")
EXPIRED = ErrorKind("Meshy says that the task is over", PAID_AGAIN, charged="unknown")


def get_kind(http_status: int, said: str) -> ErrorKind:
    """Return what an answer means; texts are looked at for the kinds of 429 alone (and 402, which can be one)."""
    is_full = any(word in said.lower().replace(" ", "") for word in QUEUE_WORDS)
    if http_status == 402 and is_full:
        return NO_PLAN
    if http_status == 429:
        return FULL if is_full else TOO_FAST
    if http_status in REQUEST_ERRORS:
        return REQUEST_ERRORS[http_status]
    if http_status in (408, 425):
        return TOO_FAST
    if http_status >= 500:
        return DOWN
    if http_status >= 400:
        return REFUSED
    return MOVED if http_status >= 300 else STRANGE


def build_error(answer: Answer, connection: Connection) -> VendorError:
    """Return the VendorError for an answer that is no success, or that cannot be read."""
    body = as_dict(answer.body)
    said = read_message(body, connection)
    kind = get_kind(answer.http_status, " ".join(str(body.get(name)) for name in MESSAGE_NAMES))
    codes = {id(FULL): QUEUE_FULL, id(TOO_FAST): RATE_LIMITED}
    return VendorError(
        join_sentence(kind.what, said),
        retryable=kind.retryable,
        sent="maybe" if answer.http_status >= 500 or answer.http_status < 300 else "no",
        http_status=answer.http_status,
        code=codes.get(id(kind), str(answer.http_status)),
        suggestion=kind.now,
        request_id=answer.request_id,
        retry_after_s=answer.retry_after_s,
        is_gone=answer.http_status == 404,
        answer=redact(answer.body, connection),
    )


def read_message(body: Mapping[str, Any], connection: Connection) -> str:
    for name in MESSAGE_NAMES:
        value = body.get(name)
        if said := read_text(as_dict(value) or dict(body), "message" if isinstance(value, dict) else name, connection):
            return said
    return read_detail(dict(body), connection)


def read_task_error(data: Mapping[str, Any], word: str, connection: Connection) -> tuple[str, str, str, Charged]:
    """Return what happened, the code, what to do now and whether it was charged, for a task that did not succeed."""
    error = data.get("task_error")
    body = as_dict(error) or {"message": error}
    said = read_text(body, "message", connection)
    code, kind_name = read_text(body, "code", connection), read_text(body, "type", connection)
    kind = TASK_ERRORS.get(code) or TASK_ERRORS.get(kind_name) or get_end(word)
    charged = kind.charged
    if charged == "released" and (as_number(data.get("consumed_credits")) or 0) > 0:
        charged = "unknown"  # the pages say 0 for a failed task
    return join_sentence(kind.what, said), code or kind_name, kind.now, charged


def get_end(word: str) -> ErrorKind:
    if word.startswith("CANCEL"):
        return CANCELED
    return EXPIRED if word == "EXPIRED" else FAILED
