"""The sandbox's own calls, for tests and demonstrations: faults, ledger, clock. Only this machine may use them."""

import ipaddress
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.clock import as_iso
from sandbox.fault_plan import FACT, FaultPlan, make_plan
from sandbox.faults import FAULTS, ActiveFault, UnknownFault
from sandbox.openapi import build_document
from sandbox.parts import Parts, get_parts
from sandbox.settings import DIALECTS, DUPLICATES, PROFILES

Handler = Callable[[Request, Parts], Awaitable[dict[str, Any]]]


MOST_CREDITS = 10**9
# What can be changed while it runs, with the values that each takes.
CHOICES: dict[str, tuple[object, ...]] = {
    "dialect": DIALECTS,
    "duplicates": DUPLICATES,
    "profile": PROFILES,
    "limits": (True, False),
}


class WrongCall(ValueError):
    pass


LOCAL_NAMES = {"127.0.0.1", "localhost", "::1"}


def local_only(handler: Handler) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        host = request.client.host if request.client else ""
        if not ipaddress.ip_address(host or "0.0.0.0").is_loopback:  # noqa: S104 -- stands for "somewhere else"
            return JSONResponse({"error": "only from this machine"}, 403)
        if "origin" in request.headers or request.url.hostname not in LOCAL_NAMES:
            return JSONResponse({"error": "not from a web page"}, 403)
        try:
            return JSONResponse(await handler(request, get_parts(request)))
        except (WrongCall, UnknownFault) as error:
            return JSONResponse({"error": str(error), "faults": sorted(FAULTS)}, 400)

    return answer


async def _read(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise WrongCall("send a JSON object") from error
    if not isinstance(body, dict):
        raise WrongCall("send a JSON object")
    return body


def _read_number(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if value is not None and not is_number:
        raise WrongCall(f"{name} must be a number")
    return value


async def list_faults(_request: Request, parts: Parts) -> dict[str, Any]:
    known = {name: {"on": sorted(kind.on), "summary": kind.summary} for name, kind in FAULTS.items()}
    return {"active": [_describe(fault) for fault in parts.faults.active], "known": known}


async def add_fault(request: Request, parts: Parts) -> dict[str, Any]:
    """Body: name; count (default 1, null until cleared); on (kinds of request); value (seconds of `slow`)."""
    body = await _read(request)
    count = _read_number(body, "count") if "count" in body else 1
    on = body.get("on", [])
    if not isinstance(on, list) or not all(isinstance(kind, str) for kind in on):
        raise WrongCall("on must be a list of kinds")
    fault = parts.faults.add(
        str(body.get("name", "")),
        count=None if count is None else int(count),
        on=on,
        value=_read_number(body, "value"),
    )
    return {"active": _describe(fault)}


async def clear_faults(_request: Request, parts: Parts) -> dict[str, Any]:
    parts.faults.clear()
    return {"active": []}


async def read_plan(_request: Request, parts: Parts) -> dict[str, Any]:
    plan = parts.faults.plan
    if not isinstance(plan, FaultPlan):
        return {"plan": None}
    return {"plan": json.loads(plan.write_down()), "struck": dict(plan.struck)}


async def start_plan(request: Request, parts: Parts) -> dict[str, Any]:
    """Body: seed (a whole number), share (0 to 1 of the requests), kinds (of request; all where it is missing)."""
    body = await _read(request)
    seed, share, kinds = _read_number(body, "seed"), _read_number(body, "share"), body.get("kinds")
    if seed is None or share is None or not (kinds is None or isinstance(kinds, list)):
        raise WrongCall("seed and share must be numbers, kinds a list")
    plan = make_plan(int(seed), share, None if kinds is None else map(str, kinds))
    await parts.store.set_fact(FACT, plan.write_down())
    parts.faults.plan = plan
    return await read_plan(request, parts)


async def end_plan(request: Request, parts: Parts) -> dict[str, Any]:
    await parts.store.set_fact(FACT, "")
    parts.faults.plan = None
    return await read_plan(request, parts)


def _describe(fault: ActiveFault) -> dict[str, Any]:
    return asdict(fault) | {"on": sorted(fault.on)}


async def read_clock(_request: Request, parts: Parts) -> dict[str, Any]:
    return {"now": as_iso(parts.clock.now()), "offset_s": parts.clock.offset_s}


async def move_clock(request: Request, parts: Parts) -> dict[str, Any]:
    """Body: advance_s. Moves expiry, retention, the upload window and the duplicate window; running work goes on."""
    seconds = _read_number(await _read(request), "advance_s")
    if seconds is None or abs(seconds) > 10 * 365 * 86400:
        raise WrongCall("advance_s must be a number of seconds, ten years at most")
    parts.clock.advance(seconds)
    await parts.store.set_fact("clock_offset_s", str(parts.clock.offset_s))
    return await read_clock(request, parts)


async def read_settings(_request: Request, parts: Parts) -> dict[str, Any]:
    return {name: getattr(parts.settings, name) for name in CHOICES}


async def change_settings(request: Request, parts: Parts) -> dict[str, Any]:
    """Body: any of dialect, duplicates, profile, limits. Holds for the requests that follow, until a restart."""
    body = await _read(request)
    for name, value in body.items():
        if value not in CHOICES.get(name, ()):
            raise WrongCall(f"{name} must be one of {', '.join(map(str, CHOICES.get(name, ())))}")
    parts.settings = replace(parts.settings, **body)
    return await read_settings(request, parts)


async def read_openapi(_request: Request, _parts: Parts) -> dict[str, Any]:
    return build_document()


async def set_credits(request: Request, parts: Parts) -> dict[str, Any]:
    """Body: account, total. Fills an empty purse, or empties one."""
    body = await _read(request)
    account, total = parts.store.accounts.get(str(body.get("account"))), _read_number(body, "total")
    if account is None or total is None or not 0 <= total <= MOST_CREDITS:
        raise WrongCall(f"account must be one of the ledger's, total a number up to {MOST_CREDITS}")
    account.total_credits = float(total) + account.frozen_credits
    await parts.store.save(account)
    return {"account": account.id, "available": account.available_credits}


async def list_ledger(request: Request, parts: Parts) -> dict[str, Any]:
    """Query `account` or `task` narrows it down."""
    wanted_account, wanted_task = request.query_params.get("account"), request.query_params.get("task")
    accounts = [
        {
            "account": account.id,
            "vendor": account.vendor,
            "total": account.total_credits,
            "frozen": account.frozen_credits,
            "available": account.available_credits,
        }
        for account in parts.store.accounts.values()
        if wanted_account in (None, account.id)
    ]
    lines = [
        {
            "at": as_iso(line.at),
            "vendor": line.vendor,
            "account": line.account_id,
            "task": line.task_id,
            "flow": line.flow,
            "client_order_id": line.client_order_id,
            "event": line.event,
            "credits": line.credits,
        }
        for line in parts.store.ledger
        if wanted_account in (None, line.account_id) and wanted_task in (None, line.task_id)
    ]
    return {"accounts": accounts, "lines": lines}


ROUTES = [
    Route("/_sandbox/faults", local_only(list_faults), methods=["GET"]),
    Route("/_sandbox/faults", local_only(add_fault), methods=["POST"]),
    Route("/_sandbox/faults", local_only(clear_faults), methods=["DELETE"]),
    Route("/_sandbox/plan", local_only(read_plan), methods=["GET"]),
    Route("/_sandbox/plan", local_only(start_plan), methods=["POST"]),
    Route("/_sandbox/plan", local_only(end_plan), methods=["DELETE"]),
    Route("/_sandbox/clock", local_only(read_clock), methods=["GET"]),
    Route("/_sandbox/clock", local_only(move_clock), methods=["POST"]),
    Route("/_sandbox/settings", local_only(read_settings), methods=["GET"]),
    Route("/_sandbox/settings", local_only(change_settings), methods=["POST"]),
    Route("/_sandbox/openapi.json", local_only(read_openapi), methods=["GET"]),
    Route("/_sandbox/credits", local_only(set_credits), methods=["POST"]),
    Route("/_sandbox/ledger", local_only(list_ledger), methods=["GET"]),
]
