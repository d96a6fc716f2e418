"""What a call to a vendor counts as: good when it answered at all, bad when it answered 5xx or not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.vendors import downloads, health, http
from jobs.vendors.base import Connection, SentRequest, Upload, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.meshy import Meshy
from jobs.vendors.triverse import Triverse
from tests.integration.jobs.fake_vendor import FakeVendor, Handler, reply, reset, send_raw
from tests.ports import find_free_port

Start = Callable[[Handler], FakeVendor]
CREATE = SentRequest(method="POST", path="/tasks/model-remesh", body={"model_file": "k"})


@pytest.fixture(autouse=True)
def nothing_seen() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


def ask(url: str, call: Callable[[Triverse], object] = lambda client: client.poll("t-1")) -> health.News:
    """Make a call that fails in one way or another, and return what it was noted as."""
    with Triverse(Connection(base_url=url, key="key", sandbox=False)) as client, pytest.raises(VendorError):
        call(client)
    news = health.take_news("triverse")
    assert news is not None
    return news


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (reply("500 Internal Server Error"), "it answered 500"),
        (reply("503 Service Unavailable", b"<html></html>"), "it answered 503"),
        (reset, "the connection broke"),
        (send_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "the connection broke"),
    ],
    ids=["500", "503-html", "reset", "cut-off"],
)
def test_a_vendor_that_does_not_answer_is_noted_with_what_it_did(start: Start, handler: Handler, reason: str) -> None:
    news = ask(start(handler).url)

    assert (news.failures, news.reason, news.good_at) == (1, reason, None)
    assert news.is_there


def test_a_vendor_that_cannot_be_reached_is_told_from_one_that_fails() -> None:
    news = ask(f"http://127.0.0.1:{find_free_port()}")

    assert (news.failures, news.reason, news.is_there) == (1, "it could not be reached", False)


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "429 Too Many Requests"])
def test_a_refusal_is_a_good_answer(start: Start, status: str) -> None:
    news = ask(start(reply(status)).url)

    assert news.failures == 0
    assert news.good_at is not None


def test_creates_and_uploads_and_deletes_count_as_polls_do(start: Start, tmp_path: Path) -> None:
    url = start(reply("502 Bad Gateway")).url
    path = tmp_path / "model.glb"
    path.write_bytes(b"glTF")
    file = Upload(path=path, name="model.glb", kind="model", media_type="model/gltf-binary", size_bytes=4)
    connection = Connection(base_url=url, key="key", sandbox=False)

    assert ask(url, lambda client: client.submit(CREATE)).failures == 1
    assert ask(url, lambda client: client.upload(file)).failures == 1
    with Meshy(connection) as client:
        for call in (client.delete, lambda remote_id: list(client.follow(remote_id, idle_s=5, on_open=lambda _: None))):
            with pytest.raises(VendorError):
                call("m-1")
    news = health.take_news("meshy")
    assert news is not None
    assert news.failures == 2


def test_a_stream_that_opens_is_good_and_its_break_is_not_counted(start: Start) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 500\r\n\r\n"
    client = http.HttpClient(
        Connection(base_url=start(send_raw(head)).url, key="key", sandbox=False), vendor="meshy", label="Meshy"
    )

    with pytest.raises(VendorError):
        list(client.stream("/x", idle_s=5, on_open=lambda _: None))

    news = health.take_news("meshy")
    assert news is not None
    assert (news.failures, news.good_at is not None) == (0, True)


def test_downloads_say_nothing_about_the_vendor(start: Start, tmp_path: Path) -> None:
    url = start(reply("503 Service Unavailable")).url

    with pytest.raises(VendorError):
        downloads.download(
            f"{url}/a.glb", tmp_path / "a", limit_bytes=10, keep_on=lambda: True, label="Triverse", vendor_url=url
        )

    assert health.take_news("triverse") is None


def test_a_mistake_on_this_side_is_no_failure_of_the_vendor() -> None:
    with Triverse(Connection(base_url="http://[", key="key", sandbox=False)) as client, pytest.raises(VendorError):
        client.poll("t-1")

    assert health.take_news("triverse") is None


def test_failures_are_counted_from_the_last_good_answer_on(start: Start) -> None:
    bad, good = reply("503 Service Unavailable", b"", "Retry-After: 40"), reply("404 Not Found")
    handlers = iter([bad, bad, good, bad, bad, bad])
    vendor = start(lambda connection, request: next(handlers)(connection, request))
    client = http.HttpClient(Connection(base_url=vendor.url, key="key", sandbox=False), vendor="meshy", label="Meshy")

    answers: list[Answer] = [client.post("/x", {}) for _ in range(6)]

    news = health.take_news("meshy")
    assert [answer.http_status for answer in answers] == [503, 503, 404, 503, 503, 503]
    assert news is not None
    assert news.failures == 3
    assert news.good_at is not None
    assert news.ask_at is not None
    assert news.last_at is not None
    assert 35 < (news.ask_at - news.last_at).total_seconds() <= 41
    assert health.take_news("meshy") is None, "it is taken once"
