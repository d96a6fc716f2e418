"""What the calls of both vendors share: who calls, how a refusal leaves, and the faults before and after the work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox import faults
from sandbox.connections import NoAnswer, drain
from sandbox.parts import Parts
from sandbox.rows import Account

Answer = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """A vendor's no; each vendor has its own shape for it."""

    def build_response(self) -> Response:
        raise NotImplementedError


@dataclass(kw_only=True)
class Call:
    """One authenticated request. `hits` are the faults that apply to it."""

    request: Request
    parts: Parts
    account: Account
    fault_header: str | None
    hits: dict[str, float]

    @property
    def base_url(self) -> str:
        return str(self.request.base_url)


C = TypeVar("C", bound=Call)


def refusing(answer: Answer) -> Answer:
    """Wrap what answers a request, so that a Refusal that it raises is what is answered."""

    async def answer_or_refuse(request: Request) -> Response:
        try:
            return await answer(request)
        except Refusal as refusal:
            await drain(request)
            # Some are raised again and again; each time would add to what they hold on to.
            return refusal.with_traceback(None).build_response()

    return answer_or_refuse


def take_hits(request: Request, parts: Parts, kind: str, *, invalid: Callable[[str], Refusal]) -> dict[str, float]:
    """Return the faults that hit a request of this kind.

    :raises Refusal: what `invalid` makes of the sentence that says which fault is unknown
    """
    try:
        return parts.faults.take(kind, request.headers.get(faults.HEADER))
    except faults.UnknownFault as error:
        raise invalid(f"The sandbox knows no fault {str(error)[:60]!r}.") from error


async def serve(
    call: C,
    handler: Callable[[C], Awaitable[Any]],
    *,
    refuse: Callable[[dict[str, float]], Response | None],
    server_error: Refusal,
) -> Any:
    """Return what the handler gives, or what the faults put in its place.

    `refuse` raises or returns the vendor's refusal that a fault asks for, None where none does; `server_error` is what
    is raised when the work has been done.
    """
    if call.hits and (early := await _fail_before(call.hits, refuse)):
        await drain(call.request)
        return early
    data = await handler(call)
    if "drop_after_accept" in call.hits:
        return NoAnswer()
    if "server_error_after" in call.hits:
        raise server_error
    return data


async def _fail_before(
    hits: dict[str, float], refuse: Callable[[dict[str, float]], Response | None]
) -> Response | None:
    if "slow" in hits:
        await asyncio.sleep(hits["slow"])
    if "bad_gateway" in hits:
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
    return refuse(hits)
