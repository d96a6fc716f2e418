"""Names for new tasks and uploads: random, or counting up so that a test knows them beforehand."""

import re
import uuid
from collections.abc import Iterable

SEQUENCE = re.compile(r"00000000-0000-4000-8000-([0-9a-f]{12})")


class Ids:
    """`known` holds what an earlier life of this program has given out; a sequence goes on behind it."""

    def __init__(self, *, counts_up: bool, known: Iterable[str] = ()) -> None:
        self._counts_up = counts_up
        found = (SEQUENCE.search(name) for name in known) if counts_up else ()
        self._last = max((int(match.group(1), 16) for match in found if match), default=0)

    def make(self) -> str:
        if not self._counts_up:
            return str(uuid.uuid4())
        self._last += 1
        return f"00000000-0000-4000-8000-{self._last:012x}"
