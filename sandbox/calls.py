"""What the calls of both vendors share: who calls, how a refusal leaves, and the faults before and after the work."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox import faults
from sandbox.connections import NoAnswer, Reset, Silence, drain
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
    if "accept_late" in call.hits:
        await call.request.body()
        _do_later(call, handler)
        return Reset()
    data = await handler(call)
    if "server_error_after" in call.hits:
        raise server_error
    return _fail_after(call.hits) or data


async def _fail_before(
    hits: dict[str, float], refuse: Callable[[dict[str, float]], Response | None]
) -> Response | None:
    if "slow" in hits:
        await asyncio.sleep(hits["slow"])
    if "reset_before" in hits:
        return Reset()
    if "bad_gateway" in hits:
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
    if "html_answer" in hits:
        return build_html()
    if "retry_after" not in hits and "no_retry_after" not in hits:
        return refuse(hits)
    return _refuse_with_patience(hits, refuse)


def _refuse_with_patience(
    hits: dict[str, float], refuse: Callable[[dict[str, float]], Response | None]
) -> Response | None:
    """Return the refusal with as much patience in its Retry-After as a fault asks for, or none."""
    try:
        refusal = refuse(hits)
    except Refusal as raised:
        refusal = raised.with_traceback(None).build_response()
    if refusal is not None and "retry-after" in refusal.headers:
        del refusal.headers["retry-after"]
    if refusal is not None and "retry_after" in hits:
        refusal.headers["retry-after"] = f"{math.ceil(hits['retry_after'])}"
    return refusal


def _fail_after(hits: dict[str, float]) -> Response | None:
    if "drop_after_accept" in hits:
        return NoAnswer()
    if "reset_after" in hits:
        return Reset()
    if "hang_after_accept" in hits:
        return Silence(hits["hang_after_accept"])
    return build_html() if "html_after" in hits else None


def build_html() -> Response:
    """What a proxy or a captive portal puts in an answer's place, and calls a success."""
    return HTMLResponse("<html><body><h1>It works!</h1></body></html>")


_late: set[asyncio.Task[None]] = set()


def _do_later(call: C, handler: Callable[[C], Awaitable[Any]]) -> None:
    """Do the work when the client is long gone. It is lost where the sandbox ends before."""

    async def do() -> None:
        await asyncio.sleep(call.hits["accept_late"])
        with contextlib.suppress(Refusal):
            await handler(call)

    task = asyncio.create_task(do())
    _late.add(task)
    task.add_done_callback(_late.discard)
