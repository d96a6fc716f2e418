"""What the measuring programs have in common: percentiles, the machine, and results as files in build/bench/."""

import json
import math
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"


def get_percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of all are not above; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def pair(values: Sequence[float], *, digits: int = 1, factor: float = 1.0) -> str:
    """Return median and 95th percentile as a table shows them."""
    return " / ".join(f"{get_percentile(values, percent) * factor:,.{digits}f}" for percent in (50, 95))


def describe_machine() -> str:
    with Path("/proc/cpuinfo").open() as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({names[0] if names else platform.machine()}), {memory_gb:.0f} GB, {platform.system()}"


def get_commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip() or "unknown"


class Section:
    """One part of docs/performance.md: measured at one time, kept as one file, shown by benchmarks/report.py."""

    def __init__(self, name: str, title: str, *, method: str) -> None:
        self.name = name
        self.started_at = datetime.now(UTC)
        self.content: dict[str, Any] = {
            "title": title,
            "method": method,
            "machine": describe_machine(),
            "load_before": round(os.getloadavg()[0], 2),
            "commit": get_commit(),
            "tables": [],
            "notes": [],
        }

    def add_table(self, head: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> None:
        self.content["tables"].append({"caption": caption, "head": list(head), "rows": [list(row) for row in rows]})

    def add_note(self, text: str) -> None:
        self.content["notes"].append(text)

    def save(self) -> Path:
        """Write build/bench/NAME.json."""
        took_s = round((datetime.now(UTC) - self.started_at).total_seconds())
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{self.name}.json"
        self.content |= {"measured_at": self.started_at.isoformat(timespec="minutes"), "took_s": took_s}
        path.write_text(json.dumps(self.content, indent=1))
        return path


def wait_for_quiet(*, at_most_s: float = 0.0, load: float = 0.7) -> None:
    """Wait until the machine has little else to do, but not longer than this."""
    deadline = time.monotonic() + at_most_s
    while os.getloadavg()[0] > load and time.monotonic() < deadline:
        time.sleep(2.0)
