"""Creates tasks: checks, files, the queue's limit, and the credits held back. Nothing makes a repeat one task."""

import logging
from typing import Any

from starlette.responses import Response

from sandbox import faults
from sandbox.accounts import NotEnoughCredits
from sandbox.limits import QUEUE_TASKS
from sandbox.meshy.answers import ApiError, build_answer
from sandbox.meshy.body import read_body
from sandbox.meshy.endpoint import REFUSALS, VENDOR, Call, Handler
from sandbox.meshy.families import Family
from sandbox.meshy.fields import Fields
from sandbox.meshy.ids import Ids
from sandbox.meshy.sources import Sources
from sandbox.meshy.validation import Wish
from sandbox.rows import SandboxTask

logger = logging.getLogger("sandbox")

ACCEPTED = 202
# Room for what is read from a request while it comes in. What lies there at a start was left by a crash.
INCOMING_FOLDER = "incoming"
NOT_PERFORMED = "This sandbox performs retexture and remesh alone"


async def refuse_family(_call: Call) -> None:
    raise ApiError(403, NOT_PERFORMED)


def build_creator(family: Family, ids: Ids) -> Handler:
    async def create(call: Call) -> Response:
        body = await read_body(call.request, call.parts.files.get_path(INCOMING_FOLDER))
        try:
            task = await _build_task(call, family, sent=body.fields, task_id=ids.build(call.parts.clock.now()))
        finally:
            body.discard()
        return build_answer({"result": task.id}, ACCEPTED)

    return create


async def _build_task(call: Call, family: Family, *, sent: dict[str, Any], task_id: str) -> SandboxTask:
    fields = Fields(sent)
    wish = family.check(fields, call.profile)
    if fields.unread:
        logger.debug("task %s: parameters that nobody knows: %s", task_id, ", ".join(sorted(fields.unread))[:200])
    sources = Sources(call, task_id)
    try:
        source = await sources.take_model(wish, family)
        pictures = [await sources.take_picture(picture, number) for number, picture in enumerate(wish.pictures)]
        task = _describe(call, family, wish=wish, task_id=task_id)
        task.source, task.pictures = source, pictures
        await _accept(call, task)
    except BaseException:
        sources.discard()
        raise
    return task


def _describe(call: Call, family: Family, *, wish: Wish, task_id: str) -> SandboxTask:
    return SandboxTask(
        id=task_id,
        vendor=VENDOR,
        account_id=call.account.id,
        flow=family.type,
        sent=wish.echo,
        params=wish.params | {"is_sample": call.is_test},
        source=None,
        fingerprint="",
        client_order_id=None,
        created_at=call.parts.clock.now(),
        cost_credits=0 if call.is_test else family.price(wish.params),
        faults=faults.build_task_faults(call.fault_header, call.hits),
    )


async def _accept(call: Call, task: SandboxTask) -> None:
    """Take the task on. Nothing may be awaited before it stands in memory, or more than the queue holds could pass."""
    store, runner = call.parts.store, call.parts.runner
    if call.parts.settings.limits and _count_open(call) >= QUEUE_TASKS:
        raise REFUSALS["queue_full"]
    try:
        money = call.parts.accounts.freeze(task)
    except NotEnoughCredits as error:
        raise REFUSALS["no_credits"] from error
    runner.give_place(task)
    store.tasks[task.id] = task
    await store.save(task, *money)
    runner.add(task)
    logger.info("task %s %s created", task.id, task.flow)


def _count_open(call: Call) -> int:
    tasks = call.parts.store.tasks.values()
    return sum(task.account_id == call.account.id and not task.has_ended for task in tasks)
