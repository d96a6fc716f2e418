"""The stub vendor's tasks: when they end, how far they say to be, and the bytes in which each vendor says it.

What does not change of an answer is written once, so that a list of fifty tasks costs microseconds.
"""

import functools
import json
import math
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.made_models import cube_document, glb

SHORTEST_S, LONGEST_S = 10.0, 600.0
PROGRESS_MARK = 987_654  # stands in a template where the percents go
LAWS_OF_PROGRESS = ("percent", "uneven", "coarse", "none")
COARSE_STEP = 25
REST_FROM = 96  # uneven tasks rest here for their last tenth, as vendors' do while they write files


@dataclass(slots=True)
class StubTask:
    """One task. It runs from its creation on, and succeeds at `ends_at`."""

    id: str
    vendor: str
    flow: str
    created_at: float
    duration_s: float
    prompt: str = ""
    bend: float = 1.0  # of uneven progress: below 1 it starts fast, above 1 slowly
    asked_at: float = 0.0  # when somebody was last told of it
    head: bytes = b""
    tail: bytes = b""
    finished: bytes = b""

    @property
    def ends_at(self) -> float:
        return self.created_at + self.duration_s


@dataclass
class Draw:
    """Draws tasks from a seed: the same seed and calls give the same IDs and durations."""

    seed: int = 1
    law: str = "uniform"  # or "log": as many between 10 and 60 seconds as between 100 and 600
    shortest_s: float = SHORTEST_S
    longest_s: float = LONGEST_S
    source: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.source = random.Random(self.seed)

    def draw_duration(self) -> float:
        if self.law == "log":
            return math.exp(self.source.uniform(math.log(self.shortest_s), math.log(self.longest_s)))
        return self.source.uniform(self.shortest_s, self.longest_s)

    def make(self, vendor: str, *, flow: str, created_at: float, duration_s: float | None = None) -> StubTask:
        number = uuid.UUID(int=self.source.getrandbits(128), version=4)
        length = self.draw_duration() if duration_s is None else duration_s
        return StubTask(str(number), vendor, flow, created_at, length, bend=self.source.uniform(0.5, 2.5))

    def make_in_flight(self, vendor: str, count: int, *, now: float, with_ended: bool) -> list[StubTask]:
        """Return tasks as a steady stream of creates leaves them: `count` that still run, oldest first.

        `with_ended`: those of the same time that have ended as well, as a vendor's list holds them.
        """
        tasks: list[StubTask] = []
        running = 0
        while running < count:
            created_at, duration_s = now - self.source.uniform(0.0, self.longest_s), self.draw_duration()
            is_running = created_at + duration_s > now
            running += is_running
            if is_running or with_ended:
                flow = "model-remesh" if vendor == "triverse" else "retexture"
                tasks.append(self.make(vendor, flow=flow, created_at=created_at, duration_s=duration_s))
        return sorted(tasks, key=lambda task: task.created_at)


def compute_progress(task: StubTask, now: float, *, law: str) -> int:
    """Return what the vendor says of a running task: 0 to 99."""
    share = min(max((now - task.created_at) / task.duration_s, 0.0), 1.0)
    if law == "none":
        return 0
    if law == "uneven":
        return REST_FROM if share > 0.9 else int(REST_FROM * (share / 0.9) ** task.bend)
    percent = min(int(100 * share), 99)
    return percent - percent % COARSE_STEP if law == "coarse" else percent


def render(task: StubTask, now: float, *, law: str, files_url: str) -> bytes:
    """Return the task as its vendor answers it, without an envelope."""
    if now >= task.ends_at:
        if not task.finished:
            task.finished = _dump(task, files_url=files_url, is_running=False)
        return task.finished
    if not task.head:
        task.head, _, task.tail = _dump(task, files_url=files_url, is_running=True).partition(b"%d" % PROGRESS_MARK)
    return b"%b%d%b" % (task.head, compute_progress(task, now, law=law), task.tail)


def _dump(task: StubTask, *, files_url: str, is_running: bool) -> bytes:
    build = build_triverse if task.vendor == "triverse" else build_meshy
    percent = PROGRESS_MARK if is_running else 100
    return json.dumps(build(task, percent, files_url=files_url, is_running=is_running), separators=(",", ":")).encode()


def format_moment(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def build_url(task: StubTask, files_url: str) -> str:
    return f"{files_url}/{task.id}/model.glb?Expires={int(task.ends_at) + 259_200}&Signature=stub"


def build_triverse(task: StubTask, percent: int, *, files_url: str, is_running: bool) -> Mapping[str, Any]:
    """Source: Triverse, Task Status, read 2026-11-21."""
    return {
        "task_uuid": task.id,
        "flow_name": task.flow,
        "status": "RUNNING" if is_running else "SUCCESS",
        "progress": percent,
        "created_at": format_moment(task.created_at),
        "started_at": format_moment(task.created_at),
        "completed_at": None if is_running else format_moment(task.ends_at),
        "input": {"model_file": "tasks/uid_stub/model.glb", "face_type": "triangle"},
        "output": None if is_running else {"model_url": build_url(task, files_url)},
        "error": None,
        "queue": {"is_queued": False, "position": None, "estimated_wait_seconds": None},
    }


def build_meshy(task: StubTask, percent: int, *, files_url: str, is_running: bool) -> Mapping[str, Any]:
    """Source: Meshy, Retrieve a Retexture Task, read 2026-11-21."""
    return {
        "id": task.id,
        "type": task.flow,
        "status": "IN_PROGRESS" if is_running else "SUCCEEDED",
        "progress": percent,
        "model_urls": {} if is_running else {"glb": build_url(task, files_url)},
        "thumbnail_url": "",
        "texture_urls": [],
        "text_style_prompt": task.prompt,
        "image_style_url": "",
        "created_at": int(task.created_at * 1000),
        "started_at": int(task.created_at * 1000),
        "finished_at": 0 if is_running else int(task.ends_at * 1000),
        "expires_at": 0 if is_running else int((task.ends_at + 259_200) * 1000),
        "preceding_tasks": 0,
        "task_error": {"message": ""},
        "consumed_credits": 10,
    }


def build_glb(task_id: str) -> bytes:
    """Return a cube whose description names the task: a valid file that no other task has."""
    document, binary = get_cube()
    return glb({**document, "asset": {"version": "2.0", "generator": f"stub vendor, task {task_id}"}}, binary)


@functools.cache
def get_cube() -> tuple[dict[str, Any], bytes]:
    return cube_document()
