"""What the client makes of a network that fails: may the request have arrived, may it be tried again?"""

import json
import socket
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import override_settings

from jobs.vendors import get_vendor, http
from jobs.vendors.base import Connection, SentRequest, Upload, VendorError
from jobs.vendors.http import parse_retry_after
from jobs.vendors.triverse import Triverse
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply, reset, send_raw
from tests.ports import find_free_port

KEY = "trv-wire-0123456789-secret"
CREATE = SentRequest(method="POST", path="/tasks/model-remesh", body={"model_file": "k"})
GOOD = json.dumps({"code": 0, "message": "success", "data": {"task_uuid": "t-1", "status": "PENDING"}}).encode()


def make_client(url: str, key: str = KEY) -> Triverse:
    return Triverse(Connection(base_url=url, key=key, sandbox=False))


def submit(url: str) -> VendorError:
    with make_client(url) as client, pytest.raises(VendorError) as caught:
        client.submit(CREATE)
    return caught.value


def test_a_refused_connection_was_surely_not_sent() -> None:
    error = submit(f"http://127.0.0.1:{find_free_port()}")

    assert (error.sent, error.retryable, error.code) == ("no", True, "unreachable")


def test_an_unknown_host_was_surely_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    error = submit("http://vendor.invalid")

    assert (error.sent, error.retryable) == ("no", True)


def test_an_address_that_is_none_is_final_and_was_not_sent() -> None:
    error = submit("http://[")

    assert (error.sent, error.retryable) == ("no", False)


@pytest.mark.parametrize(
    "handler",
    [
        reset,
        send_raw(b""),
        send_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
        send_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        send_raw(b"this is not HTTP\r\n\r\n"),
        reply("502 Bad Gateway", b"<html><h1>Bad Gateway</h1></html>", "Content-Type: text/html"),
        reply("200 OK", b"<html>Sign in to the Wi-Fi</html>", "Content-Type: text/html"),
    ],
    ids=["reset", "closed", "cut-off", "bad-chunks", "no-http", "bad-gateway", "html"],
)
def test_a_lost_answer_leaves_it_open_whether_it_was_sent(
    start: Callable[[Handler], FakeVendor], handler: Handler
) -> None:
    vendor = start(handler)

    error = submit(vendor.url)

    assert (error.sent, error.retryable) == ("maybe", True)
    assert len(vendor.requests) == 1, "a create leaves once"


def test_silence_ends_with_a_time_out(start: Callable[[Handler], FakeVendor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.2)
    is_over = threading.Event()
    vendor = start(lambda *_: is_over.wait(10) and None)

    error = submit(vendor.url)
    is_over.set()

    assert (error.sent, error.retryable, error.code) == ("maybe", True, "timeout")


def test_how_long_an_answer_is_waited_for_is_a_setting(start: Callable[[Handler], FakeVendor]) -> None:
    is_over = threading.Event()
    vendor = start(lambda *_: is_over.wait(10) and None)
    with override_settings(VENDOR_READ_TIMEOUT_S=0.2, TRIVERSE_API_KEY="key", TRIVERSE_BASE_URL=vendor.url):
        client = get_vendor("triverse")

    with client, pytest.raises(VendorError) as caught:
        client.submit(CREATE)
    is_over.set()

    assert caught.value.code == "timeout"


def test_an_answer_that_trickles_in_ends_with_a_time_out(
    start: Callable[[Handler], FakeVendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_S", -1.0)
    vendor = start(reply("200 OK", GOOD))

    assert submit(vendor.url).code == "timeout"


def test_a_redirected_create_is_not_followed(start: Callable[[Handler], FakeVendor]) -> None:
    elsewhere = start(reply("200 OK", GOOD))
    vendor = start(reply("302 Found", b"", f"Location: {elsewhere.url}/tasks/model-remesh"))

    submit(vendor.url)

    assert elsewhere.requests == []


def test_a_create_uses_a_connection_of_its_own(start: Callable[[Handler], FakeVendor]) -> None:
    vendor = start(reply("200 OK", GOOD))

    with make_client(vendor.url) as client:
        client.submit(CREATE)

    head = vendor.requests[0].partition(b"\r\n\r\n")[0].lower()
    assert b"connection: close" in head
    assert f"authorization: bearer {KEY}".encode() in head


def test_retry_after_reaches_the_caller(start: Callable[[Handler], FakeVendor]) -> None:
    vendor = start(reply("429 Too Many Requests", b'{"code": 2000, "message": "busy"}', "Retry-After: 7"))

    assert submit(vendor.url).retry_after_s == 7.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("999999", 3600.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, now=100.0) == seconds


@pytest.mark.parametrize("key", [f"{KEY}\nX-Evil: 1", f"{KEY}é", f" {KEY}"])
def test_a_key_that_cannot_be_sent_is_in_no_error(key: str) -> None:
    with make_client("http://127.0.0.1:9", key=key) as client, pytest.raises(VendorError) as caught:
        client.submit(CREATE)

    assert not caught.value.retryable
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_no_error_of_the_network_shows_key_or_signature(tmp_path: Path) -> None:
    port = find_free_port()
    errors = [submit(f"http://127.0.0.1:{port}")]
    with make_client("http://127.0.0.1:9") as client, pytest.raises(VendorError) as caught:
        client.download(
            f"http://127.0.0.1:{port}/m.glb?Signature=abc", tmp_path / "m", limit_bytes=10, keep_on=lambda: True
        )
    errors.append(caught.value)

    for error in errors:
        text = "".join(traceback.format_exception(error))
        assert KEY not in text
        assert "Signature=abc" not in text


def test_an_upload_sends_name_type_and_all_bytes(start: Callable[[Handler], FakeVendor], tmp_path: Path) -> None:
    vendor = start(reply("200 OK", b'{"code": 0, "message": "success", "data": {"file_key": "tasks/1.glb"}}'))
    path = tmp_path / "model"
    path.write_bytes(b"glTF" + bytes(300_000))
    upload = Upload(
        path=path, name='ro"bot\r\n.glb', kind="model", media_type="model/gltf-binary", size_bytes=path.stat().st_size
    )

    with make_client(vendor.url) as client:
        assert client.upload(upload) == "tasks/1.glb"

    head, _, body = vendor.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /upload/model ")
    assert b'name="file"; filename="ro_bot__.glb"\r\nContent-Type: model/gltf-binary\r\n\r\nglTF' in body
    assert path.read_bytes() in body
    boundary = body.split(b"\r\n")[0]
    assert body.endswith(b"\r\n" + boundary + b"--\r\n")


# --- Downloads ------------------------------------------------------------------------------------------------------


def download(url: str, target: Path, *, limit_bytes: int = 1000, keep_on: Callable[[], bool] = lambda: True) -> str:
    with make_client("http://127.0.0.1:9") as client:
        return client.download(url, target, limit_bytes=limit_bytes, keep_on=keep_on)


def test_a_download_takes_no_key_along(
    start: Callable[[Handler], FakeVendor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor = start(reply("200 OK", b"bytes", "Content-Type: model/gltf-binary; charset=x"))

    media_type = download(f"{vendor.url}/m.glb?Signature=s", tmp_path / "m")

    assert media_type == "model/gltf-binary"
    assert (tmp_path / "m").read_bytes() == b"bytes"
    assert b"authorization" not in vendor.requests[0].lower()


@pytest.mark.parametrize(
    ("handler", "code", "retryable"),
    [
        (reply("403 Forbidden"), "link_gone", True),
        (reply("404 Not Found"), "link_gone", True),
        (reply("410 Gone"), "link_gone", True),
        (reply("503 Service Unavailable"), "503", True),
        (reply("200 OK", b"x" * 1001), "too_large", False),
        (send_raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001), "too_large", False),
        (send_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"), "connection_lost", True),
        (reset, "connection_lost", True),
    ],
    ids=["403", "404", "410", "503", "too-large", "too-large-unsaid", "cut-off", "reset"],
)
def test_a_download_that_fails_says_how(
    start: Callable[[Handler], FakeVendor], tmp_path: Path, handler: Handler, code: str, retryable: bool
) -> None:
    vendor = start(handler)

    with pytest.raises(VendorError) as caught:
        download(f"{vendor.url}/m", tmp_path / "m")

    assert (caught.value.code, caught.value.retryable) == (code, retryable)


def test_a_download_stops_when_it_is_told_to(start: Callable[[Handler], FakeVendor], tmp_path: Path) -> None:
    vendor = start(reply("200 OK", b"bytes"))

    with pytest.raises(VendorError) as caught:
        download(f"{vendor.url}/m", tmp_path / "m", keep_on=lambda: False)

    assert caught.value.code == "stopped"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "/etc/passwd", ""])
def test_only_web_addresses_are_downloaded(url: str, tmp_path: Path) -> None:
    with pytest.raises(VendorError, match="no web address"):
        download(url, tmp_path / "m")
