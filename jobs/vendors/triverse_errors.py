"""Triverse's errors by their code: the code decides, since one HTTP status stands for several of them.

Source: docs.triverse.ai, Errors, read 2026-11-21.
"""

from typing import Any, Literal

from jobs.vendors.base import Connection, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.redaction import redact
from jobs.vendors.wording import AGAIN, ErrorKind, join_advice, join_sentence, read_detail, read_text

CONFLICT = 2005
FILE_NOT_FOUND = 1005
TASK_NOT_FOUND = 1006
NOTHING_TO_DOWNLOAD = 4042


ERRORS: dict[int, ErrorKind] = {
    1004: ErrorKind("Triverse refuses a value of the request", "Check the values and the file, then start it again."),
    FILE_NOT_FOUND: ErrorKind("Triverse does not find a file of the request", "Start it again to send the file anew."),
    TASK_NOT_FOUND: ErrorKind("Triverse does not know this task", "Look into your account there, or start it again."),
    2000: ErrorKind("Triverse is busy: too many uploads, or a full queue", AGAIN, retryable=True),
    2002: ErrorKind("Triverse does not offer this operation", "Choose another operation."),
    2004: ErrorKind("Triverse does not read this kind of file here", "Convert the file first, to GLB for example."),
    CONFLICT: ErrorKind(
        "Triverse sees a conflict with an equal request",
        "Wait a moment, or turn on “Run it even if it equals a request of a moment ago”. An order ID serves once.",
    ),
    2008: ErrorKind(
        "Triverse's content check rejected the input",
        "Use another picture or other words. It may be a false alarm: say the same more plainly and try again.",
    ),
    2010: ErrorKind("There are not enough API credits at Triverse", "Add API credits there, then start it again."),
    NOTHING_TO_DOWNLOAD: ErrorKind("Triverse has no file to download for this task", "Ask Triverse's support."),
    5003: ErrorKind("A part of Triverse is down", AGAIN, retryable=True),
    5004: ErrorKind(
        "Triverse failed inside (flow name)", "Report it to Triverse's support, with the request on this page."
    ),
    5005: ErrorKind("Triverse lost track of the task's state", AGAIN, retryable=True),
}
BAD_KEY = ErrorKind("Triverse refuses the key", "Ask an administrator to check TRIVERSE_API_KEY.")
BUSY = ErrorKind("Triverse asks to slow down", AGAIN, retryable=True)
DOWN = ErrorKind("Triverse has a problem of its own", AGAIN, retryable=True)
STRANGE = ErrorKind("Triverse gave an answer that cannot be read", AGAIN, retryable=True)
REFUSED = ErrorKind("Triverse refuses the request", "Check the values and the file, then start it again.")


def get_kind(http_status: int, code: int | None) -> ErrorKind:
    """Return what an answer means: by its code where it is known, else by its HTTP status."""
    if code in ERRORS:
        return ERRORS[code]
    if http_status in (401, 403):
        return BAD_KEY
    if http_status in (408, 425, 429):
        return BUSY
    if http_status >= 500:
        return DOWN
    return REFUSED if http_status >= 400 or code is not None else STRANGE


def build_error(answer: Answer, connection: Connection) -> VendorError:
    """Return the VendorError for an answer that is no success."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code = read_code(body)
    kind = get_kind(answer.http_status, code)
    return VendorError(
        join_sentence(kind.what, read_text(body, "message", connection) or read_detail(body, connection)),
        retryable=kind.retryable,
        sent=get_sent(answer.http_status, code),
        http_status=answer.http_status,
        code=str(code if code is not None else answer.http_status),
        suggestion=join_advice(read_text(body, "suggestion", connection), kind.now),
        request_id=answer.request_id,
        retry_after_s=answer.retry_after_s,
        is_gone=code == TASK_NOT_FOUND,
        answer=redact(answer.body, connection),
    )


def get_sent(http_status: int, code: int | None) -> Literal["no", "maybe"]:
    """Return whether the vendor may have acted: a server's error and an unreadable success leave it open."""
    if http_status >= 500:
        return "maybe"
    return "maybe" if http_status < 400 and code is None else "no"


def read_code(body: dict[str, Any]) -> int | None:
    """Return the code of an error; None when there is none (0 means success)."""
    value = body.get("code")
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value != 0 else None
