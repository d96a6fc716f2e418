"""GETs over connections that stay open: what goes out, what a network that fails makes of them, what is kept."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs.vendors import http, kept
from jobs.vendors.base import Connection, Status, VendorError
from jobs.vendors.triverse import Triverse
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply, reset, send_raw
from tests.ports import find_free_port

KEY = "trv-kept-0123456789-secret"
GOOD = json.dumps({"code": 0, "message": "success", "data": {"task_uuid": "t-1", "status": "RUNNING"}}).encode()


def make_client(url: str) -> Triverse:
    return Triverse(Connection(base_url=url, key=KEY, sandbox=False))


def poll(url: str) -> Status:
    with make_client(url) as client:
        return client.poll("t-1")


def fail(url: str) -> VendorError:
    with pytest.raises(VendorError) as caught:
        poll(url)
    assert KEY not in str(caught.value.__dict__)
    return caught.value


class Server(ThreadingHTTPServer):
    """Keeps connections open, and counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), Speaker)

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()


class Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.path} {self.headers['Authorization']}")
        is_chunked = self.path.endswith("chunked")
        body = gzip.compress(GOOD) if self.path.endswith("packed") else GOOD
        self.send_response(200)
        if self.path.endswith("packed"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header(*(("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if is_chunked else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def test_one_connection_serves_request_after_request(server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_port}/api/v1"
    with make_client(url) as client:
        for remote_id in ("t-1", "chunked", "packed", "t-2"):
            assert client.poll(remote_id).state == "running"

    assert server.connections == 1
    assert server.requests[0] == f"/api/v1/tasks/t-1 Bearer {KEY}"


def test_this_machine_is_never_asked_through_a_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{find_free_port()}")

    assert poll(f"http://127.0.0.1:{server.server_port}").state == "running"


def test_other_machines_are_asked_through_the_proxy_of_the_environment(
    start: Callable[[Handler], FakeVendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = start(reply("200 OK", GOOD))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert poll("http://vendor.example/api/v1").state == "running"
    assert proxy.requests[0].startswith(b"GET http://vendor.example/api/v1/tasks/t-1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (reset, "connection_lost"),
        (send_raw(b""), "connection_lost"),
        (send_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "connection_lost"),
        (send_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "connection_lost"),
        (send_raw(b"this is not HTTP\r\n\r\n"), "connection_lost"),
        (reply("502 Bad Gateway", b"<html><h1>Bad Gateway</h1></html>"), "502"),
        (reply("200 OK", b"<html>Sign in to the Wi-Fi</html>"), "200"),
        (reply("200 OK", b"not packed", "Content-Encoding: gzip"), "connection_lost"),
    ],
    ids=["reset", "closed", "cut-off", "bad-chunks", "no-http", "bad-gateway", "html", "bad-packing"],
)
def test_an_answer_that_cannot_be_used_may_come_later(
    start: Callable[[Handler], FakeVendor], handler: Handler, code: str
) -> None:
    vendor = start(handler)
    error = fail(vendor.url)

    assert (error.retryable, error.code) == (True, code)
    assert len(vendor.requests) == 1


def test_a_refused_connection_and_an_unknown_host_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fail(f"http://127.0.0.1:{find_free_port()}").code == "unreachable"

    def find_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    assert fail("http://vendor.invalid").code == "unreachable"


def test_an_address_that_is_none_is_final() -> None:
    assert not fail("http://[").retryable


def test_silence_and_an_answer_that_trickles_in_end_with_a_time_out(
    start: Callable[[Handler], FakeVendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.2)
    assert fail(start(lambda *_: is_over.wait(10) and None).url).code == "timeout"
    is_over.set()

    def trickle(connection: socket.socket, _: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(GOOD)}\r\n\r\n"
        connection.sendall(head.encode())
        is_gone = threading.Event()
        for sign in GOOD:
            try:
                connection.sendall(bytes([sign]))
            except OSError:
                return
            is_gone.wait(0.02)

    monkeypatch.setattr(http, "ANSWER_TIMEOUT_S", 0.1)
    assert fail(start(trickle).url).code == "timeout"


def test_an_answer_without_end_is_not_read_on(
    start: Callable[[Handler], FakeVendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "ANSWER_MAX_BYTES", 1_000)
    packed = gzip.compress(b" " * 5_000_000)

    assert fail(start(reply("200 OK", b" " * 2_000)).url).code == "timeout"
    assert fail(start(reply("200 OK", packed, "Content-Encoding: gzip")).url).code == "timeout"


def test_a_redirect_is_not_followed(start: Callable[[Handler], FakeVendor]) -> None:
    elsewhere = start(reply("200 OK", GOOD))

    fail(start(reply("302 Found", b"", f"Location: {elsewhere.url}/tasks/t-1")).url)

    assert elsewhere.requests == []


def test_many_threads_share_one_client(server: Server) -> None:
    answers: list[str] = []
    with make_client(f"http://127.0.0.1:{server.server_port}") as client:
        threads = [threading.Thread(target=lambda: answers.append(client.poll("t-1").state)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert answers == ["running"] * 20
    assert server.connections <= kept.CONNECTIONS_KEPT
