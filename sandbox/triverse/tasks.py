"""Reads of tasks: status, the address of the result, the result's bytes."""

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sandbox import faults
from sandbox.files import RESULTS_PREFIX
from sandbox.rows import SandboxTask
from sandbox.storage import serve_file
from sandbox.triverse.endpoint import VENDOR, Call
from sandbox.triverse.errors import CONFLICT, NOTHING_TO_DOWNLOAD, TASK_NOT_FOUND, ApiError
from sandbox.triverse.shapes import (
    READ_AFTER_WRITE_HEADER,
    are_results_kept,
    build_download,
    build_filename,
    build_status,
)

UNKNOWN_STATUS = "REVIEWING"
MOST_UNFINISHED = 99


def find_task(call: Call) -> SandboxTask:
    """:raises ApiError: 1006, there is no such task, or it is another account's"""
    task = call.parts.store.tasks.get(call.request.path_params["task_uuid"].lower())
    if task is None or task.account_id != call.account.id or task.vendor != VENDOR:
        raise ApiError(TASK_NOT_FOUND, "No task of yours has this id.")
    return task


async def read_status(call: Call) -> dict[str, Any]:
    task = find_task(call)
    hits = call.hits | faults.take_from_task(task.faults, faults.STATUS) if task.faults else call.hits
    if "not_found_once" in hits and READ_AFTER_WRITE_HEADER not in call.request.headers:
        raise ApiError(TASK_NOT_FOUND, "No task of yours has this id.")
    if "unknown_status" in hits:
        task = replace(
            task, status=UNKNOWN_STATUS, completed_at=None, error=None, progress=min(task.progress, MOST_UNFINISHED)
        )
    base_url = call.base_url if task.status == "SUCCESS" else ""
    return build_status(task, call.parts, base_url=base_url, dialect=call.dialect)


def find_task_with_file(call: Call) -> SandboxTask:
    """:raises ApiError: 1006 no such task, 2005 it has not succeeded, 4042 it has no file"""
    task = find_task(call)
    if task.status != "SUCCESS":
        raise ApiError(CONFLICT, f"The task is {task.status}; only SUCCESS has a file.")
    if not task.files or not are_results_kept(task, call.parts):
        raise ApiError(NOTHING_TO_DOWNLOAD, "The task has no file.")
    return task


async def read_url(call: Call) -> dict[str, Any]:
    return build_download(find_task_with_file(call), call.parts, base_url=call.base_url, dialect=call.dialect)


async def download(call: Call) -> Response:
    task = find_task_with_file(call)
    file = task.files[0]
    hits = call.hits | faults.take_from_task(task.faults, faults.DOWNLOAD)
    path = call.parts.files.get_path(f"{RESULTS_PREFIX}{task.id}/{file.name}")
    filename = build_filename(task, file, call.dialect)
    return await serve_file(path, hits=hits, media_type="application/octet-stream", filename=filename)
