"""`python -m benchmarks.torture [--tasks 300] [--faults 0.2] [--kill-every 5] [--seed N] [--stack sqlite]`."""

import argparse
import contextlib
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.torture.plan import Options
from benchmarks.torture.report import print_report
from benchmarks.torture.run import run
from tests.servers import STACKS


def read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--tasks", type=int, default=300, help="wishes of people")
    parser.add_argument("--faults", type=float, default=0.2, metavar="SHARE", help="of the requests to the vendors")
    parser.add_argument("--kill-every", type=float, default=5.0, metavar="SECONDS", help="0: nothing is killed")
    parser.add_argument("--seed", type=int, help="repeats the plan of wishes, faults and kills; printed")
    parser.add_argument("--stack", choices=STACKS, default="sqlite")
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="write down what was found, as JSON")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write down what the product said")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder for the data, which stays")
    return parser.parse_args()


@contextlib.contextmanager
def make_folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="patina-torture-") as folder:
        yield Path(folder)


def main() -> int:
    """Return the exit status: 0 when every invariant holds."""
    chosen = read_command_line()
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended on the way out
    options = Options(chosen.tasks, chosen.faults, chosen.kill_every, seed, chosen.stack)
    with make_folder(chosen.keep) as folder:
        outcome = run(options, folder, say=lambda line: print(line, file=sys.stderr, flush=True))
    if chosen.evidence:
        outcome.found.write(chosen.evidence)
    if chosen.log:
        chosen.log.write_text("".join(outcome.log))
    return 1 if print_report(options, outcome) else 0


if __name__ == "__main__":
    sys.exit(main())
