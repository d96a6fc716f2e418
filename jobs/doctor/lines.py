"""The lines of the doctor's page, and how they are printed in 100 columns."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings

from jobs.vendors.redaction import HIDDEN, redact_text

Level = Literal["ok", "note", "wrong"]
WIDTH = 100
INDENT = 27
TEXT_MAX_LENGTH = 300
SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: is it well, what was seen, what to do now (empty where nothing)."""

    level: Level
    name: str
    text: str
    now_do: str = ""
    section: str = ""

    def put_into(self, section: str) -> "Line":
        return replace(self, section=section, text=hide_secrets(self.text), now_do=hide_secrets(self.now_do))

    def describe(self) -> dict[str, Any]:
        names = ("section", "name", "level", "text", "now_do")
        return {name: getattr(self, name) for name in names}


def ok(name: str, text: str) -> Line:
    return Line("ok", name, text)


def note(name: str, text: str, now_do: str = "") -> Line:
    return Line("note", name, text, now_do)


def wrong(name: str, text: str, now_do: str) -> Line:
    return Line("wrong", name, text, now_do)


def list_secrets() -> set[str]:
    """Return what must never be printed."""
    addresses = [settings.REDIS_URL, settings.SANDBOX_URL, settings.TRIVERSE_BASE_URL, settings.MESHY_BASE_URL]
    passwords = [urlsplit(address).password for address in addresses]
    passwords += [str(database.get("PASSWORD") or "") for database in settings.DATABASES.values()]
    keys = [settings.SECRET_KEY, settings.TRIVERSE_API_KEY, settings.MESHY_API_KEY, settings.EMAIL_HOST_PASSWORD]
    return {text for text in [*passwords, *keys] if text and len(text) >= SHORTEST_SECRET}


def hide_secrets(text: str) -> str:
    for secret in list_secrets():
        text = text.replace(secret, HIDDEN)
    text = re.sub(r"://[^/\s@]*:[^/\s@]*@", f"://{HIDDEN}@", text)
    return redact_text(text, limit=TEXT_MAX_LENGTH)


def describe_trouble(error: BaseException) -> str:
    """Return an error in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def format_page(lines: list[Line]) -> Iterator[str]:
    """Yield the page's lines: sections, and in each level, name, text; below it what to do."""
    for section, group in groupby(sorted(lines, key=_get_place(lines)), key=lambda line: line.section):
        yield ""
        yield section
        for line in group:
            head = f"  {line.level:5}  {line.name:<{INDENT - 10}} "
            yield textwrap.fill(line.text, WIDTH, initial_indent=head, subsequent_indent=" " * INDENT)
            if line.now_do:
                yield textwrap.fill(
                    line.now_do,
                    WIDTH,
                    initial_indent=f"{' ' * (INDENT - 3)}-> ",
                    subsequent_indent=" " * INDENT,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    yield ""
    yield sum_up(lines)


def _get_place(lines: list[Line]) -> Any:
    order = list(dict.fromkeys(line.section for line in lines))
    return lambda line: order.index(line.section)


def sum_up(lines: list[Line]) -> str:
    wrongs = sum(line.level == "wrong" for line in lines)
    notes = sum(line.level == "note" for line in lines)
    said = "Nothing is wrong" if not wrongs else "1 thing is wrong" if wrongs == 1 else f"{wrongs} things are wrong"
    return f"{said}; {notes} {'note' if notes == 1 else 'notes'}."
