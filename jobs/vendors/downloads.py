"""Fetches a result: without any key, no further than its host may send us, and whole or not at all."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

import requests
import urllib3.exceptions

from jobs.vendors.addresses import OuterAdapter, leads_inside, names_inside
from jobs.vendors.base import VendorError
from jobs.vendors.http import CONNECT_TIMEOUT_S, NoAuth, describe_failure, make_session, parse_retry_after

DOWNLOAD_READ_TIMEOUT_S = 30.0
CHUNK_BYTES = 256 * 1024
REDIRECTS_MAX = 5
LINK_GONE = frozenset({401, 403, 404, 410})  # what storage hosts answer when a signed address is over
MAY_PASS = frozenset({408, 425, 429})  # and every 5xx

NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)


def download(
    url: str, target: Path, *, limit_bytes: int, keep_on: Callable[[], bool], label: str, vendor_url: str
) -> str:
    """Stream a result to `target` without any key and return its media type.

    A body that ends before the length that its host announced is an error ("connection_lost"): urllib3 counts.
    Without an announced length only the check of the content can tell (jobs/files.py).

    :raises VendorError: `http_status` in LINK_GONE when the address is over; code "stopped" when `keep_on` said so;
        not `retryable` when the host refuses in clear words, or the address leads where none of ours may go
    :raises OSError: when `target` cannot be written
    """
    if not is_web(url):
        raise VendorError(f"{label} named an address that is no web address.", retryable=False, code="bad_address")
    if names_inside(url) and not leads_inside(vendor_url):
        raise _leads_inside(label)
    with make_session(NoAuth(), url) as session:
        session.headers["Accept-Encoding"] = "identity"
        with _open(session, url, label=label) as response:
            _check(response, limit_bytes=limit_bytes, label=label)
            with target.open("wb") as file:
                for chunk in _read_chunks(response, limit_bytes=limit_bytes, keep_on=keep_on, label=label):
                    file.write(chunk)
            return response.headers.get("Content-Type", "").partition(";")[0].strip()


def is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _open(session: requests.Session, url: str, *, label: str) -> requests.Response:
    """Return the answer at the end of all redirects. From the internet none may lead into our own network."""
    first = url
    for _ in range(REDIRECTS_MAX + 1):
        try:
            response = session.get(
                url, timeout=(CONNECT_TIMEOUT_S, DOWNLOAD_READ_TIMEOUT_S), stream=True, allow_redirects=False
            )
            further = session.get_redirect_target(response)
        except NETWORK_ERRORS as error:
            raise describe_failure(error, label=label) from None
        if not further:
            return response
        response.close()
        url = _follow(session, url, urljoin(url, further), first=first, label=label)
    raise VendorError(f"{label} leads from one address of the file to the next.", retryable=False, code="redirects")


def _follow(session: requests.Session, url: str, further: str, *, first: str, label: str) -> str:
    is_weaker = url.lower().startswith("https:") and not further.lower().startswith("https:")
    if not is_web(further) or is_weaker:
        raise VendorError(f"{label} leads to an address that is not safe.", retryable=False, code="bad_address")
    if not leads_inside(first):
        if leads_inside(further):
            raise _leads_inside(label)
        for scheme in ("http://", "https://"):
            session.mount(scheme, OuterAdapter(max_retries=0))
    return further


def _leads_inside(label: str) -> VendorError:
    what = f"{label} named an address inside a private network for the file; it was not followed."
    return VendorError(what, retryable=False, code="bad_address")


def _check(response: requests.Response, *, limit_bytes: int, label: str) -> None:
    status = response.status_code
    if status != HTTPStatus.OK:
        raise _describe_refusal(response, label=label)
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > limit_bytes:
        raise _too_large(limit_bytes, label)


def _describe_refusal(response: requests.Response, *, label: str) -> VendorError:
    status = response.status_code
    may_pass = status in LINK_GONE | MAY_PASS or status >= 500
    what = f"{label} did not give the file" if may_pass else f"{label} refuses to give the file"
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return VendorError(
        f"{'The address of the file is over' if status in LINK_GONE else what} ({f'{status} {name}'.strip()}).",
        retryable=may_pass,
        http_status=status,
        code="link_gone" if status in LINK_GONE else str(status),
        retry_after_s=parse_retry_after(response.headers.get("Retry-After"), now=time.time()),
    )


def _read_chunks(
    response: requests.Response, *, limit_bytes: int, keep_on: Callable[[], bool], label: str
) -> Iterator[bytes]:
    total = 0
    chunks = response.iter_content(CHUNK_BYTES)
    while True:
        try:
            chunk = next(chunks, None)
        except NETWORK_ERRORS as error:
            raise describe_failure(error, label=label) from None
        if chunk is None:
            return
        total += len(chunk)
        if total > limit_bytes:
            raise _too_large(limit_bytes, label)
        if not keep_on():
            raise VendorError("The download was interrupted on this side.", retryable=True, code="stopped")
        yield chunk


def _too_large(limit_bytes: int, label: str) -> VendorError:
    limit = limit_bytes // 1_000_000
    return VendorError(f"{label}'s file is larger than {limit} MB.", retryable=False, code="too_large")
