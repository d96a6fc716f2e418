"""One run from its start to the evidence: people wish, things break, then everything may come to rest."""

import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.torture import evidence
from benchmarks.torture.deciding import Decider
from benchmarks.torture.evidence import Evidence
from benchmarks.torture.killer import Killer
from benchmarks.torture.people import Crowd, Person, Visits, upload_models
from benchmarks.torture.plan import Options, make_strikes, make_wishes
from benchmarks.torture.stage import Stage, set_stage
from benchmarks.torture.watcher import Watcher

LOOK_EVERY_S = 0.5
FAULTS_GO_ON_S = 45.0  # after the last kill at most; a task that the plan never lets go would say nothing
SETTLE_LEAST_S, SETTLE_S_PER_TASK = 120.0, 0.6  # at most; it ends when every task has
REST_WITHIN_S = 4.0
OPEN = "SELECT count(*) FROM jobs_task WHERE state NOT IN ('succeeded', 'failed', 'canceled', 'expired')"
TURNAROUND = """
SELECT t.created_at, t.state_at FROM jobs_task t WHERE t.state = 'succeeded' ORDER BY t.id
"""
FAULT_WORDS = " fault "


@dataclass
class Outcome:
    """What a run came to, for the report."""

    found: Evidence
    seconds: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    turnaround_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    posts: int = 0
    lost: int = 0
    asked: int = 0
    exits: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def run(options: Options, folder: Path, *, say: Callable[[str], None]) -> Outcome:
    began = time.monotonic()
    seconds: dict[str, float] = {}

    def mark(phase: str) -> None:
        seconds[phase] = time.monotonic() - began - sum(seconds.values())
        say(f"{phase}: {seconds[phase]:.0f} s")

    with set_stage(options, folder) as stage:
        visits = Visits()
        people = [Person(stage.base_url, f"person{number}", visits) for number in range(options.people)]
        with ThreadPoolExecutor(len(people)) as pool:
            list(pool.map(Person.sign_in, people))
        crowd = Crowd(people, upload_models(people[0]))
        killer, watcher = Killer(stage, make_strikes(options)), Watcher(people[0])
        mark("start")
        with watcher:
            torment(stage, crowd, killer)
            mark("people and kills")
            decider = Decider(stage, people[1], {task: one.wish for one in crowd.sent for task in one.tasks})
            settle(stage, decider)
            mark("settling")
            rest(stage)
        turnaround = measure_turnaround(stage)
        status = stage.site.stop()
        left = stage.find_left()
        stage.sandbox.stop()
        found = evidence.gather(stage, crowd.sent)
        mark("end")
        found.left = left + ([f"the product ended with status {status}"] if status else [])
        found.problems = crowd.problems + killer.problems
        found.errors, found.longest_s = visits.errors, watcher.longest_s
        return Outcome(
            found=found,
            seconds=seconds,
            kills=killer.struck,
            missed=killer.missed,
            faults=count_faults(stage),
            decisions=decider.made,
            states=Counter(task["state"] for task in found.tasks),
            turnaround_s=turnaround,
            cpu_s=measure_cpu_s(),
            posts=sum(one.posts for one in crowd.sent),
            lost=sum(one.lost for one in crowd.sent),
            asked=sum(one.asked for one in crowd.sent),
            exits=[line.strip() for line in stage.site.lines if "ended (exit status" in line],
            log=stage.site.lines,
        )


def torment(stage: Stage, crowd: Crowd, killer: Killer) -> None:
    """Let people work while faults strike and processes are killed."""
    stage.start_faults()
    killer.start()
    try:
        crowd.work(make_wishes(stage.options), within_s=stage.options.people_s)
    except BaseException:
        killer.stop()
        raise
    killer.finish()


def settle(stage: Stage, decider: Decider) -> None:
    """Wait until every task has ended, with faults for a while, and decide what asks for a person."""
    began = time.monotonic()
    are_faults_on = True
    within_s = SETTLE_LEAST_S + stage.options.tasks * SETTLE_S_PER_TASK
    while time.monotonic() - began < within_s:
        decider.decide()
        if stage.query(OPEN)[0][0] == 0:
            break
        if are_faults_on and time.monotonic() - began > FAULTS_GO_ON_S:
            stage.end_faults()
            are_faults_on = False
        time.sleep(LOOK_EVERY_S)
    stage.end_faults()


def rest(stage: Stage) -> None:
    """Give what only tidies up the time that it takes."""
    deadline = time.monotonic() + REST_WITHIN_S
    while not is_tidy(stage) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    if not is_tidy(stage):
        stage.site.manage("housekeeping")  # what the sweep does about once a minute


def is_tidy(stage: Stage) -> bool:
    return stage.count_hints() <= 1 and not evidence.list_temporary(stage.site.data_dir)


def measure_turnaround(stage: Stage) -> list[float]:
    """Return the seconds from a person's wish to its files, in order of length."""
    return sorted((as_moment(end) - as_moment(start)).total_seconds() for start, end in stage.query(TURNAROUND))


def as_moment(value: datetime | str) -> datetime:
    """SQLite says it as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def measure_cpu_s() -> float:
    """Return what all processes of the run took that have ended by now, the killed ones among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count_faults(stage: Stage) -> Counter[str]:
    words = (line.partition(FAULT_WORDS)[2].split() for line in stage.sandbox.read_log().splitlines())
    return Counter(parts[0] for parts in words if len(parts) >= 4 and parts[1] == "strikes")
