"""Finds the files that a task names: an uploaded file's key, an address of this sandbox, or one on loopback."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.fetching import CannotFetch, fetch, read_url
from sandbox.files import (
    IMAGE_LIMIT_BYTES,
    IMAGE_TYPES,
    MODEL_LIMIT_BYTES,
    MODEL_TYPES,
    STORAGE_PREFIX,
    Files,
    read_suffix,
)
from sandbox.magic import HEAD_BYTES, sniff
from sandbox.rows import Account
from sandbox.state import Store
from sandbox.triverse.errors import NOT_FOUND, UNSUPPORTED_FORMAT, ApiError, invalid

logger = logging.getLogger("sandbox")

FETCHED_PREFIX = "fetched/"


@dataclass(frozen=True)
class Kind:
    """What a parameter takes: the extensions, how large, and how a person calls it."""

    types: Mapping[str, str]
    limit_bytes: int
    called: str


MODEL = Kind(MODEL_TYPES, MODEL_LIMIT_BYTES, "a 3D model")
IMAGE = Kind(IMAGE_TYPES, IMAGE_LIMIT_BYTES, "a JPEG, PNG or WebP image")


def is_url(written: str) -> bool:
    """Tell an address from a file_key, as the vendor's pages do."""
    return written.startswith(("http://", "https://"))


class Sources:
    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files

    async def find(self, written: str, *, account: Account, kind: Kind, name: str) -> str:
        """Return the key of the file that `written` names; what is fetched for it is kept under `name`.

        :raises ApiError: 1005 unknown or another account's key, 1004 an address without a file, 2004 not that kind
        """
        key = await self._find_by_url(written, kind, name) if is_url(written) else self._find_by_key(written, account)
        if read_suffix(key) not in kind.types:
            raise ApiError(UNSUPPORTED_FORMAT, f"The file is not {kind.called}.")
        return key

    def _find_by_key(self, key: str, account: Account) -> str:
        file = self._store.files.get(key)
        if file is None or file.account_id != account.id or file.size_bytes is None:
            raise ApiError(NOT_FOUND, "No uploaded file of yours has this file_key.")
        return key

    async def _find_by_url(self, url: str, kind: Kind, name: str) -> str:
        try:
            parts = read_url(url)
            if not parts.path.startswith(STORAGE_PREFIX):
                return await asyncio.to_thread(self._fetch, url, kind, name)
        except CannotFetch as error:
            reason = type(error.__cause__ or error).__name__
            logger.info("%s: its address could not be fetched: %s", name, reason)
            raise invalid(str(error)) from error
        key = self._files.find_signed(parts)
        if key is None:
            raise invalid("The URL cannot be fetched: it has expired, or its signature is wrong.")
        return key

    def _fetch(self, url: str, kind: Kind, name: str) -> str:
        target = self._files.get_path(f"{FETCHED_PREFIX}{name}")
        fetch(url, target, limit_bytes=kind.limit_bytes)
        suffix = read_suffix(read_url(url).path)
        key = f"{FETCHED_PREFIX}{name}.{suffix if suffix in kind.types else _sniff(target)}"
        target.rename(self._files.get_path(key))
        return key


def _sniff(path: Path) -> str:
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES)) or "unknown"
