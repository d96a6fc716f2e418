"""What every Triverse call shares: the key, the envelope, the refusals and the faults."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox import faults
from sandbox.connections import NoAnswer, drain
from sandbox.parts import Parts, get_parts
from sandbox.rows import Account
from sandbox.triverse.dialects import read_dialect
from sandbox.triverse.errors import BACKEND_DOWN, BAD_KEY, BUSY, NO_CREDITS, TABLE, UNTRACKED, ApiError, invalid

VENDOR = "triverse"
TOO_MANY_UPLOADS = "Upload rate limit exceeded."
QUEUE_FULL = "The task queue is full."


@dataclass
class Call:
    """One authenticated request. `hits` are the faults that apply to it, `dialect` the words of its answer."""

    request: Request
    parts: Parts
    account: Account
    fault_header: str | None
    hits: dict[str, float]
    dialect: str

    @property
    def base_url(self) -> str:
        return str(self.request.base_url)


Handler = Callable[[Call], Awaitable[Any]]


def endpoint(kind: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler that returns the envelope's `data` (or a whole response) and raises ApiError."""

    async def answer(request: Request) -> Response:
        try:
            return await _answer(request, kind, handler)
        except ApiError as error:
            await drain(request)
            return error.build_response()

    return answer


async def _answer(request: Request, kind: str, handler: Handler) -> Response:
    parts = get_parts(request)
    account = authenticate(request, parts)
    header = request.headers.get(faults.HEADER)
    try:
        hits = parts.faults.take(kind, header)
    except faults.UnknownFault as error:
        raise invalid(f"The sandbox knows no fault {str(error)[:60]!r}.") from error
    if hits and (early := await _fail_before(hits)):
        await drain(request)
        return early
    dialect = read_dialect(request, parts.settings.dialect)
    data = await handler(Call(request, parts, account, header, hits, dialect))
    if "drop_after_accept" in hits:
        return NoAnswer()
    if "server_error_after" in hits:
        raise ApiError(UNTRACKED)
    return data if isinstance(data, Response) else build_success(data)


def build_success(data: Any) -> JSONResponse:
    return JSONResponse({"code": 0, "message": "success", "data": data})


def authenticate(request: Request, parts: Parts) -> Account:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ApiError(BAD_KEY, "Send the header Authorization: Bearer <key>.")
    return parts.accounts.get_by_key(VENDOR, key.strip())


async def _fail_before(hits: dict[str, float]) -> Response | None:
    if "slow" in hits:
        await asyncio.sleep(hits["slow"])
    if "bad_gateway" in hits:
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
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
    for name in hits:
        if name.startswith("code_"):
            code = int(name.removeprefix("code_"))
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
