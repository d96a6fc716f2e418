"""What every Meshy call shares: the key, the profile, the request limit, the refusals and the faults."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox import faults
from sandbox.connections import NoAnswer, drain
from sandbox.meshy.answers import INVALID_KEY, NO_BROWSERS, ApiError, build_answer, invalid
from sandbox.meshy.profiles import HEADER, PROFILES, Profile
from sandbox.parts import Parts, get_parts
from sandbox.rows import Account

VENDOR = "meshy"
TOO_FAST = "RateLimitExceeded"
QUEUE_FULL = "NoMoreConcurrentTasks"
QUEUE_FULL_IN_THE_FIELD = "NoMorePendingTasks"
NO_CREDITS = "Insufficient funds"
# Seen by others: the refusal of too many requests a second carries Retry-After, that of a full queue does not.
TOO_FAST_RETRY_S = 1
TEST_KEY = "msy_dummy_api_key_for_test_mode_12345678"

REFUSALS = {
    "unauthorized": ApiError(401, INVALID_KEY),
    "forbidden": ApiError(403, "Forbidden"),
    "unprocessable": ApiError(422, "Unprocessable input"),
    "rate_limited": ApiError(429, TOO_FAST, retry_after_s=TOO_FAST_RETRY_S),
    "queue_full": ApiError(429, QUEUE_FULL),
    "no_more_pending": ApiError(429, QUEUE_FULL_IN_THE_FIELD),
    "free_plan": ApiError(402, QUEUE_FULL_IN_THE_FIELD),
    "no_credits": ApiError(402, NO_CREDITS),
    "server_error_before": ApiError(503, "Service unavailable"),
}
SERVER_ERROR = ApiError(500, "Internal server error")


@dataclass
class Call:
    """One authenticated request. `hits` are the faults that apply to it."""

    request: Request
    parts: Parts
    account: Account
    profile: Profile
    fault_header: str | None
    hits: dict[str, float]
    is_test: bool

    @property
    def base_url(self) -> str:
        return str(self.request.base_url)


Handler = Callable[[Call], Awaitable[Any]]


def endpoint(kind: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler that returns what is answered as JSON (or a whole response) and raises ApiError."""

    async def answer(request: Request) -> Response:
        try:
            return await _answer(request, kind, handler)
        except ApiError as error:
            await drain(request)
            # The refusals above are raised again and again; each time would add to what they hold on to.
            return error.with_traceback(None).build_response()

    return answer


async def _answer(request: Request, kind: str, handler: Handler) -> Response:
    parts = get_parts(request)
    key = read_key(request)
    is_test = _is_test_key(key, parts)
    account = parts.accounts.get_by_key(VENDOR, key)
    if parts.settings.limits and not parts.meshy_requests.take(account.id):
        raise REFUSALS["rate_limited"]
    profile = _read_profile(request, parts)
    header = request.headers.get(faults.HEADER)
    try:
        hits = parts.faults.take(kind, header)
    except faults.UnknownFault as error:
        raise invalid(f"The sandbox knows no fault {str(error)[:60]!r}") from error
    if hits and (early := await _fail_before(hits)):
        await drain(request)
        return early
    data = await handler(Call(request, parts, account, profile, header, hits, is_test))
    if "drop_after_accept" in hits:
        return NoAnswer()
    if "server_error_after" in hits:
        raise SERVER_ERROR
    return data if isinstance(data, Response) else build_answer(data)


def read_key(request: Request) -> str:
    """:raises ApiError: 403 from a browser's page, 401 without a key; the word Bearer is mandatory"""
    if "origin" in request.headers:
        raise ApiError(403, NO_BROWSERS)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ApiError(401, INVALID_KEY)
    return key.strip()


def _is_test_key(key: str, parts: Parts) -> bool:
    """:raises ApiError: 401, the vendor's key for test mode, which it has stopped to take"""
    if not hmac.compare_digest(key.encode(), TEST_KEY.encode()):
        return False
    if not parts.settings.test_key:
        raise ApiError(401, INVALID_KEY)
    return True


def _read_profile(request: Request, parts: Parts) -> Profile:
    name = request.headers.get(HEADER) or parts.settings.profile
    if name not in PROFILES:
        raise invalid(f"The sandbox knows no profile {name[:60]!r}")
    return PROFILES[name]


async def _fail_before(hits: dict[str, float]) -> Response | None:
    if "slow" in hits:
        await asyncio.sleep(hits["slow"])
    if "bad_gateway" in hits:
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
    for name in hits:
        if name in REFUSALS:
            raise REFUSALS[name]
        if name.startswith("code_"):
            status = int(name.removeprefix("code_"))
            raise ApiError(status if 400 <= status <= 599 else 400, f"The sandbox was asked for {status}")
    return None
