"""The database: is it there, set as it has to be, up to date, and quick?"""

import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from jobs.doctor.lines import Line, describe_trouble, note, ok, wrong
from jobs.models import Lease

SLOW_COMMIT_MS = 250.0  # background.md: above it people notice
COMMITS = 5
SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
SKEW_S = 2.0


def ask(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def check_reachable() -> Iterator[Line]:
    is_sqlite = connection.vendor == "sqlite"
    try:
        version = ask("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
    except (Error, OSError) as error:
        now_do = "Look whether its folder can be written." if is_sqlite else "Start it, and check DATABASE_URL."
        yield wrong("database", f"It cannot be reached. {describe_trouble(error)}", now_do)
        return
    where = "" if is_sqlite else f" on {connection.settings_dict['HOST'] or 'this machine'}"
    yield ok("database", f"{connection.display_name} {version}{where}")


def check_settings() -> Iterator[Line]:
    """Look at what a claim needs to outlive a power cut, and what keeps writers from each other's throats."""
    if connection.vendor == "sqlite":
        journal, synchronous = ask("PRAGMA journal_mode"), SYNCHRONOUS.get(int(ask("PRAGMA synchronous")), "?")
        is_good = journal == "wal" and synchronous in ("FULL", "EXTRA")
        said, now_do = (
            f"journal {journal}, synchronous {synchronous}",
            "WAL and FULL are needed (dashboard/settings.py).",
        )
    else:
        commit, fsync = ask("SHOW synchronous_commit"), ask("SHOW fsync")
        is_good = commit != "off" and fsync == "on"
        said, now_do = f"synchronous_commit {commit}, fsync {fsync}", "Switch both on: a claim must not be forgotten."
        yield check_clock()
    yield ok("its settings", said) if is_good else wrong("its settings", f"{said}: a power cut forgets claims.", now_do)


def check_clock() -> Line:
    before = timezone.now()
    told = datetime.fromtimestamp(float(ask("SELECT extract(epoch FROM clock_timestamp())")), UTC)
    skew_s = (told - before).total_seconds()
    if abs(skew_s) <= SKEW_S:
        return ok("its clock", "the same as this machine's")
    now_do = "Let both machines keep time by NTP: leases are compared by the clock."
    return wrong("its clock", f"{skew_s:+.1f} s beside this machine's.", now_do)


def check_migrations() -> Iterator[Line]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan[:3])
        yield wrong("migrations", f"{len(plan)} are not applied: {names}", "Run: manage.py migrate")
    else:
        yield ok("migrations", "all applied")


def check_commits() -> Iterator[Line]:
    """Write a few rows and take the time."""
    name, times = f"doctor-{uuid.uuid4().hex[:12]}", []
    try:
        for _ in range(COMMITS):
            started = time.perf_counter()
            with transaction.atomic():
                Lease.objects.update_or_create(name=name, defaults={"beat_at": timezone.now()})
            times.append(1000 * (time.perf_counter() - started))
    finally:
        Lease.objects.filter(name=name).delete()
    said = f"{statistics.median(times):.1f} ms at the median, {max(times):.1f} ms at most"
    if statistics.median(times) <= SLOW_COMMIT_MS:
        yield ok("a commit", said)
        return
    now_do = "Use a local disk; with many people or more than one machine use PostgreSQL (docs/settings.md)."
    yield note("a commit", f"{said}: that is slow.", now_do)
