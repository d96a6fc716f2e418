"""The product's own sweep in a process of its own, so that its cost can be told from that of saving files.

What it calls is what a worker calls when it takes the hint; the next one begins when one has lived its time.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from benchmarks.talking import talk  # noqa: E402
from jobs import lifecycle  # noqa: E402

WRITES = ("INSERT", "UPDATE", "DELETE")


class Writes:
    """Counts the statements that write, and the rows that they changed."""

    def __init__(self) -> None:
        self.statements = self.rows = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.lstrip()[:6].upper() in WRITES:
            self.statements += 1
            self.rows += max(context["cursor"].rowcount, 0)
        return done

    def read(self) -> dict[str, float]:
        used = time.process_time()
        return {"statements": self.statements, "rows": self.rows, "cpu_s": used}


def main() -> None:
    writes = Writes()
    connection.execute_wrappers.append(writes)
    threading.Thread(target=talk, args=({"read": writes.read},), daemon=True).start()
    while True:
        lifecycle.sweep()


if __name__ == "__main__":
    main()
