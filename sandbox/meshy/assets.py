"""The host of results: `/assets/...`, opened by signed addresses alone. It stands in for the vendor's CDN."""

import hmac
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.files import RESULTS_PREFIX, Refusal
from sandbox.parts import Parts, get_parts
from sandbox.rows import SandboxTask
from sandbox.storage import EXPIRED, MISSING, TWO_SIGNATURES, refuse, serve_file, suffer_faults

ASSETS_PREFIX = "/assets/"
INPUTS_PREFIX = "meshy/"
PREFIXES = {"output": RESULTS_PREFIX, "input": INPUTS_PREFIX}
# The textured GLB, kept whether or not it was asked for: other tasks may start from it.
BASE_MODEL = "base.glb"
KEY_PAIR_ID = "KSANDBOX"
# A day is what the vendor's own client tells people.
URL_LIFE_S = 24 * 3600
# How long tasks and files are kept for non-Enterprise plans (Quickstart, read 2026-11-21).
RETENTION_S = 3 * 24 * 3600

NO_KEY_PAIR = Refusal(403, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
WRONG_SIGNATURE = Refusal(403, "AccessDenied", "Access denied")


def sign(task: SandboxTask, part: str, name: str, *, parts: Parts, base_url: str) -> str:
    """Build the address of one of a task's files: `part` is output or input."""
    expires = int(parts.clock.now()) + URL_LIFE_S
    if task.completed_at is not None:
        expires = min(expires, int(task.completed_at) + RETENTION_S)
    signature = _compute(parts, task.id, part, name, str(expires))
    query = urlencode({"Expires": expires, "Signature": signature, "Key-Pair-Id": KEY_PAIR_ID})
    return f"{base_url.rstrip('/')}{ASSETS_PREFIX}{task.id}/{part}/{quote(name)}?{query}"


def _compute(parts: Parts, *signed: str) -> str:
    return parts.files.compute_signature("asset", *signed)


def _check(parts: Parts, signed: list[str], query: dict[str, str]) -> Refusal | None:
    if not query.get("Key-Pair-Id"):
        return NO_KEY_PAIR
    expires, signature = query.get("Expires", ""), query.get("Signature", "")
    is_signed = hmac.compare_digest(_compute(parts, *signed, expires).encode(), signature.encode())
    if not is_signed or query["Key-Pair-Id"] != KEY_PAIR_ID:
        return WRONG_SIGNATURE
    return EXPIRED if parts.clock.now() >= int(expires) else None


def find_signed(url: SplitResult, parts: Parts) -> Path | None:
    """The file that an address of this host opens now; None when it opens none."""
    signed = unquote(url.path.removeprefix(ASSETS_PREFIX)).split("/")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    if len(signed) != 3 or _check(parts, signed, query):
        return None
    path = _get_path(parts, *signed)
    return path if path.is_file() else None


def _get_path(parts: Parts, task_id: str, part: str, name: str) -> Path:
    return parts.files.get_path(f"{PREFIXES[part]}{task_id}/{name}")


async def serve(request: Request) -> Response:
    """Answer GET and HEAD of one file, with ranges."""
    parts = get_parts(request)
    signed = [request.path_params[name] for name in ("task_id", "part", "name")]
    task = parts.store.tasks.get(signed[0])
    hits = await suffer_faults(request, parts, task)
    refusal = _check(parts, signed, dict(request.query_params))
    if "authorization" in request.headers:
        refusal = TWO_SIGNATURES
    if refusal is None and "expired_url" in hits:
        refusal = EXPIRED
    if refusal is not None:
        return refuse(refusal)
    path = _get_path(parts, *signed)
    is_kept = task is not None and parts.clock.now() < (task.completed_at or parts.clock.now()) + RETENTION_S
    if not is_kept or not path.is_file():
        return refuse(MISSING)
    return await serve_file(path, hits=hits, media_type=None, filename=None)


ROUTES = [Route(ASSETS_PREFIX + "{task_id}/{part}/{name}", serve, methods=["GET"])]
