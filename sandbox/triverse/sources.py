"""Finds the model that a task names: an uploaded file's key, an address of this sandbox, or one on loopback."""

import asyncio
import logging
from pathlib import Path

from sandbox.fetching import CannotFetch, fetch, read_url
from sandbox.files import MODEL_LIMIT_BYTES, MODEL_TYPES, STORAGE_PREFIX, Files, read_suffix
from sandbox.rows import Account
from sandbox.state import Store
from sandbox.triverse.errors import NOT_FOUND, UNSUPPORTED_FORMAT, ApiError, invalid

logger = logging.getLogger("sandbox")

FETCHED_PREFIX = "fetched/"
MAGIC = ((b"glTF", "glb"), (b"Kaydara FBX Binary", "fbx"), (b"PK\x03\x04", "zip"))


class Sources:
    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files

    async def find(self, written: str, *, account: Account, task_id: str) -> str:
        """Return the key of the file that `written` names.

        :raises ApiError: 1005 unknown or another account's key, 1004 an address that cannot be fetched, 2004 no model
        """
        if written.startswith(("http://", "https://")):
            key = await self._find_by_url(written, task_id)
        else:
            key = self._find_by_key(written, account)
        if read_suffix(key) not in MODEL_TYPES:
            raise ApiError(UNSUPPORTED_FORMAT, "The file is not a 3D model.")
        return key

    def _find_by_key(self, key: str, account: Account) -> str:
        file = self._store.files.get(key)
        if file is None or file.account_id != account.id or file.size_bytes is None:
            raise ApiError(NOT_FOUND, "No uploaded file of yours has this file_key.")
        return key

    async def _find_by_url(self, url: str, task_id: str) -> str:
        try:
            parts = read_url(url)
            if not parts.path.startswith(STORAGE_PREFIX):
                return await asyncio.to_thread(self._fetch, url, read_suffix(parts.path), task_id)
        except CannotFetch as error:
            logger.info(
                "task %s: the model's address could not be fetched: %s",
                task_id,
                type(error.__cause__ or error).__name__,
            )
            raise invalid(str(error)) from error
        key = self._files.find_signed(parts)
        if key is None:
            raise invalid("The URL cannot be fetched: it has expired, or its signature is wrong.")
        return key

    def _fetch(self, url: str, suffix: str, task_id: str) -> str:
        target = self._files.get_path(f"{FETCHED_PREFIX}{task_id}")
        fetch(url, target, limit_bytes=MODEL_LIMIT_BYTES)
        key = f"{FETCHED_PREFIX}{task_id}.{suffix or _sniff(target)}"
        target.rename(self._files.get_path(key))
        return key


def _sniff(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(32)
    return next((suffix for magic, suffix in MAGIC if head.startswith(magic)), "unknown")
