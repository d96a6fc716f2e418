"""Tasks as the vendor's answers show them: in the words of its newer pages, and where asked in older or fewer ones."""

import uuid
from typing import Any

from sandbox.clock import as_iso, as_iso_or_none
from sandbox.files import DOWNLOAD_URL_LIFE_S, RESULT_LIFE_S, RESULTS_PREFIX, read_suffix
from sandbox.parts import Parts
from sandbox.rows import ResultFile, SandboxTask
from sandbox.triverse import shapes_old
from sandbox.triverse.dialects import OLD, SPARSE
from sandbox.triverse.errors import BACKEND_DOWN, INVALID, UNSUPPORTED_FORMAT

# Told with a task that cannot be read at once; a read that carries the header finds it all the same.
READ_AFTER_WRITE_S = 5
READ_AFTER_WRITE_HEADER = "X-Read-After-Write"
NO_QUEUE = {"is_queued": False, "position": None, "estimated_wait_seconds": None}
# The engine's word for a failure: the code that fits it best, and what a person can do. No source names these codes.
FAILURES = {
    "refused": (INVALID, "Check that the file is a complete model, and send it again."),
    "unreadable": (INVALID, "Check that the file is a complete model, and send it again."),
    "unsupported": (UNSUPPORTED_FORMAT, "Convert the model to GLB first."),
    "memory": (BACKEND_DOWN, "Send a model with fewer faces or smaller textures."),
    "timeout": (BACKEND_DOWN, "Send a model with fewer faces or smaller textures."),
}
FALLBACK = (BACKEND_DOWN, "The sandbox's log says more.")


def build_creation(task: SandboxTask, parts: Parts) -> dict[str, Any]:
    """What the creation is answered with, also when the same is sent again much later."""
    lags = "not_found_once" in task.faults
    return {
        "task_uuid": task.id,
        "flow_name": task.flow,
        "status": task.status,
        "created_at": as_iso(task.created_at),
        "cost_credits": task.cost_credits,
        "queue": build_queue(task, parts),
        "read_after_write_deadline_seconds": READ_AFTER_WRITE_S if lags else None,
        "read_after_write_header": READ_AFTER_WRITE_HEADER if lags else None,
    }


def translate_creation(task: SandboxTask, dialect: str) -> dict[str, Any]:
    return shapes_old.build_creation(task) if dialect == OLD else task.creation


def build_status(task: SandboxTask, parts: Parts, *, base_url: str, dialect: str) -> dict[str, Any]:
    output = None
    if task.status == "SUCCESS":
        output = {} if dialect == SPARSE else build_output(task, parts, base_url)
    if dialect == OLD:
        return shapes_old.build_status(task, output)
    return {
        "task_uuid": task.id,
        "flow_name": task.flow,
        "status": task.status,
        "progress": task.progress,
        "created_at": as_iso(task.created_at),
        "started_at": as_iso_or_none(task.started_at),
        "completed_at": as_iso_or_none(task.completed_at),
        "input": task.sent,
        "output": output,
        "error": build_error(task),
        "queue": build_queue(task, parts),
    }


def build_queue(task: SandboxTask, parts: Parts) -> dict[str, Any]:
    if task.status != "QUEUED":
        return NO_QUEUE
    return {
        "is_queued": True,
        "position": parts.runner.get_position(task),
        "estimated_wait_seconds": parts.runner.estimate_wait_s(task),
    }


def build_error(task: SandboxTask) -> dict[str, Any] | None:
    if task.error is None:
        return None
    code, suggestion = FAILURES.get(task.error["kind"], FALLBACK)
    return {"code": code, "message": task.error["message"], "suggestion": suggestion}


def are_results_kept(task: SandboxTask, parts: Parts) -> bool:
    return parts.clock.now() < (task.completed_at or 0) + RESULT_LIFE_S


def build_output(task: SandboxTask, parts: Parts, base_url: str) -> dict[str, Any]:
    """The shape is this sandbox's convention: no page of the vendor shows a finished `output`."""
    output: dict[str, Any] = {}
    if task.text is not None:
        output["optimized_prompt"] = task.text
    if not are_results_kept(task, parts):
        return output
    for file in task.files:
        _place(output, file.role, sign_result(task, file, parts, base_url))
    if task.notes:
        output["notes"] = task.notes
    return output


def _place(output: dict[str, Any], role: str, url: str) -> None:
    kind, _, name = role.partition(":")
    if kind in ("model", "preview"):
        output[f"{kind}_url"] = url
    elif kind == "texture":
        output.setdefault("texture_urls", {})[name] = url
    elif kind == "image":
        output.setdefault("image_urls", []).append(url)
    else:
        output.setdefault("rendered_images", {}).setdefault(kind, []).append(url)


def build_download(task: SandboxTask, parts: Parts, *, base_url: str, dialect: str) -> dict[str, Any]:
    """The main file's address."""
    file = task.files[0]
    download = {
        "download_url": sign_result(task, file, parts, base_url),
        "asset_id": str(uuid.uuid5(uuid.UUID(task.id), file.name)),
        "kind": "model" if file.role == "model" else "image",
    }
    preview = find_preview(task)
    if preview:
        download["preview_url"] = sign_result(task, preview, parts, base_url)
    return shapes_old.build_download(download) if dialect == OLD else download


def find_preview(task: SandboxTask) -> ResultFile | None:
    """A picture of the main file: of a model the preview, of a picture itself."""
    if task.files[0].role != "model":
        return task.files[0]
    return next((file for file in task.files if file.role == "preview"), None)


def build_filename(task: SandboxTask, file: ResultFile, dialect: str) -> str:
    """The name that a download gives itself; the older pages say .glb whatever it is."""
    return f"{task.id}.{'glb' if dialect == OLD else read_suffix(file.name)}"


def sign_result(task: SandboxTask, file: ResultFile, parts: Parts, base_url: str) -> str:
    key = f"{RESULTS_PREFIX}{task.id}/{file.name}"
    url, _ = parts.files.sign(key, life_s=DOWNLOAD_URL_LIFE_S, base_url=base_url)
    return url
