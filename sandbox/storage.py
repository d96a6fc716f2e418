"""The storage host: `/storage/...`, opened by signed addresses alone. It stands in for the vendor's object store."""

import asyncio
import hashlib
from pathlib import Path
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox import faults
from sandbox.calls import build_html
from sandbox.connections import CutShort, Reset
from sandbox.files import MODEL_LIMIT_BYTES, RESULT_LIFE_S, RESULTS_PREFIX, STORAGE_PREFIX, Refusal
from sandbox.parts import Parts, get_parts
from sandbox.rows import SandboxTask

MISSING = Refusal(404, "NoSuchKey", "The specified key does not exist.")
EXPIRED = Refusal(403, "AccessDenied", "Request has expired.")
TOO_LARGE = Refusal(400, "EntityTooLarge", "The file is larger than this host takes.")
DOWN = Refusal(503, "ServiceUnavailable", "Please reduce your request rate.")
# A signed address and a key together: whoever sends this gives the API key away.
TWO_SIGNATURES = Refusal(400, "InvalidArgument", "Send no Authorization header with a signed address.")


async def serve(request: Request) -> Response:
    """Answer GET and HEAD of one file, with ranges."""
    parts, key = get_parts(request), request.path_params["key"]
    task = _find_task(parts, key)
    hits = await suffer_faults(request, parts, task)
    if (instead := _fail(hits)) is not None:
        return instead
    refusal = _check(request, parts, key, content_type="", method="GET")
    if refusal is None and "expired_url" in hits:
        refusal = EXPIRED
    if refusal is not None:
        return refuse(refusal)
    path = parts.files.get_path(key)
    if not path.is_file() or _is_gone(parts, key, task):
        return refuse(MISSING)
    file = parts.store.files.get(key)
    filename = request.query_params.get("filename") or None
    return await serve_file(path, hits=hits, media_type=file.content_type if file else None, filename=filename)


def _fail(hits: dict[str, float]) -> Response | None:
    """Return what a fault puts in the place of any answer; None where none does."""
    if "reset_before" in hits:
        return Reset()
    if "server_error_before" in hits:
        return refuse(DOWN)
    return build_html() if "html_answer" in hits else None


async def suffer_faults(request: Request, parts: Parts, task: SandboxTask | None) -> dict[str, float]:
    """Return the faults that hit this reading of a task's file, after the slowness that is one of them."""
    try:
        hits = parts.faults.take(faults.STORAGE, request.headers.get(faults.HEADER))
    except faults.UnknownFault:
        hits = {}
    if task is not None and task.faults:
        hits |= faults.take_from_task(task.faults, faults.STORAGE)
    if "slow" in hits:
        await asyncio.sleep(hits["slow"])
    return hits


async def serve_file(path: Path, *, hits: dict[str, float], media_type: str | None, filename: str | None) -> Response:
    """The whole file, or what a fault leaves of it."""
    whole = FileResponse(path, media_type=media_type, filename=filename)
    if "truncated_download" not in hits and "corrupt_download" not in hits:
        return whole
    content = await asyncio.to_thread(path.read_bytes)
    if "truncated_download" in hits:
        return CutShort(content, media_type=whole.media_type)
    return Response(content[: len(content) // 2], media_type=whole.media_type)


async def put(request: Request) -> Response:
    """Take a direct upload, whose content type must be the signed one."""
    parts, key = get_parts(request), request.path_params["key"]
    content_type = request.headers.get("content-type", "")
    refusal = _check(request, parts, key, content_type=content_type, method="PUT")
    file = parts.store.files.get(key)
    if refusal is None and file is None:
        refusal = MISSING
    if refusal is None and int(request.headers.get("content-length") or 0) > MODEL_LIMIT_BYTES:
        refusal = TOO_LARGE
    if refusal is not None or file is None:
        async for _ in request.stream():
            pass
        return refuse(refusal or MISSING)
    received = await _receive(request, parts.files.get_path(key))
    if received is None:
        return refuse(TOO_LARGE)
    file.size_bytes, etag = received
    await parts.store.save(file)
    return Response(status_code=200, headers={"ETag": f'"{etag}"'})


async def _receive(request: Request, target: Path) -> tuple[int, str] | None:
    """Write the body to its place; None when it is longer than allowed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.part")
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    with temporary.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= MODEL_LIMIT_BYTES:
                digest.update(chunk)
                file.write(chunk)
    if size > MODEL_LIMIT_BYTES:
        temporary.unlink()
        return None
    temporary.rename(target)
    return size, digest.hexdigest()


def _check(request: Request, parts: Parts, key: str, *, method: str, content_type: str) -> Refusal | None:
    if "authorization" in request.headers:
        return TWO_SIGNATURES
    query = request.query_params
    return parts.files.check(
        key,
        method=method,
        expires=query.get("Expires", ""),
        signature=query.get("Signature", ""),
        content_type=content_type,
        filename=query.get("filename", ""),
    )


def _find_task(parts: Parts, key: str) -> SandboxTask | None:
    if not key.startswith(RESULTS_PREFIX):
        return None
    return parts.store.tasks.get(key.removeprefix(RESULTS_PREFIX).partition("/")[0])


def _is_gone(parts: Parts, key: str, task: SandboxTask | None) -> bool:
    """Results are deleted after a while, as the vendor's are."""
    if not key.startswith(RESULTS_PREFIX):
        return False
    return task is None or parts.clock.now() >= (task.completed_at or 0) + RESULT_LIFE_S


def refuse(refusal: Refusal) -> Response:
    text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return Response(body, refusal.status, media_type="application/xml")


ROUTES = [
    Route(STORAGE_PREFIX + "{key:path}", serve, methods=["GET"]),
    Route(STORAGE_PREFIX + "{key:path}", put, methods=["PUT"]),
]
