"""What every Meshy call shares: the key, the profile, the request limit, the refusals and the faults."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import calls, faults
from sandbox.meshy.answers import INVALID_KEY, NO_BROWSERS, ApiError, build_answer, invalid
from sandbox.meshy.profiles import HEADER, PROFILES, Profile
from sandbox.parts import Parts, get_parts

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


@dataclass(kw_only=True)
class Call(calls.Call):
    """A call of Meshy in a profile of its API; `is_test` is true under the vendor's key for tests."""

    profile: Profile
    is_test: bool


Handler = Callable[[Call], Awaitable[Any]]


def endpoint(kind: str, handler: Handler) -> calls.Answer:
    """Wrap a handler that returns what is answered as JSON (or a whole response) and raises ApiError."""

    async def answer(request: Request) -> Response:
        call = _read_call(request, kind)
        data = await calls.serve(call, handler, refuse=_refuse, server_error=SERVER_ERROR)
        return data if isinstance(data, Response) else build_answer(data)

    return calls.refusing(answer)


def _read_call(request: Request, kind: str) -> Call:
    """:raises ApiError: without a good key, above the request limit, and for a profile or fault that is unknown"""
    parts = get_parts(request)
    key = read_key(request)
    is_test = _is_test_key(key, parts)
    account = parts.accounts.get_by_key(VENDOR, key)
    if parts.settings.limits and not parts.meshy_requests.take(account.id):
        raise REFUSALS["rate_limited"]
    return Call(
        request=request,
        parts=parts,
        account=account,
        profile=_read_profile(request, parts),
        fault_header=request.headers.get(faults.HEADER),
        hits=calls.take_hits(request, parts, kind, invalid=invalid),
        is_test=is_test,
    )


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


def _refuse(hits: dict[str, float]) -> None:
    """:raises ApiError: what a fault asks for"""
    if name := next((name for name in hits if name in REFUSALS), None):
        raise REFUSALS[name]
    if (status := faults.read_wanted_code(hits)) is not None:
        raise ApiError(status if 400 <= status <= 599 else 400, f"The sandbox was asked for {status}")
