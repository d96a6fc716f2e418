"""GETs over connections that stay open, from many threads at once: what following thousands of tasks is made of.

urllib3 as requests sets it up (certificates, proxies, no proxy for this machine), without what requests does anew for
each call: that is more than half of a request's time.
"""

import threading
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

CONNECTIONS_KEPT = 64
NEVER_AGAIN = urllib3.Retry(total=False, connect=False, read=False, redirect=False, status=False)


class KeptPool:
    """Open connections to one host."""

    def __init__(self, session: requests.Session, base_url: str) -> None:
        self._session = session
        self._base_url = base_url
        self._adapter = HTTPAdapter(pool_maxsize=CONNECTIONS_KEPT, max_retries=0)
        self._lock = threading.Lock()
        self._pool: Any = None
        self._prefix = ""
        self._headers: dict[str, str] = {}
        self._timeout = urllib3.Timeout()

    def get(self, path: str, *, connect_s: float, read_s: float) -> urllib3.BaseHTTPResponse:
        """Return the answer with its body unread; raise requests' errors for a bad address, else urllib3's."""
        if self._pool is None:
            with self._lock:
                if self._pool is None:
                    self._prepare()
        return self._pool.urlopen(
            "GET",
            self._prefix + path,
            headers=self._headers,
            retries=NEVER_AGAIN,
            redirect=False,
            assert_same_host=False,
            timeout=self._get_timeout(connect_s, read_s),
            preload_content=False,
        )

    def close(self) -> None:
        self._adapter.close()

    def _get_timeout(self, connect_s: float, read_s: float) -> urllib3.Timeout:
        if (self._timeout.connect_timeout, self._timeout.read_timeout) != (connect_s, read_s):
            self._timeout = urllib3.Timeout(connect=connect_s, read=read_s)
        return self._timeout

    def _prepare(self) -> None:
        """Find out once what requests finds out for every call: proxies, certificates, headers."""
        prepared = self._session.prepare_request(requests.Request("GET", self._base_url))
        found = self._session.merge_environment_settings(self._base_url, {}, False, None, None)
        proxies = found["proxies"]
        pool = self._adapter.get_connection_with_tls_context(
            prepared, found["verify"], proxies=proxies, cert=found["cert"]
        )
        self._prefix = self._adapter.request_url(prepared, proxies).rstrip("/")  # whole where a proxy wants it so
        self._headers = {str(name): str(value) for name, value in prepared.headers.items()}
        self._pool = pool
