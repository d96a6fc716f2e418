"""Meshy's client on the wire: files inside requests, redirects, streams that hang, threads that are called back."""

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.vendors.base import Connection, DataUri, SentRequest, VendorError
from jobs.vendors.meshy import Meshy
from jobs.vendors.meshy_operations import PATH
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply

KEY = "msy_wire-0123456789-secret"
GOOD = reply("202 Accepted", b'{"result": "t-1"}')
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
RUNNING = b'event: message\ndata: {"id": "t-1", "progress": 5, "status": "IN_PROGRESS"}\n\n'
DONE = b'event: message\ndata: {"id": "t-1", "progress": 100, "status": "SUCCEEDED"}\n\n'


def make_client(url: str) -> Meshy:
    return Meshy(Connection(base_url=url, key=KEY, sandbox=False))


def make_file(data: bytes, *, size_bytes: int | None = None, name: str = "robot.glb") -> DataUri:
    return DataUri(
        name=name,
        media_type="application/octet-stream",
        size_bytes=len(data) if size_bytes is None else size_bytes,
        open=lambda: io.BytesIO(data),
    )


def make_request(*files: DataUri) -> SentRequest:
    return SentRequest(method="POST", path=PATH, body={"text_style_prompt": "“oak”", "model_url": list(files)})


def test_files_arrive_whole_inside_the_request(start: Callable[[Handler], FakeVendor]) -> None:
    vendor = start(GOOD)
    files = [bytes(range(256)) * 700, b"", b"ab"]
    with make_client(vendor.url) as client:
        assert client.submit(make_request(*[make_file(data) for data in files])).remote_id == "t-1"

    (request,) = vendor.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b"content-type: application/json" in head.lower()
    sent = json.loads(body)
    assert sent["text_style_prompt"] == "“oak”"
    assert [base64.b64decode(uri.partition(",")[2], validate=True) for uri in sent["model_url"]] == files
    assert {uri.partition(",")[0] for uri in sent["model_url"]} == {"data:application/octet-stream;base64"}


@pytest.mark.parametrize("size_bytes", [5_000_000, 10])
def test_a_file_that_cannot_be_read_whole_was_surely_not_sent(
    start: Callable[[Handler], FakeVendor], size_bytes: int
) -> None:
    vendor = start(GOOD)
    with make_client(vendor.url) as client, pytest.raises(VendorError) as caught:
        client.submit(make_request(make_file(b"short", size_bytes=size_bytes)))

    assert caught.value.sent == "no"


def test_a_vendor_that_hangs_up_in_the_middle_of_the_body_did_not_take_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with make_client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            with pytest.raises(VendorError) as caught:
                client.submit(make_request(make_file(bytes(20_000_000))))
            thread.join(timeout=10)

    assert caught.value.sent == "no"


def test_an_answer_that_is_lost_after_the_whole_body_leaves_it_open(start: Callable[[Handler], FakeVendor]) -> None:
    vendor = start(lambda connection, _: None)
    with make_client(vendor.url) as client, pytest.raises(VendorError) as caught:
        client.submit(make_request(make_file(b"glTF" * 1000)))

    assert caught.value.sent == "maybe"


def test_a_file_of_sixty_megabytes_is_never_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    from jobs.vendors.json_body import JsonBody

    path = tmp_path / "model.glb"
    with path.open("wb") as stream:
        stream.truncate(60_000_000)
    file = DataUri("model.glb", "application/octet-stream", 60_000_000, open=lambda: path.open("rb"))
    tracemalloc.start()
    try:
        with JsonBody({"model_url": file, "text_style_prompt": "oak"}, within_s=60) as body:
            total = 0
            while piece := body.read(16_384):
                total += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert total == len(body) > 80_000_000
    assert peak < 1_000_000


def test_a_request_that_takes_too_long_to_send_is_broken_off() -> None:
    from jobs.vendors.json_body import JsonBody

    with JsonBody({"model_url": make_file(b"x")}, within_s=-1) as body, pytest.raises(TimeoutError):
        body.read()
    assert not body.is_sent


@pytest.mark.parametrize("call", ["poll", "delete", "submit", "fetch_balance"])
def test_the_key_does_not_follow_a_redirect(start: Callable[[Handler], FakeVendor], call: str) -> None:
    elsewhere = start(GOOD)
    vendor = start(reply("301 Moved Permanently", b"", f"Location: {elsewhere.url}/openapi/v1/retexture"))
    arguments = {"submit": [SentRequest("POST", PATH, {})], "fetch_balance": []}.get(call, ["t-1"])
    with make_client(vendor.url) as client, pytest.raises(VendorError, match="leads elsewhere") as caught:
        getattr(client, call)(*arguments)

    assert (caught.value.retryable, caught.value.sent) == (False, "no")
    assert len(vendor.requests) == 1
    assert KEY.encode() in vendor.requests[0]
    assert elsewhere.requests == []


def test_results_are_fetched_without_the_key(start: Callable[[Handler], FakeVendor], tmp_path: Path) -> None:
    storage = start(reply("200 OK", b"glTF"))
    with make_client("http://127.0.0.1:9") as client:
        client.download(
            f"{storage.url}/model.glb?Signature=s", tmp_path / "result", limit_bytes=100, keep_on=lambda: True
        )

    assert b"authorization" not in storage.requests[0].lower()


# --- Streams ----------------------------------------------------------------------------------------------------------


def chunked(*pieces: bytes) -> bytes:
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)


@pytest.mark.parametrize(
    "wire",
    [
        STREAM_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(RUNNING[:30], RUNNING[30:] + DONE, b""),
        STREAM_HEAD + b"Connection: close\r\n\r\n" + RUNNING + DONE,
    ],
    ids=["chunked", "until the end"],
)
def test_a_stream_is_read_as_it_comes(start: Callable[[Handler], FakeVendor], wire: bytes) -> None:
    vendor = start(lambda connection, _: connection.sendall(wire))
    with make_client(vendor.url) as client:
        found = list(client.follow("t-1", idle_s=5, on_open=lambda _: None))

    assert [status.state for status in found] == ["running", "done"]
    assert b"accept: text/event-stream" in vendor.requests[0].lower()


def hold(connection: socket.socket, _: bytes) -> None:
    """Open a stream, say one thing, and wait until the other side is gone."""
    connection.sendall(STREAM_HEAD + b"Connection: close\r\n\r\n" + RUNNING)
    connection.recv(1)


def test_a_stream_that_falls_silent_is_given_up(start: Callable[[Handler], FakeVendor]) -> None:
    stream = make_client(start(hold).url).follow("t-1", idle_s=0.2, on_open=lambda _: None)

    assert next(stream).progress_percent == 5
    with pytest.raises(VendorError) as caught:
        next(stream)
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)


def test_a_stream_can_be_broken_off_from_another_thread(start: Callable[[Handler], FakeVendor]) -> None:
    break_off: list[Callable[[], None]] = []
    stream = make_client(start(hold).url).follow("t-1", idle_s=60, on_open=break_off.append)
    next(stream)
    timer = threading.Timer(0.1, lambda: break_off[0]())
    timer.start()
    began = time.monotonic()

    with pytest.raises(VendorError) as caught:
        next(stream)

    assert time.monotonic() - began < 10
    assert caught.value.retryable


@pytest.mark.parametrize(("status", "body"), [("404 Not Found", b'{"message": "Task not found"}'), ("200 OK", b"[]")])
def test_an_answer_that_is_no_stream_is_an_error(
    start: Callable[[Handler], FakeVendor], status: str, body: bytes
) -> None:
    vendor = start(reply(status, body, "Content-Type: application/json"))
    with make_client(vendor.url) as client, pytest.raises(VendorError) as caught:
        next(client.follow("t-1", idle_s=5, on_open=lambda _: None))

    assert caught.value.is_gone is (status == "404 Not Found")
