"""One run from its start to its end: people wish, things break, then everything may come to rest."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.torture.cast import Cast, call_cast
from benchmarks.torture.deciding import Decider
from benchmarks.torture.evidence import list_temporary
from benchmarks.torture.outcome import Outcome, look_back
from benchmarks.torture.plan import Options, make_wishes
from benchmarks.torture.stage import Stage, set_stage

LOOK_EVERY_S = 0.5
FAULTS_GO_ON_S = 45.0  # after the last kill at most; a task that the plan never lets go would say nothing
SETTLE_LEAST_S, SETTLE_S_PER_TASK = 120.0, 0.6  # at most; it ends when every task has
REST_WITHIN_S = 4.0
OPEN = "SELECT count(*) FROM jobs_task WHERE state NOT IN ('succeeded', 'failed', 'canceled', 'expired')"


def run(options: Options, folder: Path, *, say: Callable[[str], None]) -> Outcome:
    began = time.monotonic()
    seconds: dict[str, float] = {}

    def mark(phase: str) -> None:
        seconds[phase] = time.monotonic() - began - sum(seconds.values())
        say(f"{phase}: {seconds[phase]:.0f} s")

    with set_stage(options, folder) as stage:
        cast = call_cast(stage)
        mark("start")
        with cast.watcher:
            torment(stage, cast)
            mark("people and kills")
            settle(stage, cast.decider)
            mark("settling")
            rest(stage)
        outcome = look_back(stage, cast)
        mark("end")
        outcome.seconds = seconds
        return outcome


def torment(stage: Stage, cast: Cast) -> None:
    """Let people work while faults strike and processes are killed."""
    stage.start_faults()
    cast.killer.start()
    try:
        cast.crowd.work(make_wishes(stage.options), within_s=stage.options.people_s)
    except BaseException:
        cast.killer.stop()
        raise
    cast.killer.finish()


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
    return stage.count_hints() <= 1 and not list_temporary(stage.site.data_dir)
