"""Triverse's errors by their code: the code decides, since one HTTP status stands for several of them.

Source: docs.triverse.ai, Errors, read 2026-11-21.
"""

import re
from typing import Any, Literal

from jobs.vendors.base import QUEUE_FULL, RATE_LIMITED, Connection, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.redaction import redact
from jobs.vendors.wording import AGAIN, ErrorKind, join_advice, join_sentence, read_detail, read_text

TOO_MANY = 2000  # too many uploads, or a full queue: one code for both
CONFLICT = 2005
FILE_NOT_FOUND = 1005
TASK_NOT_FOUND = 1006
NOTHING_TO_DOWNLOAD = 4042

QUEUE_WORDS = re.compile(r"queue|concurren|your tasks", re.IGNORECASE)
PACE_WORDS = re.compile(r"rate|too many|too fast|frequen|slow", re.IGNORECASE)

ERRORS: dict[int, ErrorKind] = {
    1004: ErrorKind("Triverse refuses a value of the request", "Check the values and the file, then start it again."),
    FILE_NOT_FOUND: ErrorKind("Triverse does not find a file of the request", "Start it again to send the file anew."),
    TASK_NOT_FOUND: ErrorKind("Triverse does not know this task", "Look into your account there, or start it again."),
    TOO_MANY: ErrorKind("Triverse is busy: too many uploads, or a full queue", AGAIN, retryable=True),
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


def build_error(answer: Answer, connection: Connection, *, creating: bool = False) -> VendorError:
    """Return the VendorError for an answer that is no success; `creating` says that it answers a create."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code = read_code(body)
    kind = get_kind(answer.http_status, code)
    words = " ".join(read_text(body, name, connection) for name in ("message", "suggestion"))
    return VendorError(
        join_sentence(kind.what, read_text(body, "message", connection) or read_detail(body, connection)),
        retryable=kind.retryable,
        sent=get_sent(answer.http_status, code),
        http_status=answer.http_status,
        code=get_name(answer.http_status, code, words, creating=creating),
        suggestion=join_advice(read_text(body, "suggestion", connection), kind.now),
        request_id=answer.request_id,
        retry_after_s=answer.retry_after_s,
        is_gone=code == TASK_NOT_FOUND,
        answer=redact(answer.body, connection),
    )


def get_name(http_status: int, code: int | None, words: str, *, creating: bool) -> str:
    """Return the error's code as our own steps know it: of the two meanings of "too many" the one that it has.

    No page tells them apart. A queue is named by its words, and else meant by a create, since creates have no rate that
    is known; an upload or a look can only have been too fast. Taking the one for the other costs time alone.
    """
    if code != TOO_MANY and http_status != 429:
        return str(code if code is not None else http_status)
    if QUEUE_WORDS.search(words):
        return QUEUE_FULL
    return QUEUE_FULL if creating and code == TOO_MANY and not PACE_WORDS.search(words) else RATE_LIMITED


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
