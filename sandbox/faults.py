"""Faults on demand: what can go wrong, who asked for it, and how often it still has to happen.

A fault is asked for by the header `X-Sandbox-Fault: NAME` or `NAME=VALUE` (several with commas), for that request
and, where it makes sense only later, for the task that the request creates; or for everybody by
`POST /_sandbox/faults`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

HEADER = "x-sandbox-fault"
ANSWER_WITH_CODE = re.compile(r"code_(\d{1,5})")
# A task that fails for a reason that can be chosen: a type or a code of the vendor's task errors.
TASK_ERROR = re.compile(r"task_error_([a-z_]{1,40})")
LARGEST_VALUE = 3600.0

CREATE, STATUS, UPLOAD, PRESIGN, URL, DOWNLOAD, STORAGE, ACCOUNT, QUOTE, LIST, STREAM, DELETE = KINDS = (
    "create",
    "status",
    "upload",
    "presign",
    "url",
    "download",
    "storage",
    "account",
    "quote",
    "list",
    "stream",
    "delete",
)
EVERYTHING = frozenset(KINDS)
BYTES = frozenset({STORAGE, DOWNLOAD})
# Requests that come after the one that creates a task.
LATER = frozenset({STATUS, LIST, STORAGE, STREAM})


@dataclass(frozen=True)
class FaultKind:
    """`on`: the kinds of request that a fault hits when nothing else is said. `value`: seconds or times, by default."""

    on: frozenset[str]
    summary: str
    value: float = 1


FAULTS: dict[str, FaultKind] = {
    "rate_limited": FaultKind(frozenset({UPLOAD, CREATE}), "429 before anything happens: too many uploads"),
    "queue_full": FaultKind(frozenset({CREATE}), "429 before anything happens: the task queue is full"),
    "no_more_pending": FaultKind(frozenset({CREATE}), "Meshy: queue_full in the words that were seen on the wire"),
    "free_plan": FaultKind(frozenset({CREATE}), "Meshy: 402, this plan may not create tasks"),
    "no_credits": FaultKind(frozenset({CREATE}), "refused as if the balance were short"),
    "server_error_before": FaultKind(frozenset({CREATE}), "503 before anything happens"),
    "server_error_after": FaultKind(frozenset({CREATE}), "500 although the task was created"),
    "drop_after_accept": FaultKind(
        frozenset({CREATE}), "the task is created, then the connection closes without an answer"
    ),
    "reset_before": FaultKind(frozenset({CREATE}), "the connection is reset (RST) before anything happens"),
    "reset_after": FaultKind(frozenset({CREATE}), "the task is created, then the connection is reset (RST)"),
    "hang_after_accept": FaultKind(
        frozenset({CREATE}), "the task is created, then no answer comes; the value is seconds", value=60
    ),
    "accept_late": FaultKind(
        frozenset({CREATE}), "the connection is reset; the task is created so many seconds later", value=2
    ),
    "bad_gateway": FaultKind(frozenset({CREATE}), "502 with an HTML page, before anything happens"),
    "html_answer": FaultKind(frozenset({CREATE}), "200 with an HTML page, before anything happens"),
    "html_after": FaultKind(frozenset({CREATE}), "200 with an HTML page although the task was created"),
    "retry_after": FaultKind(frozenset({CREATE}), "a refusal of the same request says Retry-After, in seconds"),
    "no_retry_after": FaultKind(frozenset({CREATE}), "a refusal of the same request says no Retry-After"),
    "unprocessable": FaultKind(frozenset({CREATE}), "422 with a web framework's own list of mistakes"),
    "forbidden": FaultKind(EVERYTHING - {STORAGE}, "403 as for a bad key, in a shape that no page describes"),
    "unauthorized": FaultKind(EVERYTHING - {STORAGE}, "401 as for a bad key"),
    "slow": FaultKind(EVERYTHING, "waits before the answer; the value is seconds", value=5),
    "not_found_once": FaultKind(frozenset({STATUS}), "404 for a status read of a task that exists"),
    "not_listed_once": FaultKind(frozenset({LIST}), "Meshy: a task that exists is missing from a list"),
    "unknown_status": FaultKind(frozenset({STATUS, STREAM}), "a status word that nobody knows", value=3),
    "stream_cut": FaultKind(frozenset({STREAM}), "the event stream's connection closes after its first event"),
    "stream_silent": FaultKind(frozenset({STREAM}), "the event stream opens and stays without a word"),
    "stream_error": FaultKind(frozenset({STREAM}), "the event stream sends an error event (500) and closes"),
    "stream_plain_404": FaultKind(frozenset({STREAM}), "an unknown id is refused with HTTP 404, not with an event"),
    "truncated_download": FaultKind(BYTES, "the connection closes in the middle of a file"),
    "corrupt_download": FaultKind(BYTES, "the second half of a file is missing, and the length does not say so"),
    "expired_url": FaultKind(frozenset({STORAGE}), "403 as for an address whose time is over"),
    "failed": FaultKind(frozenset({CREATE}), "the task is accepted and ends FAILED"),
    "cancelled": FaultKind(frozenset({CREATE}), "the task is accepted and ends CANCELLED"),
    "expired": FaultKind(frozenset({CREATE}), "the task is accepted and ends EXPIRED"),
    "never_ending": FaultKind(frozenset({CREATE}), "the task is accepted and runs for ever"),
    "takes": FaultKind(frozenset({CREATE}), "the task's work takes as many seconds longer as the value says", value=2),
    "listed_late": FaultKind(
        frozenset({CREATE}), "Meshy: lists have the task only so many seconds after its creation", value=2.5
    ),
    "no_asset": FaultKind(frozenset({CREATE}), "the task ends SUCCESS with nothing to download"),
}
FATES = frozenset({"failed", "cancelled", "expired", "never_ending", "takes", "listed_late", "no_asset"})


class UnknownFault(ValueError):
    pass


def get_kind(name: str) -> FaultKind:
    """:raises UnknownFault: there is no such fault"""
    if name in FAULTS:
        return FAULTS[name]
    if ANSWER_WITH_CODE.fullmatch(name):
        return FaultKind(frozenset({CREATE}), "answers with that code of the vendor's error table")
    if TASK_ERROR.fullmatch(name):
        return FaultKind(frozenset({CREATE}), "the task is accepted and fails with that type or code of task error")
    raise UnknownFault(name)


@dataclass
class ActiveFault:
    """Asked for by the admin call. `remaining` is None when it lasts until it is cleared."""

    name: str
    on: frozenset[str]
    remaining: int | None = 1
    value: float = 1


class Plan(Protocol):
    def draw(self, kind: str) -> dict[str, float]: ...


@dataclass
class Faults:
    """`plan` strikes by itself (fault_plan.py), whatever was asked for beside it."""

    active: list[ActiveFault] = field(default_factory=list)
    plan: Plan | None = None

    def add(self, name: str, *, count: int | None, on: Iterable[str] = (), value: float | None = None) -> ActiveFault:
        kind = get_kind(name)
        kinds = frozenset(on) or kind.on
        if not kinds <= EVERYTHING:
            raise UnknownFault(", ".join(sorted(kinds - EVERYTHING)))
        fault = ActiveFault(name, kinds, count, _check_value(name, kind.value if value is None else value))
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        self.active.clear()

    def take(self, kind: str, header: str | None) -> dict[str, float]:
        """The faults that hit one request of this kind, by name, with their values; uses up one of each global one.

        :raises UnknownFault: the header cannot be read
        """
        hits = self.plan.draw(kind) if self.plan else {}
        if self.active:
            hits.update(self._take_global(kind))
        if header:
            hits.update({name: value for name, value in read_header(header).items() if _header_hits(name, kind)})
        return hits

    def _take_global(self, kind: str) -> dict[str, float]:
        hits: dict[str, float] = {}
        for fault in self.active:
            if kind not in fault.on or fault.name in hits or fault.remaining == 0:
                continue
            hits[fault.name] = fault.value
            if fault.remaining is not None:
                fault.remaining -= 1
        self.active = [fault for fault in self.active if fault.remaining != 0]
        return hits


def _header_hits(name: str, kind: str) -> bool:
    """A header is meant for the request that carries it, except where the fault belongs to a later one."""
    belongs_to = FAULTS[name].on if name in FAULTS else EVERYTHING
    later = belongs_to & LATER and CREATE not in belongs_to
    return kind in belongs_to or not later


def read_header(header: str) -> dict[str, float]:
    """:raises UnknownFault: a name or a value cannot be read"""
    wanted: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = entry.partition("=")
        kind = get_kind(name)
        try:
            wanted[name] = _check_value(entry, float(value) if value else kind.value)
        except ValueError as error:
            raise UnknownFault(entry) from error
    return wanted


def _check_value(name: str, value: float) -> float:
    """:raises UnknownFault: longer than an hour, negative, or no number at all"""
    if not 0 <= value <= LARGEST_VALUE:
        raise UnknownFault(name)
    return value


def is_fate(name: str) -> bool:
    """Whether a fault is decided when a task is created, kept with it, and seen by the runner."""
    return name in FATES or TASK_ERROR.fullmatch(name) is not None


def read_wanted_error(task_faults: dict[str, float]) -> str:
    """The kind of failure that a task's fate is: `failed`, a type or a code; empty when it is none."""
    if "failed" in task_faults:
        return "failed"
    return next((found.group(1) for name in task_faults if (found := TASK_ERROR.fullmatch(name))), "")


def read_wanted_code(hits: dict[str, float]) -> int | None:
    """The code that a request is to be answered with; None where no fault asks for one."""
    found = (ANSWER_WITH_CODE.fullmatch(name) for name in hits)
    return next((int(match.group(1)) for match in found if match), None)


def build_task_faults(header: str | None, hits: dict[str, float]) -> dict[str, float]:
    """What a new task keeps: its fate, and what the header wants of its status reads and its files."""
    wanted = {name: value for name, value in hits.items() if is_fate(name)}
    for name, value in read_header(header or "").items():
        if not _header_hits(name, CREATE):
            wanted[name] = value
    return wanted


def take_from_task(faults: dict[str, float], kind: str) -> dict[str, float]:
    """The faults of one task that hit a request of this kind; each is used up by one."""
    hits = {name: value for name, value in faults.items() if not is_fate(name) and kind in get_kind(name).on}
    for name in hits:
        faults[name] -= 1
        if faults[name] <= 0:
            del faults[name]
    return hits
