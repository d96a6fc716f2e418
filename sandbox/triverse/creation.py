"""Creates tasks: checks, the client's own order id, the window for duplicates, limits, and the credits held back."""

import hashlib
import json
import logging
import uuid
from typing import Any

from sandbox import faults
from sandbox.accounts import NotEnoughCredits
from sandbox.files import read_suffix
from sandbox.limits import OPEN_TASKS_PER_ACCOUNT
from sandbox.parts import Parts
from sandbox.rows import SandboxTask
from sandbox.triverse.body import Body
from sandbox.triverse.endpoint import QUEUE_FULL, VENDOR, Call, Handler, read_json
from sandbox.triverse.errors import BUSY, CONFLICT, NO_CREDITS, UNSUPPORTED_TASK, ApiError, invalid
from sandbox.triverse.prices import PRICES
from sandbox.triverse.shapes import build_creation
from sandbox.triverse.sources import Sources
from sandbox.triverse.validation import Flow

logger = logging.getLogger("sandbox")

# Conventions of this sandbox: how long a request counts as a duplicate, and what is compared, is undocumented.
DUPLICATE_WINDOW_S = 10.0
NOT_COMPARED = frozenset({"client_order_id", "allow_duplicate"})
# A zip can hold a model of these formats.
ZIPPED = frozenset({"gltf", "obj", "fbx", "usdz"})


async def refuse_flow(_call: Call) -> None:
    raise ApiError(UNSUPPORTED_TASK, "This sandbox does not perform this operation.")


class Creation:
    """The create endpoints of one running sandbox, with what it needs to know again of earlier requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._sources = Sources(parts.store, parts.files)
        self._by_order: dict[tuple[str, str], SandboxTask] = {}
        self._latest: dict[tuple[str, str], SandboxTask] = {}
        for task in parts.store.tasks.values():
            if task.vendor == VENDOR:
                self._note(task)

    def build_handler(self, flow: Flow) -> Handler:
        async def create(call: Call) -> dict[str, Any]:
            return await self._create(call, flow)

        return create

    async def _create(self, call: Call, flow: Flow) -> dict[str, Any]:
        fields = await read_json(call.request)
        body = Body(fields)
        order_id, may_repeat = body.client_order_id(), body.boolean("allow_duplicate", False)
        written_file = body.require_text(flow.file_field)
        params = flow.check(body)
        fingerprint = _compute_fingerprint(flow.name, body)
        repeat = self._find_repeat(call, order_id, fingerprint=fingerprint, may_repeat=may_repeat)
        if repeat is None:
            task_id = str(uuid.uuid4())
            source = await self._sources.find(written_file, account=call.account, task_id=task_id)
            _check_source_format(source, params)
            # Another request may have come while the file was fetched.
            repeat = self._find_repeat(call, order_id, fingerprint=fingerprint, may_repeat=may_repeat)
        if repeat is not None:
            await self._parts.store.settle()
            return repeat.creation
        task = SandboxTask(
            id=task_id,
            vendor=VENDOR,
            account_id=call.account.id,
            flow=flow.name,
            sent=_keep_sent(flow, body),
            params=params,
            source=source,
            fingerprint=fingerprint,
            client_order_id=order_id,
            created_at=self._parts.clock.now(),
            cost_credits=PRICES[flow.name](params)[1],
            faults=faults.build_task_faults(call.fault_header, call.hits),
        )
        await self._accept(task)
        return task.creation

    def _find_repeat(
        self, call: Call, order_id: str | None, *, fingerprint: str, may_repeat: bool
    ) -> SandboxTask | None:
        """The task that this request has already made; None when it is a new one.

        :raises ApiError: 2005, the order id was used for something else, or the same was sent moments ago
        """
        if order_id is not None:
            earlier = self._by_order.get((call.account.id, order_id))
            if earlier is not None and earlier.fingerprint != fingerprint:
                raise ApiError(CONFLICT, "client_order_id was already used for another request.")
            return earlier
        latest = self._latest.get((call.account.id, fingerprint))
        age_s = self._parts.clock.now() - latest.created_at if latest else DUPLICATE_WINDOW_S
        if age_s < DUPLICATE_WINDOW_S and not may_repeat:
            raise ApiError(CONFLICT, "The same request was sent moments ago; allow_duplicate=true sends it again.")
        return None

    async def _accept(self, task: SandboxTask) -> None:
        """Take the task on. Nothing may be awaited before it stands in memory, or two of the same could pass."""
        store, runner = self._parts.store, self._parts.runner
        if self._parts.settings.limits and self._count_open(task.account_id) >= OPEN_TASKS_PER_ACCOUNT:
            raise ApiError(BUSY, "Wait until one of your tasks has ended.", message=QUEUE_FULL)
        try:
            money = self._parts.accounts.freeze(task)
        except NotEnoughCredits as error:
            raise ApiError(NO_CREDITS, f"The task costs {task.cost_credits} credits.") from error
        runner.give_place(task)
        task.creation = build_creation(task, self._parts)
        store.tasks[task.id] = task
        self._note(task)
        await store.save(task, *money)
        runner.add(task)
        logger.info("task %s %s created", task.id, task.flow)

    def _count_open(self, account_id: str) -> int:
        tasks = self._parts.store.tasks.values()
        return sum(task.account_id == account_id and not task.has_ended for task in tasks)

    def _note(self, task: SandboxTask) -> None:
        if task.client_order_id is not None:
            self._by_order[task.account_id, task.client_order_id] = task
        else:
            self._latest[task.account_id, task.fingerprint] = task


def _compute_fingerprint(flow: str, body: Body) -> str:
    compared = {name: value for name, value in body.fields.items() if name not in NOT_COMPARED}
    return hashlib.sha256(f"{flow} {json.dumps(compared, sort_keys=True)}".encode()).hexdigest()


def _keep_sent(flow: Flow, body: Body) -> dict[str, Any]:
    """What the status shows as `input`: known fields only, and no signature of an address."""
    sent = {name: body.fields[name] for name in flow.fields if body.has(name)}
    sent["model_url"] = body.fields[flow.file_field].strip().partition("?")[0]
    if body.has("client_order_id"):
        sent["client_order_id"] = body.fields["client_order_id"]
    return sent


def _check_source_format(source: str, params: dict[str, Any]) -> None:
    named, found = params.get("source_format"), read_suffix(source)
    if named in (None, found) or (found == "zip" and named in ZIPPED):
        return
    raise invalid(f"source_format={named} does not fit the file, which is {found}.")
