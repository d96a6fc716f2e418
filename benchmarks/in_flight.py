"""How soon ends are seen with thousands of tasks in flight, and what that costs.

`python -m benchmarks.in_flight [--window 42] [--more]` measures all cases: build/bench/in_flight.json. `--list` names
them, and `--only TEXT` runs some of them and saves nothing.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Section, get_percentile, pair
from benchmarks.processes import StubProcess, Talker, get_cpu_s, get_pss_mb, start_database
from benchmarks.web_probe import Probe, WebProcess, sign_in
from tests.worker_process import WorkerProcess

WINDOW_S = 42.0
WARM_UP_S = 20.0  # above the longest pause between two looks at a task
PROJECTS = 20
TICK_S = 1.0
AGES_EVERY = 6  # ticks
IDLE_S = 20.0
METHOD = (
    "A stub of both vendors answers after 100 ms; tasks last 10 s to 10 min (uniform) and are found as a steady stream "
    "of creates leaves them. The product's own sweep runs in a process of its own on a fresh installation whose rows "
    "were made beforehand; a stand-in takes finished tasks away once a second, since saving their files is measured "
    "apart (lag). After 20 s of warming up, everything is counted for the window: the lag from the vendor's finish to "
    "our row's leaving “running” (not yet seen ones with their waiting time so far), the age of what we know of "
    "running tasks, requests, CPU of the polling process and of PostgreSQL's processes in percent of one core, rows "
    "written, memory."
)


@dataclass(frozen=True)
class Case:
    """One measurement."""

    vendor: str
    count: int
    database: str = "SQLite"
    rate: int = 0
    progress: str = "percent"
    with_ended: bool = False
    has_web: bool = False
    is_extra: bool = False

    @property
    def label(self) -> str:
        words = ["Triverse, one by one" if self.vendor == "triverse" else "Meshy, by its list"]
        words += [f"{self.rate} requests/s"] if self.rate else []
        words += [f"progress: {self.progress}"] if self.progress != "percent" else []
        words += ["ended tasks in the list"] if self.with_ended else []
        return ", ".join(words)

    def __str__(self) -> str:
        return f"{self.label}, {self.count:,}, {self.database}"


CASES = (
    *(Case("triverse", count, has_web=count == 10_000) for count in (100, 1_000, 10_000)),
    Case("triverse", 10_000, "PostgreSQL"),
    *(Case("meshy", count, has_web=count == 10_000) for count in (100, 1_000, 10_000)),
    Case("meshy", 10_000, "PostgreSQL"),
    Case("meshy", 1_000, rate=20),
    Case("meshy", 10_000, rate=20),
    Case("meshy", 100, rate=20, is_extra=True),
    Case("triverse", 10_000, progress="uneven", is_extra=True),
    Case("triverse", 10_000, progress="none", is_extra=True),
    Case("meshy", 10_000, progress="uneven", is_extra=True),
    Case("meshy", 10_000, with_ended=True, is_extra=True),
    Case("meshy", 10_000, rate=20, with_ended=True, is_extra=True),
)


def measure(case: Case, *, window_s: float) -> dict[str, Any]:
    """Run one case and return what was counted."""
    with (
        tempfile.TemporaryDirectory() as folder,
        StubProcess(rate=case.rate, progress=case.progress) as stub,
        start_database(case.database) as (database, server_pid),
    ):
        limits = {"TRIVERSE_POLLS_PER_S": str(case.rate), "MESHY_POLLS_PER_S": str(case.rate)}
        data = Path(folder) / "data"
        site = WorkerProcess(data, SANDBOX_URL=stub.base_url, LOG_LEVEL="WARNING", **limits, **database).migrate()
        with Talker("benchmarks.rows", site.environment) as rows:
            person = rows.ask("make_people")[0]
            loaded = stub.load(case.vendor, case.count, seed=case.count, with_ended=case.with_ended)
            running = [task for task in loaded if task[2] > time.time()]
            pages = rows.ask("fill", vendor=case.vendor, tasks=running, projects=PROJECTS)
            if not case.has_web:
                return watch(case, stub, rows, site, server_pid, window_s=window_s)
            with WebProcess(rows, site.environment) as web:
                probe = Probe(sign_in(web.base_url, *person), web.base_url, pages)
                idle = probe.measure(seconds=IDLE_S / 2)
                found = watch(case, stub, rows, site, server_pid, window_s=window_s, probe=probe)
                after = probe.measure(seconds=IDLE_S / 2)
                return found | {"idle": {name: taken + after[name] for name, taken in idle.items()}}


def watch(
    case: Case,
    stub: StubProcess,
    rows: Talker,
    site: WorkerProcess,
    server_pid: int | None,
    *,
    window_s: float,
    probe: Probe | None = None,
) -> dict[str, Any]:
    """Let the sweep run for warm-up and window; count in the window."""
    ages: list[float] = []
    with Talker("benchmarks.sweep_process", site.environment) as sweep:
        tend(rows, seconds=WARM_UP_S)
        before, server_before = sweep.ask("read"), get_cpu_s(server_pid) if server_pid else 0.0
        stub.take_counters()
        since = time.time()
        thread, busy = probe.start(seconds=window_s) if probe else (None, {})
        until = time.monotonic() + window_s
        while (left := until - time.monotonic()) > 0:
            tend(rows, seconds=min(left, AGES_EVERY * TICK_S))
            ages += stub.get_ages()
        took_s = time.time() - since
        after, counters = sweep.ask("read"), stub.take_counters()
        server_s = get_cpu_s(server_pid) - server_before if server_pid else 0.0
        pss_mb = get_pss_mb(sweep.process.pid)
        if thread is not None:
            thread.join()
        seen = rows.ask("read_moments", state="saving")
    now = since + took_s
    ends = {key: ends_at for key, ends_at in stub.get_ends().items() if since <= ends_at <= now}
    lags = [max(seen.get(key, now) - ends_at, 0.0) for key, ends_at in ends.items()]
    return {
        "lags": lags,
        "unseen": sum(key not in seen for key in ends),
        "ages": ages,
        "requests": {name: count / took_s for name, count in counters.items()},
        "cpu": 100 * (after["cpu_s"] - before["cpu_s"]) / took_s,
        "server_cpu": 100 * server_s / took_s,
        "rows": (after["rows"] - before["rows"]) / took_s,
        "statements": (after["statements"] - before["statements"]) / took_s,
        "pss_mb": pss_mb,
        "busy": busy,
        "load": os.getloadavg()[0],
    }


def tend(rows: Talker, *, seconds: float) -> None:
    """Take finished tasks away once a second for a while."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        rows.ask("take_saved")
        time.sleep(min(TICK_S, left))


HEAD = (
    "vendor",
    "in flight",
    "rows in",
    "ends seen",
    "not yet",
    "lag s p50 / p95",
    "age s p50 / p95",
    "requests/s",
    "too fast",
    "CPU %",
    "rows/s (statements/s)",
    "MB",
    "load",
)


def build_row(case: Case, found: dict[str, Any]) -> list[str]:
    refused = sum(rate for name, rate in found["requests"].items() if name.endswith("too fast"))
    server = f" + {found['server_cpu']:.1f}" if case.database != "SQLite" else ""
    return [
        case.label,
        f"{case.count:,}",
        case.database,
        str(len(found["lags"])),
        str(found["unseen"]),
        pair(found["lags"]),
        pair(found["ages"]),
        f"{sum(found['requests'].values()):,.1f}",
        f"{refused:.1f}",
        f"{found['cpu']:.1f}{server}",
        f"{found['rows']:,.0f} ({found['statements']:,.1f})",
        f"{found['pss_mb']:.0f}",
        f"{found['load']:.1f}",
    ]


def build_web_rows(case: Case, found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for name, idle in found["idle"].items():
        busy = found["busy"][name]
        ratios = (get_percentile(busy, percent) / get_percentile(idle, percent) for percent in (50, 95))
        shown = " / ".join(f"{ratio:.2f}" for ratio in ratios)
        rows.append([case.label, name, pair(idle, factor=1e3), pair(busy, factor=1e3), shown, str(len(idle + busy))])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="cases whose description holds this text")
    parser.add_argument("--more", action="store_true", help="also uneven progress, and lists that hold ended tasks")
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in str(case) and (options.more or not case.is_extra)]
    if options.list:
        print("\n".join(str(case) for case in cases))
        return
    section = Section("in_flight", "Tasks in flight", method=METHOD)
    table, web = [], []
    for case in cases:
        found = measure(case, window_s=options.window)
        table.append(build_row(case, found))
        web += build_web_rows(case, found) if case.has_web else []
        print(" | ".join(table[-1]), flush=True)
    section.add_table(HEAD, table, caption=f"Window: {options.window:g} s after {WARM_UP_S:g} s of warming up.")
    if web:
        head = ("10,000 in flight", "answer", "idle ms p50 / p95", "meanwhile ms p50 / p95", "ratio p50 / p95", "asked")
        section.add_table(head, web, caption="The web meanwhile: the same rows and pages, without and with the sweep.")
    if not options.only:
        print(section.save())


if __name__ == "__main__":
    main()
