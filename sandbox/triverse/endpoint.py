"""What every Triverse call shares: the key, the envelope, the refusals and the faults."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import calls, faults
from sandbox.parts import Parts, get_parts
from sandbox.rows import Account
from sandbox.triverse.dialects import read_dialect
from sandbox.triverse.errors import BACKEND_DOWN, BAD_KEY, BUSY, NO_CREDITS, TABLE, UNTRACKED, ApiError, invalid

VENDOR = "triverse"
TOO_MANY_UPLOADS = "Upload rate limit exceeded."
QUEUE_FULL = "The task queue is full."


@dataclass(kw_only=True)
class Call(calls.Call):
    """A call of Triverse; `dialect` says in which words it is answered."""

    dialect: str


Handler = Callable[[Call], Awaitable[Any]]


def endpoint(kind: str, handler: Handler) -> calls.Answer:
    """Wrap a handler that returns the envelope's `data` (or a whole response) and raises ApiError."""

    async def answer(request: Request) -> Response:
        call = _read_call(request, kind)
        data = await calls.serve(call, handler, refuse=_refuse, server_error=ApiError(UNTRACKED))
        return data if isinstance(data, Response) else build_success(data)

    return calls.refusing(answer)


def _read_call(request: Request, kind: str) -> Call:
    """:raises ApiError: without a key, and for a fault or dialect that is unknown"""
    parts = get_parts(request)
    return Call(
        request=request,
        parts=parts,
        account=authenticate(request, parts),
        fault_header=request.headers.get(faults.HEADER),
        hits=calls.take_hits(request, parts, kind, invalid=invalid),
        dialect=read_dialect(request, parts.settings.dialect),
    )


def build_success(data: Any) -> JSONResponse:
    return JSONResponse({"code": 0, "message": "success", "data": data})


def authenticate(request: Request, parts: Parts) -> Account:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ApiError(BAD_KEY, "Send the header Authorization: Bearer <key>.")
    return parts.accounts.get_by_key(VENDOR, key.strip())


def _refuse(hits: dict[str, float]) -> Response | None:
    """Return a refusal in a shape that no page describes, where a fault asks for one.

    :raises ApiError: any other that a fault asks for
    """
    if "unprocessable" in hits:
        return JSONResponse({"detail": [{"loc": ["body"], "msg": "value is not valid", "type": "value_error"}]}, 422)
    if "forbidden" in hits:
        return JSONResponse({"detail": "Forbidden"}, 403)
    if "unauthorized" in hits:
        raise ApiError(BAD_KEY)
    if "rate_limited" in hits:
        raise ApiError(BUSY, "Wait a minute before the next upload.", message=TOO_MANY_UPLOADS)
    if "queue_full" in hits:
        raise ApiError(BUSY, "Wait until one of your tasks has ended.", message=QUEUE_FULL)
    if "no_credits" in hits:
        raise ApiError(NO_CREDITS)
    if "server_error_before" in hits:
        raise ApiError(BACKEND_DOWN)
    if (code := faults.read_wanted_code(hits)) is not None:
        raise ApiError(code) if code in TABLE else invalid(f"The sandbox knows no code {code}.")
    return None


async def read_json(request: Request) -> dict[str, Any]:
    """:raises ApiError: the body is no JSON object"""
    try:
        body = await request.json()
    except (ValueError, RecursionError, HTTPException) as error:
        raise invalid("The body must be a JSON object.") from error
    if not isinstance(body, dict) or not _is_text(body):
        raise invalid("The body must be a JSON object.")
    return body


def _is_text(body: dict[str, Any]) -> bool:
    """False for half characters (lone surrogates), which JSON can escape and no answer could repeat."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
