"""Reads vendors' JSON into values that a row and a page can take, whatever the text holds.

Thousands of answers a minute come through here, nearly all of them harmless: the fast way parses without a hook and
looks at the numbers alone. A text with signs beyond ASCII, with escaped signs, or with what the parser refuses is
taken apart with care.
"""

import json
import math
from typing import Any

from jobs.vendors.reading import clean_text

WHOLE_MAX_DIGITS = 18  # of the text, a minus sign among them
WHOLE_MIN, WHOLE_MAX = -(10 ** (WHOLE_MAX_DIGITS - 1)), 10**WHOLE_MAX_DIGITS  # both are too long themselves


def parse_json(text: bytes) -> Any:
    """Return the value; what no row and no page can take is null (endless numbers) or left out (half signs, NUL)."""
    try:
        found = json.loads(text, parse_constant=_leave_out)
        if not text.isascii() or b"\\u" in text or type(found) not in (dict, list):
            return _clean(found)
        _empty_numbers(found)
        return found
    except (ValueError, RecursionError):
        return _parse_long_numbers(text)


def _parse_long_numbers(text: bytes) -> Any:
    """Parse where a number may be longer than Python takes; None for what is no JSON."""
    try:
        return _clean(json.loads(text, parse_constant=_leave_out, parse_int=_read_whole))
    except (ValueError, RecursionError):
        return None


def _leave_out(_: str) -> None:
    return None


def _read_whole(text: str) -> int | None:
    return int(text) if len(text) <= WHOLE_MAX_DIGITS else None


def _is_storable(number: float) -> bool:
    return math.isfinite(number) if type(number) is float else WHOLE_MIN < number < WHOLE_MAX


def _empty_numbers(found: Any) -> None:
    """Put None in the place of numbers that no row takes, where they stand; the texts are harmless here."""
    for place, value in found.items() if type(found) is dict else enumerate(found):
        kind = type(value)
        if kind is str:
            continue
        if kind is int:
            if not WHOLE_MIN < value < WHOLE_MAX:
                found[place] = None
        elif kind is float:
            if not math.isfinite(value):
                found[place] = None
        elif kind is dict or kind is list:
            _empty_numbers(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(name): _clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and not _is_storable(value) else value
