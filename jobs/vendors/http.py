"""HTTP as every vendor's client needs it: time-outs everywhere, no silent retries, errors that say what may have been.

Errors of the network carry the name of what failed and nothing of the request: requests' own texts may hold the key
(a header that cannot be sent is quoted in full) or a signed address. That is why they are not chained.
"""

import email.utils
import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from jobs.vendors import health
from jobs.vendors.base import Connection, Upload, VendorError
from jobs.vendors.json_body import JsonBody
from jobs.vendors.json_text import parse_json
from jobs.vendors.kept import KeptPool
from jobs.vendors.multipart import MultipartFile

CONNECT_TIMEOUT_S = 3.05
READ_TIMEOUT_S = 20.0
ANSWER_TIMEOUT_S = 30.0  # for a whole answer that trickles in
UPLOAD_TIMEOUT_S = (30.0, 300.0)  # urllib3 sends the body under the first of them
SEND_FILES_WITHIN_S = 600.0  # a body with files in it
FILES_READ_TIMEOUT_S = 60.0  # the vendor takes them out of the request before it answers
CREATE_LONGEST_S = CONNECT_TIMEOUT_S + READ_TIMEOUT_S + ANSWER_TIMEOUT_S
ANSWER_MAX_BYTES = 8_000_000
ANSWER_CHUNK_BYTES = 64 * 1024
RETRY_AFTER_MAX_S = 3_600.0
REQUEST_ID_HEADERS = ("x-request-id", "x-trace-id", "request-id")
LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)", re.IGNORECASE)
USER_AGENT = "Patina/0.1"

Sent = Literal["no", "maybe"]


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is None when it was no JSON: a proxy's HTML page, say."""

    http_status: int
    body: Any
    request_id: str = ""
    retry_after_s: float | None = None

    @property
    def is_good(self) -> bool:
        return 200 <= self.http_status < 300


class BearerAuth(AuthBase):
    """Sets the key by itself: a plain header would give way to a .netrc entry for the host."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class NoAuth(AuthBase):
    """Sends no key, and keeps .netrc out as well."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def make_session(auth: AuthBase, url: str) -> requests.Session:
    """Return a session for calls to `url`'s host; what is on this machine is never asked for through a proxy."""
    session = requests.Session()
    session.trust_env = not LOOPBACK.match(url)
    session.auth = auth
    session.headers["User-Agent"] = USER_AGENT
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return session


class HttpClient:
    """Calls below one vendor's base address with its key; each is noted for the circuit breaker."""

    def __init__(self, connection: Connection, *, vendor: str, label: str) -> None:
        self.connection = connection
        self.vendor = vendor
        self.label = label
        key = connection.key
        self._auth = BearerAuth(key) if key.isascii() and key.isprintable() and " " not in key else None
        self._session = make_session(self._auth, connection.base_url) if self._auth else None
        self._kept = KeptPool(self._session, connection.base_url) if self._session else None

    def _get_auth(self) -> BearerAuth:
        if self._auth is None:
            raise VendorError(
                f"The key for {self.label} holds signs that no key has.",
                retryable=False,
                code="bad_key",
                suggestion=f"Ask an administrator to check the setting with the key for {self.label}.",
            )
        return self._auth

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
        if self._kept is not None:
            self._kept.close()

    def _build_timeout(self) -> tuple[float, float]:
        return CONNECT_TIMEOUT_S, self.connection.read_timeout_s or READ_TIMEOUT_S

    def get(self, path: str) -> Answer:
        """GET over a connection that stays open; many threads may call at once.

        :raises VendorError: when no answer came
        """
        kept = self._kept or KeptPool(self._get_session(), self.connection.base_url)
        connect_s, read_s = self._build_timeout()
        try:
            with kept.get(path, connect_s=connect_s, read_s=read_s) as response:
                return self._note(read_kept_answer(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            raise self._note_failure(error) from None

    def delete(self, path: str) -> Answer:
        """:raises VendorError: when no answer came"""
        return self._call(self._get_session(), "DELETE", path, timeout=self._build_timeout())

    def _note(self, answer: Answer) -> Answer:
        health.note_answer(self.vendor, answer.http_status, retry_after_s=answer.retry_after_s)
        return answer

    def _note_failure(self, error: Exception) -> VendorError:
        failure = describe_failure(error, label=self.label)
        health.note_failure(self.vendor, failure.code)
        return failure

    def _get_session(self) -> requests.Session:
        return self._session or make_session(self._get_auth(), self.connection.base_url)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """POST once, on a connection of its own: on a kept one a reset leaves open whether it was read.

        :raises VendorError: when no answer came; `sent` tells whether the request may have arrived
        """
        with make_session(self._get_auth(), self.connection.base_url) as session:
            return self._call(
                session,
                "POST",
                path,
                timeout=self._build_timeout(),
                json=dict(body),
                headers={"Connection": "close"},
            )

    def post_json(self, path: str, body: Mapping[str, Any]) -> Answer:
        """POST once as `post` does; the body may hold files, which are read and encoded while they are sent.

        :raises VendorError: when no answer came; `sent` is "no" as long as a part of the body had not left
        """
        with (
            make_session(self._get_auth(), self.connection.base_url) as session,
            JsonBody(body, within_s=SEND_FILES_WITHIN_S) as data,
        ):
            try:
                return self._call(
                    session,
                    "POST",
                    path,
                    timeout=(UPLOAD_TIMEOUT_S[0], self.connection.read_timeout_s or FILES_READ_TIMEOUT_S),
                    data=data,
                    headers={"Content-Type": "application/json", "Connection": "close"},
                )
            except VendorError as error:
                if not data.is_sent:
                    error.sent = "no"
                raise

    def stream(
        self, path: str, *, idle_s: float, on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[bytes | Answer]:
        """Yield what comes, byte by byte, until the vendor ends it; or its answer, where that is no stream.

        `on_open` gets a function that breaks the connection off from another thread.

        :raises VendorError: code "timeout" when nothing comes for `idle_s`
        """
        is_answered = False
        try:
            with make_session(self._get_auth(), self.connection.base_url) as session:
                response = session.get(
                    f"{self.connection.base_url}{path}",
                    headers={"Accept": "text/event-stream", "Accept-Encoding": "identity"},
                    timeout=(CONNECT_TIMEOUT_S, idle_s),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    if response.status_code != 200 or "event-stream" not in response.headers.get("Content-Type", ""):
                        yield self._note(read_answer(response))
                        return
                    health.note_answer(self.vendor, response.status_code)
                    is_answered = True  # a stream that breaks later says little about the vendor
                    with socket.socket(fileno=os.dup(response.raw.fileno())) as twin:
                        on_open(lambda: twin.shutdown(socket.SHUT_RDWR))
                        yield from response.iter_content(1)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            if is_answered:
                raise describe_failure(error, label=self.label) from None
            raise self._note_failure(error) from None

    def post_file(self, path: str, upload: Upload) -> Answer:
        """Send a file as the form field `file`.

        :raises VendorError: when no answer came
        """
        with make_session(self._get_auth(), self.connection.base_url) as session, MultipartFile(upload) as body:
            return self._call(
                session,
                "POST",
                path,
                timeout=UPLOAD_TIMEOUT_S,
                data=body,
                headers={"Content-Type": body.content_type, "Connection": "close"},
            )

    def _call(
        self,
        session: requests.Session,
        method: str,
        path: str,
        *,
        timeout: tuple[float, float],
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            with session.request(
                method,
                f"{self.connection.base_url}{path}",
                json=json,
                data=data,
                headers=dict(headers or {}),
                timeout=timeout,
                allow_redirects=False,  # a redirected POST would become a GET
                stream=True,
            ) as response:
                return self._note(read_answer(response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            raise self._note_failure(error) from None


def read_answer(response: requests.Response) -> Answer:
    """Read at most ANSWER_MAX_BYTES within ANSWER_TIMEOUT_S."""
    chunks = response.iter_content(ANSWER_CHUNK_BYTES)
    return _build_answer(response.status_code, response.headers, _read_body(chunks))


def read_kept_answer(response: urllib3.BaseHTTPResponse) -> Answer:
    """Read as `read_answer` does what came over a kept connection; one that is not read to its end is closed."""
    try:
        body = _read_body(iter(partial(response.read1, ANSWER_CHUNK_BYTES), b""))
    except BaseException:
        response.close()
        raise
    return _build_answer(response.status, response.headers, body)


def _read_body(chunks: Iterable[bytes]) -> bytes:
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    found: list[bytes] = []
    total = 0
    for chunk in chunks:
        found.append(chunk)
        total += len(chunk)
        if total > ANSWER_MAX_BYTES or time.monotonic() > deadline:
            raise requests.ReadTimeout
    return b"".join(found)


def _build_answer(http_status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    return Answer(
        http_status=http_status,
        body=parse_json(body),
        request_id=next((headers[name][:100] for name in REQUEST_ID_HEADERS if name in headers), ""),
        retry_after_s=parse_retry_after(headers.get("Retry-After"), now=time.time()),
    )


def parse_retry_after(value: str | None, *, now: float) -> float | None:
    """Return the seconds that the header asks for (a number, or a date), at most an hour; None without a usable one."""
    if not value:
        return None
    try:
        wait = float(value)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(value).timestamp() - now
        except (TypeError, ValueError):
            return None
    return min(max(wait, 0.0), RETRY_AFTER_MAX_S) if wait == wait else None  # NaN equals nothing


def describe_failure(error: Exception, *, label: str) -> VendorError:
    """Turn an error of the network into ours: may the request have arrived, may the same pass later?"""
    sent, what = _classify(error)
    is_lasting = isinstance(error, ValueError) and not isinstance(error, requests.exceptions.JSONDecodeError)
    return VendorError(
        f"{label} is not answering.",
        retryable=not is_lasting or isinstance(error, requests.ConnectionError),
        sent=sent,
        code=what,
        suggestion="Nothing has to be done: it is tried again by itself.",
    )


def _classify(error: Exception) -> tuple[Sent, str]:
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # to urllib3 it is a kind of the next one
        return "no", "unreachable"
    if isinstance(error, requests.ConnectTimeout | urllib3.exceptions.ConnectTimeoutError):
        return "no", "connect_timeout"
    if isinstance(error, requests.ReadTimeout) or _find_cause(error, urllib3.exceptions.ReadTimeoutError):
        return "maybe", "timeout"  # in the middle of an answer it comes as a ConnectionError
    if isinstance(error, requests.exceptions.SSLError) and _find_cause(error, urllib3.exceptions.MaxRetryError):
        return "no", "tls"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "maybe", "tls"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.HTTPError):
        never_connected = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.NameResolutionError)
        return ("no", "unreachable") if _find_cause(error, *never_connected) else ("maybe", "connection_lost")
    if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
        return "no", "bad_address"  # InvalidURL, InvalidHeader, MissingSchema ...: it never left
    return "maybe", "connection_lost"


def _find_cause(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Return whether one of `kinds` stands behind the error, as requests and urllib3 wrap them."""
    seen: list[object] = [error]
    while seen:
        item = seen.pop()
        if isinstance(item, kinds):
            return True
        if isinstance(item, BaseException):
            seen += [*item.args, getattr(item, "reason", None)]
    return False
