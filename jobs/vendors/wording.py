"""What vendors' errors say, made sentences for a person; their own words stand beside ours, without secrets."""

from dataclasses import dataclass
from typing import Any

from jobs.vendors.base import Charged, Connection
from jobs.vendors.redaction import redact_text

AGAIN = "Nothing has to be done: it is tried again by itself."


@dataclass(frozen=True)
class ErrorKind:
    """What a code means to a person, and whether the same call may pass later."""

    what: str
    now: str
    retryable: bool = False
    charged: Charged = "no"


def read_text(body: dict[str, Any], name: str, connection: Connection) -> str:
    value = body.get(name)
    return redact_text(value, connection)[:300].strip() if isinstance(value, str) else ""


def read_detail(body: dict[str, Any], connection: Connection) -> str:
    """Return what a web framework's own refusal says (`detail`: a text, or a list of objects with `msg`)."""
    detail = body.get("detail")
    if isinstance(detail, list):
        detail = "; ".join(str(item.get("msg", "")) for item in detail if isinstance(item, dict))
    return redact_text(detail, connection)[:300] if isinstance(detail, str) else ""


def join_sentence(what: str, said: str) -> str:
    return f"{what}: {said.rstrip('.')}." if said else f"{what}."


def join_advice(suggestion: str, now: str) -> str:
    return f"{suggestion.rstrip('.')}. {now}" if suggestion else now
