"""The other side of `processes.Talker`: answer a line of JSON for each line that comes."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any


def talk(handlers: Mapping[str, Callable[..., Any]]) -> None:
    """Call the handler that a line names with the line's other values, until there are no more lines."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever else is printed must not be taken for an answer
    for line in sys.stdin:
        wish = json.loads(line)
        out.write(json.dumps(handlers[wish.pop("do")](**wish)) + "\n")
        out.flush()
