"""What the tests of the background work share: tasks that can really run, and the steps of a worker in this process."""

import io
import json
import struct
from typing import Any

from django.utils import timezone

from jobs import lifecycle, polling
from jobs.models import Asset, Lease, Project, State, Task, User
from jobs.operations import Operation
from jobs.vendors import OPERATIONS
from tests.waiting import wait_until


def make_glb(marker: str = "") -> bytes:
    """Return the least GLB: one triangle; `marker` makes its content its own."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": f"test {marker}"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(points)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(points)}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [1, 1, 0],
            }
        ],
    }
    return build_glb(json.dumps(document).encode(), points)


def build_glb(text: bytes, binary: bytes = b"") -> bytes:
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def upload(project: Project, user: User | None = None, *, marker: str = "", name: str = "robot.glb") -> Asset:
    return lifecycle.add_upload(project=project, user=user, file=io.BytesIO(make_glb(marker)), name=name)


def start_task(
    project: Project,
    *,
    key: str = "triverse.model-remesh",
    params: dict[str, Any] | None = None,
    asset: Asset | None = None,
    marker: str = "",
) -> Task:
    operation: Operation = OPERATIONS[key]
    given = {"face_type": "triangle", "target_face_count": 5000} if params is None else params
    model = asset or upload(project, marker=marker)
    return lifecycle.create_task(
        project=project, user=None, operation=operation, params=given, assets={"model_file": model}
    )


def make_due(task: Task) -> Task:
    """Let the moment come for which the task was put off."""
    Task.objects.filter(pk=task.pk).update(next_at=timezone.now())
    Lease.objects.filter(name__startswith="pace:").update(until=timezone.now())
    task.refresh_from_db()
    return task


def follow(task: Task, *, until: State, within_s: float = 20) -> Task:
    """Poll the vendor as the sweep does until the task is in the state `until`."""
    poller = polling.Poller()

    def has_come() -> bool:
        poller.tick(wait_s=0.05)
        task.refresh_from_db()
        return task.state == until

    try:
        wait_until(has_come, within_s=within_s)
    finally:
        poller.close()
    return task


def run_to_saving(task: Task) -> Task:
    lifecycle.submit(task.pk)
    return follow(task, until=State.SAVING)


def get_states(task: Task) -> list[str]:
    """Return the states that the task has gone through."""
    return [event.state for event in task.events.filter(kind="state")]
