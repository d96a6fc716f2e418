"""Retrieve, list and delete tasks, and read the balance."""

import asyncio
import shutil
from typing import Any

from starlette.responses import Response

from sandbox import faults
from sandbox.files import RESULTS_PREFIX
from sandbox.meshy.answers import invalid, mark, not_found
from sandbox.meshy.assets import INPUTS_PREFIX, RETENTION_S
from sandbox.meshy.endpoint import VENDOR, Call, Handler
from sandbox.meshy.families import Family
from sandbox.meshy.shapes import build_task
from sandbox.parts import Parts
from sandbox.rows import SandboxTask

UNKNOWN_STATUS = "FINALIZING"
PAGE_SIZE, LARGEST_PAGE = 10, 50
LAST_PAGE = 10**9


def is_gone(task: SandboxTask, parts: Parts) -> bool:
    """Whether the vendor would have deleted the task by now."""
    return task.completed_at is not None and parts.clock.now() >= task.completed_at + RETENTION_S


def find_task(call: Call, family: Family | None) -> SandboxTask:
    """Find the task that the path names, in its family, or in any where that is None.

    :raises ApiError: 404, there is none of this account's
    """
    task = call.parts.store.tasks.get(call.request.path_params["task_id"].lower())
    if task is None or task.vendor != VENDOR or task.account_id != call.account.id or is_gone(task, call.parts):
        raise not_found()
    if family is not None and task.flow != family.type:
        raise not_found()
    return task


def build_reader(family: Family) -> Handler:
    async def read(call: Call) -> dict[str, Any]:
        task = find_task(call, family)
        hits = call.hits | faults.take_from_task(task.faults, faults.STATUS) if task.faults else call.hits
        if "not_found_once" in hits:
            raise not_found()
        shown = build_task(task, call.profile, parts=call.parts, base_url=call.base_url)
        return shown | {"status": UNKNOWN_STATUS} if "unknown_status" in hits else shown

    return read


def build_lister(family: Family) -> Handler:
    async def list_tasks(call: Call) -> list[dict[str, Any]]:
        page, size, newest_first = read_paging(call)
        tasks = [task for task in call.parts.store.tasks.values() if _is_listed(task, call, family)]
        # Ids are in the order of creation, too, and tell apart what was created in the same moment.
        tasks.sort(key=lambda task: (task.created_at, task.id), reverse=newest_first)
        wanted = tasks[(page - 1) * size : page * size]
        shown = [build_task(task, call.profile, parts=call.parts, base_url=call.base_url) for task in wanted]
        await call.parts.store.settle()  # a task that was listed once is there after a crash, too
        return [entry | {"status": UNKNOWN_STATUS} for entry in shown] if "unknown_status" in call.hits else shown

    return list_tasks


def _is_listed(task: SandboxTask, call: Call, family: Family) -> bool:
    if (task.vendor, task.account_id, task.flow) != (VENDOR, call.account.id, family.type):
        return False
    if call.parts.clock.now() < task.created_at + task.faults.get("listed_late", 0):
        return False
    is_hidden = task.faults and "not_listed_once" in faults.take_from_task(task.faults, faults.LIST)
    return not is_hidden and not is_gone(task, call.parts)


async def list_nothing(call: Call) -> list[Any]:
    read_paging(call)
    return []


def read_paging(call: Call) -> tuple[int, int, bool]:
    """Page, its size, and whether the newest comes first.

    That a page of 51 is refused, and not cut to 50, is this sandbox's choice. A raw `+` arrives as a space.
    """
    query = call.request.query_params
    page = _read_number(query.get("page_num"), "page_num", default=1, most=LAST_PAGE)
    size = _read_number(query.get("page_size"), "page_size", default=PAGE_SIZE, most=LARGEST_PAGE)
    order = query.get("sort_by") or "-created_at"
    if order not in ("+created_at", " created_at", "-created_at"):
        raise invalid("sort_by must be +created_at or -created_at")
    return page, size, order == "-created_at"


def _read_number(written: str | None, name: str, *, default: int, most: int) -> int:
    if not written:
        return default
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0
    if not 1 <= number <= most:
        raise invalid(f"{name} must be an integer from 1 to {most}")
    return number


async def delete_task(call: Call) -> Response:
    """Forget a task for good, whatever family the path says; one that still runs is cancelled and paid back."""
    task, store = find_task(call, None), call.parts.store
    money = await call.parts.runner.cancel(task)
    store.tasks.pop(task.id, None)
    await store.delete(task, *money)
    await asyncio.to_thread(_remove_files, task, call.parts)
    return mark(Response(status_code=200))


def _remove_files(task: SandboxTask, parts: Parts) -> None:
    for prefix in (RESULTS_PREFIX, INPUTS_PREFIX):
        shutil.rmtree(parts.files.get_path(prefix + task.id), ignore_errors=True)


async def read_foreign(_call: Call) -> None:
    raise not_found()


async def read_balance(call: Call) -> dict[str, int]:
    return {"balance": int(call.account.available_credits)}
