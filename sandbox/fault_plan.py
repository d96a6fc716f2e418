"""A plan of faults for a long run: every n-th request of a kind fares as the seed says, in each run the same.

`POST /_sandbox/plan` starts it. A kill -9 of the sandbox does not end it: the next life goes on with a plan of its own
that follows from the seed as well, so that no request has to be written down for it.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox import faults
from sandbox.faults import UnknownFault, get_kind

logger = logging.getLogger("sandbox")

FACT = "fault_plan"
# However often requests of a kind fail by the plan, the next one after so many is answered.
MOST_IN_A_ROW = 3
# Each entry is what one request suffers: names with a value, or a span of values, where they take one.
UNANSWERED = ("server_error_before", "bad_gateway", "html_answer", "reset_before", "slow=0.2-1.5")
TOO_FAST = ("rate_limited,no_retry_after", "rate_limited,retry_after=1-2")
READS = (*UNANSWERED, *TOO_FAST)
BYTES = (
    "truncated_download",
    "corrupt_download",
    "expired_url",
    "server_error_before",
    "html_answer",
    "reset_before",
    "slow=0.2-1.5",
)
PLANNED: dict[str, tuple[str, ...]] = {
    faults.CREATE: (
        *TOO_FAST,
        "queue_full,no_retry_after",
        "queue_full,retry_after=1-2",
        *UNANSWERED,
        "server_error_after",
        "html_after",
        "drop_after_accept",
        "reset_after",
        "hang_after_accept=60",
        "accept_late=1-4",
    ),
    faults.UPLOAD: READS,
    faults.PRESIGN: READS,
    faults.URL: READS,
    faults.STATUS: (*READS, "not_found_once", "unknown_status=1"),
    faults.LIST: (*READS, "unknown_status=1"),
    faults.STREAM: ("stream_cut", "stream_silent", "stream_error", "reset_before"),
    faults.STORAGE: BYTES,
    faults.DOWNLOAD: BYTES,
    faults.ACCOUNT: READS,
    faults.QUOTE: READS,
}
# What becomes of a task that was taken on, beside how its create was answered.
FATES = ("failed", "listed_late=1-2.5", "takes=1-4")


@dataclass
class Turn:
    """Draws for the requests of one kind, in their order."""

    random: Random
    options: tuple[str, ...]
    in_a_row: int = 0

    def draw(self, share: float) -> dict[str, float]:
        # As many numbers for every request, whatever they come to.
        chance, option, place = self.random.random(), self.random.choice(self.options), self.random.random()
        if chance >= share or self.in_a_row >= MOST_IN_A_ROW:
            self.in_a_row = 0
            return {}
        self.in_a_row += 1
        return dict(_read(part, place) for part in option.split(","))


def _read(part: str, place: float) -> tuple[str, float]:
    """Return the fault's name and its value: the one that is named, or the place in the span."""
    name, _, value = part.partition("=")
    if not value:
        return name, get_kind(name).value
    low, _, high = value.partition("-")
    return name, float(low) + place * (float(high or low) - float(low))


@dataclass
class FaultPlan:
    """`life` counts the starts of the sandbox under this plan; `struck` counts the faults of this life by name."""

    seed: int
    share: float
    kinds: frozenset[str]
    life: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._turns = {kind: self._make_turn(kind, PLANNED[kind]) for kind in sorted(self.kinds)}
        self._fates = self._make_turn("fate", FATES)

    def _make_turn(self, name: str, options: tuple[str, ...]) -> Turn:
        return Turn(Random(f"{self.seed}:{name}:{self.life}"), options)  # noqa: S311 -- it has to be the same again

    def draw(self, kind: str) -> dict[str, float]:
        """Return what the next request of this kind suffers."""
        if kind not in self._turns:
            return {}
        hits = self._turns[kind].draw(self.share)
        if kind == faults.CREATE:
            hits |= self._fates.draw(self.share)
        for name in hits:
            self.struck[name] += 1
            logger.info("fault %s strikes a %s", name, kind)
        return hits

    def write_down(self) -> str:
        """Return what the next life of the sandbox goes on with."""
        return json.dumps({"seed": self.seed, "share": self.share, "kinds": sorted(self.kinds), "life": self.life})


def make_plan(seed: int, share: float, kinds: Iterable[str] | None = None) -> FaultPlan:
    """:raises UnknownFault: a kind of request for which nothing is planned, or a share that is none"""
    chosen = frozenset(PLANNED) if kinds is None else frozenset(kinds)
    if not chosen <= frozenset(PLANNED):
        raise UnknownFault(", ".join(sorted(chosen - frozenset(PLANNED))))
    if not 0 <= share <= 1:
        raise UnknownFault(f"share {share}")
    return FaultPlan(seed=seed, share=share, kinds=chosen)


def resume(written: str) -> FaultPlan | None:
    """Return the plan that an earlier life wrote down, for the next one; None where there was none."""
    known: dict[str, Any] | None = json.loads(written) if written else None
    if known is None:
        return None
    return FaultPlan(known["seed"], known["share"], frozenset(known["kinds"]), life=known["life"] + 1)
