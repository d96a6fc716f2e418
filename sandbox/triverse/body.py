"""Reads one JSON body field by field; whatever is wrong is refused with 1004 and the field's name."""

import re
from collections.abc import Collection
from typing import Any

from sandbox.triverse.dialects import NEW
from sandbox.triverse.errors import invalid

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Body:
    """A field that is null counts as one that was not sent. Fields that nobody asks for are ignored.

    `dialect` tells whose ranges apply, where the vendor's pages differ.
    """

    def __init__(self, fields: dict[str, Any], *, dialect: str = NEW) -> None:
        self.dialect = dialect
        self.fields = {name: value for name, value in fields.items() if value is not None}

    def has(self, name: str) -> bool:
        return name in self.fields

    def require_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid(f"{name} is required and must be a non-empty string.")
        return value

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name} must be a string.")
        return value.strip() if value is not None else None

    def integer(self, name: str, default: int, *, among: tuple[int, int]) -> int:
        """:raises ApiError: 1004, it is no whole number, or not one from the first of `among` to the last"""
        low, high = among
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise invalid(f"{name} must be an integer from {low} to {high}; got {_show(value)}.")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise invalid(f"{name} must be true or false; got {_show(value)}.")
        return value

    def choice(self, name: str, default: Any, *, among: Collection[Any]) -> Any:
        value = self.fields.get(name, default)
        if name in self.fields and (isinstance(value, bool | list | dict) or value not in among):
            allowed = ", ".join(str(choice) for choice in among)
            raise invalid(f"{name} must be one of {allowed}; got {_show(value)}.")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise invalid(f"{name} must be an array of strings.")
        return value

    def client_order_id(self) -> str | None:
        value = self.fields.get("client_order_id")
        if value is not None and not (isinstance(value, str) and CLIENT_ORDER_ID.fullmatch(value)):
            raise invalid("client_order_id must be 1 to 64 of A-Z a-z 0-9 _ -.")
        return value


def _show(value: object) -> str:
    return repr(value)[:60]
