"""What a page costs: queries, their plans, bytes and time, asked through Django's own client in this process.

`python -m benchmarks.page_cost` reads addresses from standard input, one a line, asks for each as the first superuser
(`{project}` in one becomes the project that benchmarks/list_rows.py has filled), and answers each with one line of
JSON (the fields of `Cost`). Its data are those of PATINA_DATA_DIR and DATABASE_URL.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client

from benchmarks.list_rows import list_places

NUMBERS = re.compile(r"(?<!\w)\d+")


@dataclass
class Cost:
    """What one answer took; `plans` are how the database goes about each query, without the numbers in them."""

    status: int
    bytes: int
    took_s: float
    cpu_s: float
    queries: int
    plans: list[str] = field(default_factory=list)


@dataclass
class Recorder:
    """Remembers each statement as it is sent."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


@contextmanager
def record() -> Iterator[Recorder]:
    recorder = Recorder()
    with connection.execute_wrapper(recorder):
        yield recorder


def measure(client: Client, address: str, *, with_plans: bool = True) -> Cost:
    """Ask for a page once; an address that ends in `#part` is asked for as htmx does, which gets the living part."""
    from jobs import circuit  # the apps are ready only by now

    path, _, part = address.partition("#")
    headers = {"HX-Request": "true"} if part else {}
    circuit.forget()  # it is read at most once a second: here by every page
    cache.clear()  # what the admin keeps for a minute as well
    with record() as recorder:
        start, cpu_start = time.perf_counter(), time.process_time()
        response = client.get(path, headers=headers)
        content = b"".join(response) if response.streaming else response.content
        took, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    asked = [(sql, params) for sql, params in recorder.statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    cost = Cost(response.status_code, len(content), took, cpu, len(asked))
    if with_plans:
        cost.plans = [plan for sql, params in asked for plan in explain(sql, params)]
    return cost


def explain(sql: str, params: Any) -> list[str]:
    """Return the database's plan of a query: which tables it reads by which index; nothing for what is no query."""
    if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        else:
            cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        return [NUMBERS.sub("N", str(row[-1]).strip()) for row in cursor.fetchall()]


def sign_in() -> Client:
    """Return a client who sees everything: the first superuser."""
    from axes.models import AccessLog  # the apps are ready only by now

    from jobs.models import User

    AccessLog.objects.all().delete()  # each run signs in once: the list of sign-ins would grow by them
    client = Client(HTTP_HOST="localhost", raise_request_exception=True)
    client.force_login(User.objects.filter(is_superuser=True).order_by("pk")[0])
    return client


def find_places() -> dict[str, Any]:
    """Return what addresses of lists name (benchmarks/list_rows.py)."""
    from jobs.models import Project  # the apps are ready only by now

    return list_places(Project.objects.get(slug="demo-1"))


def main() -> None:
    import django

    django.setup()
    client, places = sign_in(), find_places()
    for line in sys.stdin:
        print(json.dumps(asdict(measure(client, line.strip().format(**places)))), flush=True)


if __name__ == "__main__":
    main()
