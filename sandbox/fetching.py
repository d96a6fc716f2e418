"""Fetches a file from an address that a client named. Only loopback is reached: a stand-in must not roam a network."""

import ipaddress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import requests

FETCH_TIMEOUT_S = 10
CHUNK_BYTES = 1 << 20


class CannotFetch(Exception):
    """The message says why, in words that hold no address."""


def read_url(url: str) -> SplitResult:
    """:raises CannotFetch: this is no address"""
    try:
        parts = urlsplit(url)
        parts.hostname, parts.port  # noqa: B018 -- both raise where they cannot be read
    except ValueError as error:
        raise CannotFetch("The URL cannot be read.") from error
    return parts


def fetch(url: str, target: Path, *, limit_bytes: int) -> None:
    """Download a file to `target`, whose folder is made; on failure nothing stays there.

    :raises CannotFetch: the address is not on loopback, does not answer 200, or sends more than `limit_bytes`
    """
    if not _is_loopback(read_url(url).hostname or ""):
        raise CannotFetch("The URL cannot be fetched: this sandbox reaches only its own addresses and loopback.")
    temporary = target.with_name(f"{target.name}.part")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    try:
        _download(url, temporary, limit_bytes=limit_bytes)
        temporary.rename(target)
    except (requests.RequestException, ValueError) as error:
        raise CannotFetch("The URL cannot be fetched.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _download(url: str, target: Path, *, limit_bytes: int) -> None:
    """:raises requests.RequestException, ValueError: no file came, or more than is allowed"""
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
                    if size > limit_bytes:
                        raise ValueError("too large")
                    file.write(chunk)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
