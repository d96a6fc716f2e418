"""Creates tasks: checks, the client's own order id, the window for duplicates, limits, and the credits held back."""

import hashlib
import json
import logging
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sandbox import faults
from sandbox.accounts import NotEnoughCredits
from sandbox.files import read_suffix
from sandbox.ids import Ids
from sandbox.limits import OPEN_TASKS_PER_ACCOUNT
from sandbox.parts import Parts
from sandbox.rows import SandboxTask
from sandbox.triverse.body import Body
from sandbox.triverse.endpoint import QUEUE_FULL, VENDOR, Call, Handler, read_json
from sandbox.triverse.errors import BUSY, CONFLICT, NO_CREDITS, UNSUPPORTED_TASK, ApiError, invalid
from sandbox.triverse.flows import Flow
from sandbox.triverse.prices import PRICES
from sandbox.triverse.shapes import build_creation, translate_creation
from sandbox.triverse.sources import IMAGE, MODEL, Sources, is_url

logger = logging.getLogger("sandbox")

# Conventions of this sandbox: how long a request counts as a duplicate, and what is compared, is undocumented.
DUPLICATE_WINDOW_S = 10.0
# Far enough that the pictures of one task, which count on from its seed, are not those of the next.
SEEDS_APART = 100
NOT_COMPARED = frozenset({"client_order_id", "allow_duplicate"})
SIGNATURE = re.compile(r"[?&](?:Expires|Signature)=[^&]*")
# A zip can hold a model of these formats.
ZIPPED = frozenset({"gltf", "obj", "fbx", "usdz"})


async def refuse_flow(_call: Call) -> None:
    raise ApiError(UNSUPPORTED_TASK, "This sandbox does not perform this operation.")


@dataclass(frozen=True)
class Wanted:
    """A request that was read and follows the rules. `model` and `image` are what it says of files."""

    flow: Flow
    params: dict[str, Any]
    model: str | None
    image: str | None
    order_id: str | None
    may_repeat: bool
    fingerprint: str


def _read_wanted(flow: Flow, body: Body) -> Wanted:
    """:raises ApiError: a field is missing or breaks a rule"""
    model = body.require_text(flow.model_field) if flow.model_field else None
    if model and flow.wants_url and not is_url(model):
        raise invalid(f"{flow.model_field} must be a public URL; /upload/presigned-get-url makes one of a file_key.")
    return Wanted(
        flow=flow,
        model=model,
        image=body.require_text(flow.image_field) if flow.image_field else None,
        params=flow.check(body),
        order_id=body.client_order_id(),
        may_repeat=body.boolean("allow_duplicate", False),
        fingerprint=_compute_fingerprint(flow, body),
    )


class Creation:
    """The create endpoints of one running sandbox, with what it needs to know again of earlier requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._sources = Sources(parts.store, parts.files)
        self._ids = Ids(counts_up=parts.settings.ids == "sequence", known=parts.store.tasks)
        self._by_order: dict[tuple[str, str], SandboxTask] = {}
        self._latest: dict[tuple[str, str], SandboxTask] = {}
        self._times: Counter[tuple[str, str]] = Counter()
        for task in parts.store.tasks.values():
            if task.vendor == VENDOR:
                self._note(task)

    def build_handler(self, flow: Flow) -> Handler:
        async def create(call: Call) -> dict[str, Any]:
            return await self._create(call, flow)

        return create

    async def _create(self, call: Call, flow: Flow) -> dict[str, Any]:
        body = Body(await read_json(call.request), dialect=call.dialect)
        wanted = _read_wanted(flow, body)
        repeat = self._find_repeat(call, wanted)
        if repeat is None:
            task_id = self._ids.make()
            source, pictures = await self._find_files(call, wanted, task_id)
            # Another request may have come while a file was fetched.
            repeat = self._find_repeat(call, wanted)
        if repeat is not None:
            await self._parts.store.settle()
            return translate_creation(repeat, call.dialect)
        task = SandboxTask(
            id=task_id,
            vendor=VENDOR,
            account_id=call.account.id,
            flow=flow.name,
            sent=_keep_sent(flow, body),
            params=wanted.params | self._choose_seed(call, wanted),
            source=source,
            pictures=pictures,
            fingerprint=wanted.fingerprint,
            client_order_id=wanted.order_id,
            created_at=self._parts.clock.now(),
            cost_credits=PRICES[flow.name](wanted.params)[1],
            faults=faults.build_task_faults(call.fault_header, call.hits),
        )
        await self._accept(task)
        return translate_creation(task, call.dialect)

    async def _find_files(self, call: Call, wanted: Wanted, task_id: str) -> tuple[str | None, list[str]]:
        """The keys of the model and of the pictures that the request names."""
        source, pictures = None, []
        if wanted.model:
            name = f"{task_id}-model"
            source = await self._sources.find(wanted.model, account=call.account, kind=MODEL, name=name)
            _check_source_format(source, wanted.params)
        if wanted.image:
            name = f"{task_id}-image"
            pictures = [await self._sources.find(wanted.image, account=call.account, kind=IMAGE, name=name)]
        return source, pictures

    def _choose_seed(self, call: Call, wanted: Wanted) -> dict[str, int]:
        """The first time the same is asked for, the same comes of it; asked for once more, something else does."""
        if not wanted.flow.varies:
            return {}
        return {"seed": SEEDS_APART * self._times[call.account.id, wanted.fingerprint]}

    def _find_repeat(self, call: Call, wanted: Wanted) -> SandboxTask | None:
        """The task that this request has already made; None when it is a new one.

        :raises ApiError: 2005, the order id was used for something else, or the same was sent moments ago
        """
        if wanted.order_id is not None:
            earlier = self._by_order.get((call.account.id, wanted.order_id))
            if earlier is not None and earlier.fingerprint != wanted.fingerprint:
                raise ApiError(CONFLICT, "client_order_id was already used for another request.")
            return earlier
        latest = self._latest.get((call.account.id, wanted.fingerprint))
        is_recent = latest is not None and self._parts.clock.now() - latest.created_at < DUPLICATE_WINDOW_S
        if not is_recent or wanted.may_repeat:
            return None
        if self._parts.settings.duplicates == "earlier":
            return latest
        raise ApiError(CONFLICT, "The same request was sent moments ago; allow_duplicate=true sends it again.")

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
        self._times[task.account_id, task.fingerprint] += 1
        if task.client_order_id is not None:
            self._by_order[task.account_id, task.client_order_id] = task
        else:
            self._latest[task.account_id, task.fingerprint] = task


def _compute_fingerprint(flow: Flow, body: Body) -> str:
    """What tells equal requests: a file is the same whatever signature its address has today."""
    compared = {name: value for name, value in body.fields.items() if name not in NOT_COMPARED}
    for name in (flow.model_field, flow.image_field):
        if name in compared:
            compared[name] = SIGNATURE.sub("", str(compared[name]))
    return hashlib.sha256(f"{flow.name} {json.dumps(compared, sort_keys=True)}".encode()).hexdigest()


def _keep_sent(flow: Flow, body: Body) -> dict[str, Any]:
    """What the status shows as `input`: known fields only, and no signature of an address."""
    sent = {name: body.fields[name] for name in flow.fields if body.has(name)}
    for shown, field in (("model_url", flow.model_field), ("image_url", flow.image_field)):
        if field:
            sent[shown] = body.fields[field].strip().partition("?")[0]
    if body.has("client_order_id"):
        sent["client_order_id"] = body.fields["client_order_id"]
    return sent


def _check_source_format(source: str, params: dict[str, Any]) -> None:
    named, found = params.get("source_format"), read_suffix(source)
    if named in (None, found) or (found == "zip" and named in ZIPPED):
        return
    raise invalid(f"source_format={named} does not fit the file, which is {found}.")
