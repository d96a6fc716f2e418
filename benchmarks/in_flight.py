"""How soon ends are seen with thousands of tasks in flight, and what that costs.

`python -m benchmarks.in_flight [--window 42] [--more]` measures all cases: build/bench/in_flight.json. `--list` names
them, and `--only TEXT` runs some of them and saves nothing.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Section, get_percentile, pair
from benchmarks.processes import StubProcess, Talker, get_cpu_s, get_pss_mb, start_database
from benchmarks.web_probe import Probe, WebProcess, sign_in
from tests.worker_process import WorkerProcess

WINDOW_S = 42.0
WARM_UP_S = {"triverse": 77.0, "meshy": 25.0}  # above the longest pause between two looks at a task
PROJECTS = 20
SMALL, SMALL_WARM_UP_S = 1_000, 10.0
SEED_OF_NEW = 100_000
TICK_S = 1.0
AGES_EVERY_S = 6.0
IDLE_S = 20.0
WRITTEN_WITHIN_S = 0.5  # the moment in a row is that of its writing, or the lag would be flattered
METHOD = (
    "A stub of both vendors answers after 100 ms; tasks last 10 s to 10 min (uniform) and are found as a steady stream "
    "of creates leaves them. The product's own sweep runs in a process of its own on a fresh installation whose rows "
    "were made beforehand; a stand-in takes finished tasks away once a second, since saving their files is measured "
    "apart, and starts as many new ones. After warming up, everything is counted for the window. Lag: from the "
    "vendor's finish to our row's leaving “running”, with the ends not yet seen at their waiting time so far. Age: of "
    "what is known of tasks that run. CPU: of the polling process, and of PostgreSQL's processes, in percent of one "
    "core. Memory: of the polling process, shared pages divided."
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
    Case("triverse", 1_000, rate=15),
    Case("meshy", 1_000, rate=20),
    Case("meshy", 10_000, rate=20),
    Case("meshy", 100, rate=20, is_extra=True),
    Case("meshy", 10_000, "PostgreSQL", is_extra=True),
    Case("triverse", 10_000, progress="uneven", is_extra=True),
    Case("triverse", 10_000, progress="none", is_extra=True),
    Case("meshy", 10_000, progress="uneven", is_extra=True),
    Case("meshy", 10_000, with_ended=True, is_extra=True),
    Case("meshy", 10_000, rate=20, with_ended=True, is_extra=True),
)


class Scene:
    """A fresh installation with a vendor's tasks in flight, whose workers are played."""

    def __init__(self, case: Case, stub: StubProcess, rows: Talker, site: WorkerProcess) -> None:
        self.case, self.stub, self.rows, self.site = case, stub, rows, site
        self.person = rows.ask("make_people")[0]
        loaded = stub.load(case.vendor, case.count, seed=case.count, with_ended=case.with_ended)
        self.pages = self.add([task for task in loaded if task[2] > time.time()])
        self.rounds = 0
        self.taken_at = time.monotonic()
        self.hidden_s = 0.0  # for how long at most a row was not there yet whose moment had passed

    def add(self, tasks: list[tuple[str, float, float]]) -> dict[str, str]:
        return self.rows.ask("fill", vendor=self.case.vendor, tasks=tasks, projects=PROJECTS)

    def tend(self, *, seconds: float) -> None:
        """Once a second take away what has ended, and start as many anew."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            taken = self.rows.ask("take_saved")
            last, self.taken_at = self.taken_at, time.monotonic()
            self.hidden_s = max(self.hidden_s, taken["age_s"] - (self.taken_at - last))
            self.rounds += 1
            if taken["count"]:
                seed = SEED_OF_NEW + self.rounds
                self.add(self.stub.load(self.case.vendor, taken["count"], seed=seed, fresh=True))
            time.sleep(min(TICK_S, left))


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
            scene = Scene(case, stub, rows, site)
            if not case.has_web:
                return watch(scene, server_pid, window_s=window_s)
            with WebProcess(rows, site.environment) as web:
                probe = Probe(sign_in(web.base_url, *scene.person), web.base_url, scene.pages)
                idle = probe.measure(seconds=IDLE_S / 2)
                found = watch(scene, server_pid, window_s=window_s, probe=probe)
                after = probe.measure(seconds=IDLE_S / 2)
                return found | {"idle": {name: taken + after[name] for name, taken in idle.items()}}


def watch(scene: Scene, server_pid: int | None, *, window_s: float, probe: Probe | None = None) -> dict[str, Any]:
    """Let the sweep run for warm-up and window; count in the window."""
    stub, ages = scene.stub, []
    with Talker("benchmarks.sweep_process", scene.site.environment) as sweep:
        scene.tend(seconds=WARM_UP_S[scene.case.vendor] if scene.case.count > SMALL else SMALL_WARM_UP_S)
        scene.hidden_s = 0.0
        before, cpu_before = sweep.ask("read"), read_cpu_s(stub, server_pid)
        stub.take_counters()
        since = time.time()
        thread, busy = probe.start(seconds=window_s) if probe else (None, {})
        until = time.monotonic() + window_s
        while (left := until - time.monotonic()) > 0:
            scene.tend(seconds=min(left, AGES_EVERY_S))
            ages += stub.get_ages()
        now = time.time()
        after, counters, cpu_after = sweep.ask("read"), stub.take_counters(), read_cpu_s(stub, server_pid)
        pss_mb = get_pss_mb(sweep.process.pid)
        seen = scene.rows.ask("read_moments", state="saving")
        if thread is not None:
            thread.join()
    took_s = now - since
    ends = {key: ends_at for key, ends_at in stub.get_ends().items() if since <= ends_at <= now}
    return {
        "lags": [max(seen.get(key, now) - ends_at, 0.0) for key, ends_at in ends.items()],
        "unseen": sum(key not in seen for key in ends),
        "ages": ages,
        "requests": {name: count / took_s for name, count in counters.items()},
        "cpu": 100 * (after["cpu_s"] - before["cpu_s"]) / took_s,
        "stub_cpu": 100 * (cpu_after[0] - cpu_before[0]) / took_s,
        "server_cpu": 100 * (cpu_after[1] - cpu_before[1]) / took_s,
        "rows": (after["rows"] - before["rows"]) / took_s,
        "statements": (after["statements"] - before["statements"]) / took_s,
        "pss_mb": pss_mb,
        "busy": busy,
        "hidden_s": scene.hidden_s,
        "load": os.getloadavg()[0],
    }


def read_cpu_s(stub: StubProcess, server_pid: int | None) -> tuple[float, float]:
    """Return the CPU seconds of the stub and of the database's server."""
    return get_cpu_s(stub.process.pid), get_cpu_s(server_pid) if server_pid else 0.0


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


WEB_HEAD = ("10,000 in flight", "answer", "idle ms p50 / p95", "meanwhile ms p50 / p95", "ratio p50 / p95", "asked")
CAPTION = (
    f"Window: {{window:g}} s after {WARM_UP_S['triverse']:g} s (list: {WARM_UP_S['meshy']:g} s) of warming up; "
    f"{SMALL_WARM_UP_S:g} s up to {SMALL:,} tasks, where cases of both vendors run side by side, each with a stub, an "
    "installation and a sweep of its own."
)
WEB_CAPTION = "The web meanwhile: the same rows and pages over HTTP, without and with the sweep at work."


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
    table: dict[Case, list[str]] = {}
    web: list[list[str]] = []
    stub_cpu = 0.0
    for together in group(cases):
        with ThreadPoolExecutor(len(together)) as pool:
            results = list(pool.map(lambda case: measure(case, window_s=options.window), together))
        for case, found in zip(together, results, strict=True):
            table[case] = build_row(case, found)
            web += build_web_rows(case, found) if case.has_web else []
            stub_cpu = max(stub_cpu, found["stub_cpu"])
            print("\n".join(" | ".join(row) for row in [table[case], *web]), flush=True)
            if found["hidden_s"] > WRITTEN_WITHIN_S:
                section.add_note(f"{case}: rows could be read {found['hidden_s']:.1f} s after the moment they name.")
    section.add_table(HEAD, [table[case] for case in cases], caption=CAPTION.format(window=options.window))
    if web:
        section.add_table(WEB_HEAD, web, caption=WEB_CAPTION)
    section.add_note(f"The stub took at most {stub_cpu:.0f} % of one core.")
    print("\n".join(section.content["notes"]) if options.only else section.save())


def group(cases: list[Case]) -> list[list[Case]]:
    """Put small cases of both vendors together: they hardly load the machine, and take half the time."""
    groups: dict[object, list[Case]] = {}
    for case in cases:
        is_small = case.count <= SMALL
        groups.setdefault((case.count, case.rate > 0) if is_small else case, []).append(case)
    return list(groups.values())


if __name__ == "__main__":
    main()
