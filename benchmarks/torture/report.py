"""What a run prints: what was done to the product, then one line for each invariant."""

from benchmarks.torture.invariants import check
from benchmarks.torture.outcome import Outcome
from benchmarks.torture.plan import Options

BREACHES_SHOWN = 8
COLOURINGS = frozenset({"retry_after", "no_retry_after"})


def print_report(options: Options, outcome: Outcome) -> int:
    """Print it and return how many invariants are broken."""
    done = outcome.turnaround_s
    middle = done[len(done) // 2] if done else 0.0
    faults = {name: count for name, count in outcome.faults.items() if name not in COLOURINGS}
    spent = ", ".join(f"{phase} {seconds:.0f}" for phase, seconds in outcome.seconds.items())
    print(f"stack {options.stack}, seed {options.seed}, {options.tasks} wishes, share of faults {options.faults:g}")
    print(f"kills: {list_counts(outcome.kills)}; not there when it was to be struck: {list_counts(outcome.missed)}")
    print(f"faults: {sum(faults.values())} ({list_counts(faults)})")
    clicks = f"{outcome.posts} posts, {outcome.lost} without an answer, {outcome.asked} asked whether once more"
    print(f"people: {clicks}; decided: {list_counts(outcome.decisions)}")
    print(
        f"tasks: {list_counts(outcome.states)}; "
        f"wish to files: {middle:.1f} s at the median, {max(done, default=0):.1f} s at most"
    )
    print(
        f"longest silence of the web: {outcome.found.longest_s:.1f} s; restarts by the supervisor: {outcome.restarts}"
    )
    print(f"seconds: {sum(outcome.seconds.values()):.0f} ({spent}); CPU seconds of the servers: {outcome.cpu_s:.0f}")
    found = check(outcome.found)
    for name, breaches in found.items():
        print(f"{'BROKEN' if breaches else 'ok    '} {name}{f' ({len(breaches)})' if breaches else ''}")
        for breach in breaches[:BREACHES_SHOWN]:
            print(f"         {breach}")
    broken = sum(bool(breaches) for breaches in found.values())
    print(f"{len(found)} invariants, {broken} broken")
    return broken


def list_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda item: -item[1])) or "none"
