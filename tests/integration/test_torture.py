"""The short version of `make torture`, and that its invariants notice what they are there for."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.torture import evidence
from benchmarks.torture.evidence import Evidence
from benchmarks.torture.invariants import INVARIANTS, check
from benchmarks.torture.plan import VICTIMS, Options, make_strikes, make_wishes
from tests.site_process import ROOT

SEED = 14
WITHIN_S = 240  # of a machine that does much else; alone it takes half a minute


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What a short run found; it has to hold by itself."""
    file = tmp_path_factory.mktemp("torture") / "evidence.json"
    options = ["--tasks", "14", "--kill-every", "2", "--seed", str(SEED), "--evidence", str(file)]
    command = [sys.executable, "-m", "benchmarks.torture", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}"
    lines = done.stdout.splitlines()
    assert lines[0] == f"seed {SEED}"
    assert lines[-1] == f"{len(INVARIANTS)} invariants, 0 broken"
    assert len([line for line in lines if line.startswith("ok ")]) == len(INVARIANTS)
    return evidence.read(file)


@pytest.mark.timeout(WITHIN_S + 30)
def test_nothing_is_lost_or_sent_twice_while_everything_breaks(found: Evidence) -> None:
    assert len(found.tasks) == len(found.vendor_tasks) == len(found.sent) == 14
    assert {task["state"] for task in found.tasks} <= {"succeeded", "failed"}
    assert found.assets
    assert found.stored


def create_twice(found: Evidence) -> None:
    found.vendor_tasks.append({**found.vendor_tasks[0], "id": "another"})


def tamper(found: Evidence) -> None:
    found.stored[found.assets[0]["sha256"]] = "0" * 64


def lose_a_file(found: Evidence) -> None:
    found.assets.pop()


def forget_a_charge(found: Evidence) -> None:
    next(task for task in found.tasks if task["state"] == "succeeded")["charged"] = None


def end_otherwise(found: Evidence) -> None:
    next(task for task in found.tasks if task["state"] == "succeeded")["state"] = "failed"


def stand_still(found: Evidence) -> None:
    found.tasks[0]["state"] = "unknown"


def make_two_of_one_wish(found: Evidence) -> None:
    found.sent[0]["tasks"] += [max(task["id"] for task in found.tasks) + 1]


def leave_a_claim(found: Evidence) -> None:
    found.tasks[0]["owner"] = "machine:1:2"


def keep_credits(found: Evidence) -> None:
    found.ledger.pop()


@pytest.mark.parametrize(
    ("breach", "broken"),
    [
        (create_twice, {"one create for each wish", "the vendors have no task that is not ours"}),
        (tamper, {"every stored file is whole"}),
        (lose_a_file, {"every result is here, as the vendor made it"}),
        (forget_a_charge, {"every credit is where the ledger says"}),
        (end_otherwise, {"every end is true at the vendor"}),
        (stand_still, {"every task has ended"}),
        (make_two_of_one_wish, {"every wish is one task"}),
        (leave_a_claim, {"no lease or claim is left"}),
        (keep_credits, {"every credit is where the ledger says"}),
        (lambda found: found.stored.update(a="a"), {"no stored file is without a row"}),
        (lambda found: found.temporary.append("tmp/x"), {"no temporary file is left"}),
        (lambda found: found.hints.append("submit (1,)"), {"no queue entry is left"}),
        (lambda found: found.failures.append("save"), {"no step or page ended in an error of ours"}),
        (lambda found: found.left.append("gunicorn"), {"no process is left"}),
        (lambda found: found.errors.append("500 GET /"), {"no page was a server error"}),
        (lambda found: setattr(found, "longest_s", 60.0), {"the web answered again within 20 s"}),
    ],
)
def test_a_breach_is_noticed(found: Evidence, breach: Callable[[Evidence], None], broken: set[str]) -> None:
    worse = copy.deepcopy(found)

    breach(worse)

    assert broken <= {name for name, breaches in check(worse).items() if breaches}


def test_the_seed_repeats_wishes_and_kills() -> None:
    one, other = Options(seed=3), Options(seed=4)

    assert make_wishes(one) == make_wishes(Options(seed=3)) != make_wishes(other)
    assert make_strikes(one) == make_strikes(Options(seed=3)) != make_strikes(other)
    assert {strike.victim for strike in make_strikes(one)} >= set(VICTIMS)


def test_what_was_found_can_be_written_down(tmp_path: Path) -> None:
    found = Evidence(stored={"a": "b"}, longest_s=1.5)

    found.write(tmp_path / "evidence.json")

    assert evidence.read(tmp_path / "evidence.json") == found
    assert json.loads((tmp_path / "evidence.json").read_text())["stored"] == {"a": "b"}
