"""Reads of tasks: status, the address of the result, the result's bytes."""

from typing import Any

from starlette.responses import Response

from sandbox import faults
from sandbox.files import RESULTS_PREFIX, read_suffix
from sandbox.rows import ResultFile, SandboxTask
from sandbox.storage import serve_file
from sandbox.triverse.endpoint import VENDOR, Call
from sandbox.triverse.errors import CONFLICT, NOTHING_TO_DOWNLOAD, TASK_NOT_FOUND, ApiError
from sandbox.triverse.shapes import are_results_kept, build_download, build_status

UNKNOWN_STATUS = "REVIEWING"


def find_task(call: Call) -> SandboxTask:
    """:raises ApiError: 1006, there is no such task, or it is another account's"""
    task = call.parts.store.tasks.get(call.request.path_params["task_uuid"].lower())
    if task is None or task.account_id != call.account.id or task.vendor != VENDOR:
        raise ApiError(TASK_NOT_FOUND, "No task of yours has this id.")
    return task


async def read_status(call: Call) -> dict[str, Any]:
    task = find_task(call)
    hits = call.hits | faults.take_from_task(task.faults, faults.STATUS) if task.faults else call.hits
    if "not_found_once" in hits:
        raise ApiError(TASK_NOT_FOUND, "No task of yours has this id.")
    status = build_status(task, call.parts, call.base_url if task.status == "SUCCESS" else "")
    if "unknown_status" in hits:
        return status | {"status": UNKNOWN_STATUS, "completed_at": None, "output": None, "error": None}
    return status


def find_main_file(call: Call) -> tuple[SandboxTask, ResultFile]:
    task = find_task(call)
    if task.status != "SUCCESS":
        raise ApiError(CONFLICT, f"The task is {task.status}; only SUCCESS has a file.")
    if not task.files or not are_results_kept(task, call.parts):
        raise ApiError(NOTHING_TO_DOWNLOAD, "The task has no file.")
    return task, task.files[0]


async def read_url(call: Call) -> dict[str, Any]:
    task, file = find_main_file(call)
    return build_download(task, file, call.parts, call.base_url)


async def download(call: Call) -> Response:
    task, file = find_main_file(call)
    hits = call.hits | faults.take_from_task(task.faults, faults.DOWNLOAD)
    path = call.parts.files.get_path(f"{RESULTS_PREFIX}{task.id}/{file.name}")
    filename = f"{task.id}.{read_suffix(file.name)}"
    return await serve_file(path, hits=hits, media_type="application/octet-stream", filename=filename)
