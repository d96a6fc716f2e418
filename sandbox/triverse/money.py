"""The account and its credits: who am I, what is left, what would a task cost."""

from sandbox.triverse.body import Body
from sandbox.triverse.endpoint import Call, read_json
from sandbox.triverse.errors import UNSUPPORTED_TASK, ApiError, invalid
from sandbox.triverse.flows import FLOWS
from sandbox.triverse.prices import quote as compute_quote


async def read_me(call: Call) -> dict[str, object]:
    return {
        "id": call.account.id,
        "email": f"{call.account.id[:8]}@sandbox.invalid",
        "web_credits_balance": 0.0,
        "api_credits_balance": float(call.account.available_credits),
        "plan_name": "Sandbox",
    }


async def read_balance(call: Call) -> dict[str, float]:
    return {"balance": float(call.account.available_credits), "frozen": float(call.account.frozen_credits)}


async def quote(call: Call) -> dict[str, object]:
    body = Body(await read_json(call.request))
    flow = body.text("flow_name") or body.text("flowName")
    if not flow:
        raise invalid("flow_name is required.")
    if flow not in FLOWS:
        raise ApiError(UNSUPPORTED_TASK, f"This sandbox has no price for {flow[:60]!r}.")
    params = body.fields.get("params", {})
    if not isinstance(params, dict):
        raise invalid("params must be an object.")
    relevant, cost = compute_quote(FLOWS[flow], Body(params, dialect=call.dialect))
    return {
        "flow_name": flow,
        "params": relevant,
        "cost_credits": cost,
        "available_credits": int(call.account.available_credits),
    }
