"""Finds the model that a task names: an uploaded file's key, an address of this sandbox, or one on loopback."""

import asyncio
import ipaddress
import logging
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import requests

from sandbox.files import MODEL_LIMIT_BYTES, MODEL_TYPES, STORAGE_PREFIX, Files, read_suffix
from sandbox.rows import Account
from sandbox.state import Store
from sandbox.triverse.errors import NOT_FOUND, UNSUPPORTED_FORMAT, ApiError, invalid

logger = logging.getLogger("sandbox")

FETCH_TIMEOUT_S = 10
FETCHED_PREFIX = "fetched/"
CHUNK_BYTES = 1 << 20
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
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError as error:
            raise invalid("The URL cannot be read.") from error
        if parts.path.startswith(STORAGE_PREFIX):
            return self._find_own(parts)
        if not _is_loopback(host):
            raise invalid("The URL cannot be fetched: this sandbox reaches only its own addresses and loopback.")
        return await asyncio.to_thread(self._fetch, url, read_suffix(parts.path), task_id)

    def _find_own(self, parts: SplitResult) -> str:
        key = unquote(parts.path.removeprefix(STORAGE_PREFIX))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        refusal = self._files.check(
            key,
            method="GET",
            expires=query.get("Expires", ""),
            signature=query.get("Signature", ""),
            filename=query.get("filename", ""),
        )
        if refusal or not self._files.get_path(key).is_file():
            raise invalid("The URL cannot be fetched: it has expired, or its signature is wrong.")
        return key

    def _fetch(self, url: str, suffix: str, task_id: str) -> str:
        temporary = self._files.get_path(f"{FETCHED_PREFIX}{task_id}.part")
        temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            _download(url, temporary)
            key = f"{FETCHED_PREFIX}{task_id}.{suffix or _sniff(temporary)}"
            temporary.rename(self._files.get_path(key))
        except (requests.RequestException, ValueError) as error:
            logger.info("task %s: the model's address could not be fetched: %s", task_id, type(error).__name__)
            raise invalid("The URL cannot be fetched.") from error
        finally:
            temporary.unlink(missing_ok=True)
        return key


def _download(url: str, target: Path) -> None:
    """:raises requests.RequestException, ValueError: no file came, or more than a model may have"""
    with requests.Session() as session:
        session.trust_env = False
        # A redirect could lead away from loopback.
        with session.get(url, stream=True, timeout=FETCH_TIMEOUT_S, allow_redirects=False) as answer:
            if answer.status_code != 200:
                raise ValueError(answer.status_code)
            size = 0
            with target.open("wb") as file:
                for chunk in answer.iter_content(CHUNK_BYTES):
                    size += len(chunk)
                    if size > MODEL_LIMIT_BYTES:
                        raise ValueError("too large")
                    file.write(chunk)


def _sniff(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(32)
    return next((suffix for magic, suffix in MAGIC if head.startswith(magic)), "unknown")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
