"""What a run came to: the evidence for the invariants, and the numbers of its report."""

import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.torture import evidence
from benchmarks.torture.cast import Cast
from benchmarks.torture.evidence import Evidence
from benchmarks.torture.stage import Stage

TURNAROUND = "SELECT created_at, state_at FROM jobs_task WHERE state = 'succeeded'"
TRACEBACK = "Traceback (most recent call last)"
FAULT_WORDS = " fault "
RESTART_WORDS = "ended (exit status"


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
    restarts: int = 0
    log: list[str] = field(default_factory=list)


def look_back(stage: Stage, cast: Cast) -> Outcome:
    """End the product and the sandbox, and look at what they leave."""
    turnaround = measure_turnaround(stage)
    status = stage.site.stop()
    left = stage.find_left()
    stage.sandbox.stop()
    found = evidence.gather(stage, cast.crowd.sent)
    found.failures += find_tracebacks([*stage.site.lines, *stage.sandbox.read_log().splitlines()])
    found.left = left + ([f"the product ended with status {status}"] if status else [])
    found.problems = cast.crowd.problems + cast.killer.problems
    found.errors, found.longest_s = cast.visits.errors, cast.watcher.longest_s
    sent = cast.crowd.sent
    return Outcome(
        found=found,
        kills=cast.killer.struck,
        missed=cast.killer.missed,
        faults=count_faults(stage),
        decisions=cast.decider.made,
        states=Counter(task["state"] for task in found.tasks),
        turnaround_s=turnaround,
        cpu_s=measure_cpu_s(),
        posts=sum(one.posts for one in sent),
        lost=sum(one.lost for one in sent),
        asked=sum(one.asked for one in sent),
        restarts=sum(RESTART_WORDS in line for line in stage.site.lines),
        log=stage.site.lines,
    )


def measure_turnaround(stage: Stage) -> list[float]:
    """Return the seconds from a person's wish to its files, in order of length."""
    return sorted((as_moment(end) - as_moment(start)).total_seconds() for start, end in stage.query(TURNAROUND))


def as_moment(value: datetime | str) -> datetime:
    """SQLite says it as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def find_tracebacks(log: Sequence[str]) -> list[str]:
    """Return the line before each traceback, which says what failed."""
    return [log[max(number - 1, 0)].strip() for number, line in enumerate(log) if TRACEBACK in line]


def measure_cpu_s() -> float:
    """Return what all processes of the run took that have ended by now, the killed ones among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def count_faults(stage: Stage) -> Counter[str]:
    words = (line.partition(FAULT_WORDS)[2].split() for line in stage.sandbox.read_log().splitlines())
    return Counter(parts[0] for parts in words if len(parts) >= 4 and parts[1] == "strikes")
