"""Takes out of requests and answers what must not be stored or shown: keys and signatures of addresses."""

import re
from collections.abc import Mapping
from typing import Any

from jobs.vendors.base import Connection, DataUri

SIGNED = re.compile(r"(https?://[^\s\"'<>?#]+)\?[^\s\"'<>]*", re.IGNORECASE)
NAMED = re.compile(r"\b((?:access_)?(?:key|token|signature|sig|secret)=)[^\s&\"'<>]{6,}", re.IGNORECASE)
BYTES_INSIDE = re.compile(r"(data:[\w.+/-]*(?:;[\w.+=-]+)*,)[A-Za-z0-9+/=%_-]{16,}", re.IGNORECASE)
HIDDEN = "[hidden]"
TEXT_MAX_LENGTH = 2_000
LIST_MAX_LENGTH = 200
DEPTH_MAX = 12


def redact(
    value: Any, connection: Connection | None = None, *, limit: int = TEXT_MAX_LENGTH, depth: int = DEPTH_MAX
) -> Any:
    """Return `value` (JSON) without the account's key and without the query part of any address.

    Texts are cut after `limit` signs, and what is nested deeper than `depth` is left out.
    """
    if depth < 0:
        return "…"
    if isinstance(value, Mapping):
        return {
            redact_text(str(key), connection): redact(item, connection, limit=limit, depth=depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item, connection, limit=limit, depth=depth - 1) for item in value[:LIST_MAX_LENGTH]]
    if isinstance(value, DataUri):
        return str(value)
    return redact_text(value, connection, limit=limit) if isinstance(value, str) else value


def redact_text(text: str, connection: Connection | None = None, *, limit: int = TEXT_MAX_LENGTH) -> str:
    """Return `text` without keys and signatures, cut after `limit` signs; for messages that come from a vendor."""
    if "?" in text:  # thousands of short texts a minute come through here, nearly all of them harmless
        text = SIGNED.sub(rf"\1?{HIDDEN}", text)
    if "=" in text:
        text = NAMED.sub(rf"\1{HIDDEN}", text)
    if connection is not None and connection.key and not connection.sandbox:
        text = re.sub(re.escape(connection.key), HIDDEN, text, flags=re.IGNORECASE)
    if "," in text:
        text = BYTES_INSIDE.sub(r"\1…", text)
    return text if len(text) <= limit else f"{text[:limit]}…"
