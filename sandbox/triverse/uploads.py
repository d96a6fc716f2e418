"""Uploads: multipart, a signed address for a direct PUT, and a signed address to read an own file."""

import shutil
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from sandbox.clock import as_iso
from sandbox.files import (
    DOWNLOAD_URL_LIFE_S,
    IMAGE_LIMIT_BYTES,
    IMAGE_TYPES,
    MODEL_LIMIT_BYTES,
    MODEL_TYPES,
    UPLOAD_URL_LIFE_S,
    read_suffix,
)
from sandbox.magic import HEAD_BYTES, sniff
from sandbox.rows import StoredFile
from sandbox.triverse.body import Body
from sandbox.triverse.endpoint import TOO_MANY_UPLOADS, Call, read_json
from sandbox.triverse.errors import BUSY, NOT_FOUND, UNSUPPORTED_FORMAT, ApiError, invalid

MULTIPART_OVERHEAD_BYTES = 64 * 1024
IMAGE_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
MODEL_VARIANTS = ("geometry", "textured")


async def upload_image(call: Call) -> dict[str, str]:
    upload = await _receive(call, IMAGE_LIMIT_BYTES)
    content_type = (upload.content_type or "").partition(";")[0].strip().lower()
    suffix = IMAGE_SUFFIXES.get(content_type)
    head = await upload.read(HEAD_BYTES)
    if suffix is None or sniff(head) != suffix:
        raise ApiError(UNSUPPORTED_FORMAT, "Only image/jpeg, image/png and image/webp are taken.")
    return await _keep(call, upload, suffix=suffix, content_type=content_type)


async def upload_model(call: Call) -> dict[str, str]:
    variant = call.request.query_params.get("modelVariant")
    if variant not in (None, *MODEL_VARIANTS):
        raise invalid("modelVariant must be geometry or textured.")
    upload = await _receive(call, MODEL_LIMIT_BYTES)
    suffix = read_suffix(upload.filename or "")
    if suffix not in MODEL_TYPES:
        raise ApiError(UNSUPPORTED_FORMAT, f"Only {', '.join(MODEL_TYPES)} are taken.")
    return await _keep(call, upload, suffix=suffix, content_type=MODEL_TYPES[suffix])


async def _receive(call: Call, limit_bytes: int) -> UploadFile:
    """:raises ApiError: 2000 over the upload rate, 1004 no file, an empty one, or a too large one"""
    if call.parts.settings.limits and not call.parts.uploads.take(call.account.id):
        raise ApiError(BUSY, "Wait a minute before the next upload.", message=TOO_MANY_UPLOADS)
    too_large = invalid(f"The file is too large; the limit is {limit_bytes // 10**6} MB.")
    if _read_length(call) > limit_bytes + MULTIPART_OVERHEAD_BYTES:
        raise too_large
    if not call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise invalid("Send the file as multipart/form-data.")
    try:
        form = await call.request.form(max_files=1)
    except HTTPException as error:
        raise invalid("The multipart body cannot be read.") from error
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise invalid("The form field 'file' must hold a file with a name.")
    if (upload.size or 0) > limit_bytes:
        raise too_large
    if not upload.size:
        raise invalid("The file is empty.")
    return upload


def _read_length(call: Call) -> int:
    written = call.request.headers.get("content-length", "")
    return int(written) if written.isdecimal() else 0


async def _keep(call: Call, upload: UploadFile, *, suffix: str, content_type: str) -> dict[str, str]:
    key = call.parts.files.build_key(call.account, suffix)
    await run_in_threadpool(_copy, upload.file, call.parts.files.get_path(key))
    file = StoredFile(
        key=key,
        account_id=call.account.id,
        filename=Path(upload.filename or "").name,
        content_type=content_type,
        created_at=call.parts.clock.now(),
        size_bytes=upload.size,
    )
    call.parts.store.files[key] = file
    await call.parts.store.save(file)
    return {"file_key": key}


def _copy(source: BinaryIO, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.seek(0)
    with target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


async def presign_upload(call: Call) -> dict[str, object]:
    body = Body(await read_json(call.request))
    filename = body.require_text("filename")
    suffix = read_suffix(filename)
    known_type = (MODEL_TYPES | IMAGE_TYPES).get(suffix)
    if known_type is None:
        raise ApiError(UNSUPPORTED_FORMAT, f"{filename[:60]!r} has no extension of a model or an image.")
    content_type = body.text("content_type") or known_type
    if not content_type.isascii() or not content_type.isprintable():
        raise invalid("content_type is not a MIME type.")
    key = call.parts.files.build_key(call.account, suffix)
    file = StoredFile(
        key=key,
        account_id=call.account.id,
        filename=Path(filename).name,
        content_type=content_type,
        created_at=call.parts.clock.now(),
    )
    call.parts.store.files[key] = file
    await call.parts.store.save(file)
    url, expires = call.parts.files.sign(
        key, life_s=UPLOAD_URL_LIFE_S, base_url=call.base_url, method="PUT", content_type=content_type
    )
    return {
        "upload_url": url,
        "file_key": key,
        "headers": {"Content-Type": content_type},
        "expires_at": as_iso(expires),
    }


async def presign_get(call: Call) -> dict[str, str]:
    body = Body(await read_json(call.request))
    key, filename = body.require_text("file_key"), body.text("filename") or ""
    file = call.parts.store.files.get(key)
    if file is None or file.account_id != call.account.id or file.size_bytes is None:
        raise ApiError(NOT_FOUND, "No uploaded file of yours has this file_key.")
    url, expires = call.parts.files.sign(key, life_s=DOWNLOAD_URL_LIFE_S, base_url=call.base_url, filename=filename)
    return {"download_url": url, "url": url, "expires_at": as_iso(expires)}
