"""From “done at the vendor” to “files stored here” for 200 tasks at once: the product beside two usual designs.

`python -m benchmarks.lag [--tasks 200] [--durations 10 45] [--more]`; results: build/bench/lag.json.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Section, get_percentile, pair
from benchmarks.processes import ROOT, StubProcess, Talker, end, get_cpu_s, leave_out_engine
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

SEEDS = {"triverse": 7, "meshy": 8}
LATE_S = 90.0  # so long after the last end everything must be there
LOOK_EVERY_S = 0.5
SETTLE_S = 3.0
OURS, OURS_WITH_ENGINE = "Patina", "Patina, Blender making posters meanwhile"
SCRIPT, QUEUE = "a script: thread per task, every 5 s", "a django-q2 task per poll"
VENDORS = {"triverse": "Triverse", "meshy": "Meshy"}
METHOD = (
    "Half of the tasks at either vendor (the stub, 100 ms latency), all created at once, with the same durations for "
    "each design, one design after the other. Patina is `manage.py worker` as it comes (5 worker processes, SQLite "
    "with full fsync, its usual limits of requests a second): it checks each file, stores it under its hash and writes "
    "the history; no engine is there, since the others make no posters. The script has a thread and a kept connection "
    "per task, sleeps 5 s between two looks and writes the file. The queue runs bare `manage.py qcluster` with the "
    "same 4 workers, settings and database; a task asks once and enqueues itself again. Stored means: the whole file "
    "is on the disk (with Patina: and the task is “done”). Requests: what the vendors' APIs were asked; each file's "
    "own download comes on top."
)


@dataclass(frozen=True)
class Outcome:
    """What one design came to: per vendor the lags in seconds and the requests per task."""

    lags: dict[str, list[float]]
    missing: int
    requests: dict[str, float]
    cpu_s: float


@dataclass
class Course:
    """The ground on which each design runs: the same tasks anew."""

    stub: StubProcess
    folder: Path
    count: int
    durations: tuple[float, float]
    tasks: list[tuple[str, str, float]]  # vendor, ID, end

    def begin(self) -> None:
        """Create all tasks at the vendors now."""
        self.stub.reset()
        self.tasks = [
            (vendor, remote_id, ends_at)
            for vendor, seed in SEEDS.items()
            for remote_id, _, ends_at in self.stub.load(
                vendor, self.count // 2, seed=seed, durations=self.durations, fresh=True
            )
        ]

    @property
    def wanted(self) -> str:
        return json.dumps([task[:2] for task in self.tasks])

    def wait(self, count_stored: Callable[[], int]) -> None:
        """Wait until all files are there, or until it is too late."""
        deadline = max(task[2] for task in self.tasks) + LATE_S
        while count_stored() < len(self.tasks) and time.time() < deadline:
            time.sleep(LOOK_EVERY_S)

    def judge(self, stored: dict[str, float], *, cpu_s: float) -> Outcome:
        asked = self.stub.take_counters()
        return Outcome(
            lags={
                vendor: [stored[task[1]] - task[2] for task in self.tasks if task[0] == vendor and task[1] in stored]
                for vendor in VENDORS
            },
            missing=sum(task[1] not in stored for task in self.tasks),
            requests={
                vendor: sum(number for name, number in asked.items() if name.startswith(vendor)) / (self.count / 2)
                for vendor in VENDORS
            },
            cpu_s=cpu_s,
        )


def get_stored(folder: Path) -> dict[str, float]:
    return {path.stem: path.stat().st_mtime for path in folder.glob("*.glb")}


@contextlib.contextmanager
def make_site(course: Course, name: str, **environment: str) -> Iterator[WorkerProcess]:
    site = WorkerProcess(
        course.folder / name, SANDBOX_URL=course.stub.base_url, LOG_LEVEL="WARNING", **environment
    ).migrate()
    try:
        yield site
    finally:
        site.kill()


def run_ours(course: Course, *, has_engine: bool = False) -> Outcome:
    """The product: the tasks' rows are made as if it had just created them."""
    extra = {} if has_engine else leave_out_engine(course.folder / "no-engine")
    with (
        make_site(course, f"ours-{has_engine}", **extra) as site,
        Talker("benchmarks.rows", site.environment) as rows,
    ):
        rows.ask("make_people")
        site.start()
        wait_until(lambda: site.query("SELECT 1 FROM jobs_lease WHERE name = 'sweep'"), within_s=30)
        time.sleep(SETTLE_S)
        assert site.process is not None
        course.begin()
        cpu_before = get_cpu_s(site.process.pid)
        for vendor in VENDORS:
            wanted = [(task[1], time.time(), task[2]) for task in course.tasks if task[0] == vendor]
            rows.ask("fill", vendor=vendor, tasks=wanted, projects=4)
        course.wait(lambda: site.query("SELECT count(*) FROM jobs_task WHERE state = 'succeeded'")[0][0])
        cpu_s = get_cpu_s(site.process.pid) - cpu_before
        return course.judge(rows.ask("read_moments", state="succeeded"), cpu_s=cpu_s)


def run_script(course: Course) -> Outcome:
    target = course.folder / "script"
    target.mkdir()
    course.begin()
    process = start_with(course, [sys.executable, "-m", "benchmarks.usual_loop", course.stub.base_url, str(target)])
    cpu_s = 0.0

    def count_stored() -> int:
        nonlocal cpu_s
        if process.poll() is None:
            cpu_s = get_cpu_s(process.pid)
        return len(get_stored(target))

    course.wait(count_stored)
    end(process)
    return course.judge(get_stored(target), cpu_s=cpu_s)


def start_with(course: Course, command: list[str], **environment: str) -> "subprocess.Popen[str]":
    """Start a program and give it the tasks."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(course.wanted)
    process.stdin.close()
    return process


def run_queue(course: Course) -> Outcome:
    target = course.folder / "queue"
    target.mkdir()
    with make_site(course, "queue-data") as site:
        cluster = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"], cwd=ROOT, env=site.environment, start_new_session=True
        )
        try:
            time.sleep(SETTLE_S)
            course.begin()
            cpu_before = get_cpu_s(cluster.pid)
            command = [sys.executable, "-m", "benchmarks.queue_poll", course.stub.base_url, str(target)]
            start_with(course, command, **site.environment).wait()
            course.wait(lambda: len(get_stored(target)))
            cpu_s = get_cpu_s(cluster.pid) - cpu_before
        finally:
            end(cluster)
    return course.judge(get_stored(target), cpu_s=cpu_s)


DESIGNS: dict[str, Callable[[Course], Outcome]] = {OURS: run_ours, SCRIPT: run_script, QUEUE: run_queue}
HEAD = ("design", "vendor", "lag s p50 / p95", "÷ Patina's", "requests per task", "÷ Patina's", "CPU s", "not stored")


def build_rows(name: str, found: Outcome, ours: Outcome) -> list[list[str]]:
    rows = []
    for vendor, label in VENDORS.items():
        lags, own = found.lags[vendor], ours.lags[vendor]
        ratios = " / ".join(f"{get_percentile(lags, share) / get_percentile(own, share):.1f}" for share in (50, 95))
        requests = found.requests[vendor]
        times = f"{requests / ours.requests[vendor]:.1f}"
        rows.append([name, label, pair(lags, digits=2), ratios, f"{requests:.1f}", times])
    rows[0] += [f"{found.cpu_s:.1f}", str(found.missing)]
    rows[1] += ["", ""]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--durations", type=float, nargs=2, default=(10.0, 45.0), metavar="S", help="uniform between")
    parser.add_argument("--more", action="store_true", help="the product with Blender at work as well")
    options = parser.parse_args()
    section = Section("lag", "From the vendor's finish to our files", method=METHOD)
    designs = dict(DESIGNS)
    if options.more:
        designs[OURS_WITH_ENGINE] = lambda course: run_ours(course, has_engine=True)
    table: list[list[str]] = []
    ours: Outcome | None = None
    with tempfile.TemporaryDirectory() as folder, StubProcess() as stub:
        course = Course(stub, Path(folder), options.tasks, tuple(options.durations), [])
        for name, run in designs.items():
            found = run(course)
            ours = ours or found
            table += build_rows(name, found, ours)
            print("\n".join(" | ".join(row) for row in table[-2:]), flush=True)
    shortest, longest = options.durations
    section.add_table(HEAD, table, caption=f"{options.tasks} tasks at once, each {shortest:g} to {longest:g} s long.")
    print(section.save())


if __name__ == "__main__":
    main()
