"""What a line of the log may say: a plain refusal is one line, and no address that opens something stands in it."""

from __future__ import annotations

import logging
import re

OPENING = re.compile(r"(/(?:s|join|setup|password/reset/[^/\s]+)/)[^/\s?]{8,}")
"""A guest's link, an invitation, the first account, a new password: whoever has the address is let in."""


class PlainRefusals(logging.Filter):
    """Hide the tokens of addresses; leave the traceback away where the answer was one below 500."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("django"):
            return True
        text = record.getMessage()
        hidden = OPENING.sub(r"\1…", text)
        if hidden != text:
            record.msg, record.args = hidden, ()
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
