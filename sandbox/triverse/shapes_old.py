"""Tasks as the vendor's older pages show them: other names, no QUEUED, no moments, and the whole input said again."""

from typing import Any

from sandbox.clock import as_iso
from sandbox.rows import SandboxTask
from sandbox.triverse.flows import FLOWS

# The two stages whose state the older pages show while a task runs.
STAGED_FLOWS = frozenset({"texture-model", "text-to-texture"})


def build_creation(task: SandboxTask) -> dict[str, Any]:
    return {
        "task_uuid": task.id,
        "name": f"{task.flow}-{task.id[:8]}",
        "created_at": as_iso(task.created_at),
        "is_public": False,
        "task_priority": 0,
        "status": "PENDING",
        "flow_name": task.flow,
        "input": build_input(task),
        "costCredits": task.cost_credits,
    }


def build_status(task: SandboxTask, output: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "taskId": task.id,
        "status": "PENDING" if task.status == "QUEUED" else task.status,
        "input": build_input(task),
        "output": _add_stages(task, output),
    }


def build_input(task: SandboxTask) -> dict[str, Any]:
    """What was sent, and what was not sent with the value that it has."""
    in_effect = {name: task.params[name] for name in FLOWS[task.flow].fields if task.params.get(name) is not None}
    return in_effect | task.sent


def _add_stages(task: SandboxTask, output: dict[str, Any] | None) -> dict[str, Any] | None:
    if task.flow not in STAGED_FLOWS or task.status not in ("RUNNING", "SUCCESS"):
        return output
    texture = "COMPLETED" if task.status == "SUCCESS" else "IN_PROGRESS"
    return {"geometry_job_status": "COMPLETED", "texture_job_status": texture, **(output or {})}


def build_download(download: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in download.items() if name != "asset_id"}
