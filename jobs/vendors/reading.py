"""Reads values out of vendors' answers, where anything may be absent, null or of another type."""

from typing import Any
from urllib.parse import urlsplit

ID_MAX_LENGTH = 100  # of our column


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_whole(value: Any) -> int | None:
    number = as_number(value)
    return int(number) if number is not None and 0 <= number < 2**31 else None


def as_percent(value: Any) -> int | None:
    number = as_number(value)
    return None if number is None or number != number else int(min(max(number, 0), 100))


def is_address(value: Any) -> bool:
    """Return whether a value is a web address."""
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        return False
    try:
        return bool(urlsplit(value).netloc)
    except ValueError:
        return False


def is_id(text: str) -> bool:
    """Return whether this can be a vendor's ID of a task: short enough to be kept, without signs that are not seen."""
    return bool(text) and len(text) <= ID_MAX_LENGTH and text.isprintable()


def clean_text(text: str) -> str:
    """Return `text` without NUL and half signs (lone surrogates), which no database or page takes."""
    return text.replace("\0", "").encode(errors="ignore").decode()
