"""How Meshy's answers and streams are read, whatever type a value has."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.vendors import meshy_operations
from jobs.vendors.base import SentRequest, Status, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.meshy import read_moment
from jobs.vendors.meshy_results import build_results
from jobs.vendors.sse import Event, read_events
from tests.unit.meshy_client import answer, make_client, read


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", "waiting"),
        ("IN_PROGRESS", "running"),
        ("SUCCEEDED", "done"),
        ("FAILED", "failed"),
        ("CANCELED", "canceled"),
        ("EXPIRED", "failed"),
        ("in_progress", "running"),
        ("REFINING", "unheard"),
        ("", "unheard"),
    ],
)
def test_the_vendors_words_become_ours(word: str, state: str) -> None:
    status = read(status=word)

    assert (status.state, status.word) == (state, word)


def test_a_word_that_gives_something_away_is_not_kept() -> None:
    word = "https://x.example/a?Signature=stolen"

    assert "stolen" not in read(status=word).word


@pytest.mark.parametrize("nothing", [None, "", 0, [], {}, "nonsense", False])
def test_what_is_not_there_yet_may_be_written_in_any_way(nothing: Any) -> None:
    fields = ("progress", "preceding_tasks", "model_urls", "texture_urls", "task_error", "consumed_credits", "type")
    status = read(status="FAILED", created_at=nothing, thumbnail_url=nothing, **dict.fromkeys(fields, nothing))
    listed = make_client().describe(status)

    assert build_results(status.raw) == []
    assert (listed.created_at, listed.finished_at, listed.expires_at, listed.thumbnail_url) == (None, None, None, "")
    assert status.error_message.startswith("Meshy could not finish the task")


def test_a_task_with_nothing_but_its_id_and_status_is_read() -> None:
    listed = make_client().describe(read(status="SUCCEEDED"))

    assert (listed.kind, listed.prompt, listed.has_picture, listed.status.progress_percent) == ("", "", False, 100)


STRANGE = [5, -1, 1.5, True, "x", "", None, [], [5], [[]], {}, {"a": 5}, {"glb": ["x"]}, [{"base_color": {}}]]
FIELDS = [
    "id",
    "type",
    "status",
    "progress",
    "model_urls",
    "thumbnail_url",
    "alpha_thumbnail_url",
    "texture_urls",
    "text_style_prompt",
    "image_style_url",
    "multiview_image_urls",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
    "preceding_tasks",
    "task_error",
    "consumed_credits",
]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_another_type_breaks_nothing(name: str) -> None:
    client = make_client()
    for word in ("PENDING", "SUCCEEDED", "FAILED"):
        for value in STRANGE:
            status = make_client(answer({"id": "t-1", "status": word, name: value})).poll("t-1")
            assert client.describe(status).status.remote_id == "t-1"
            assert all(file.url.startswith("http") for file in build_results(status.raw))


@pytest.mark.parametrize(("status", "progress", "percent"), [("SUCCEEDED", 1, 100), ("IN_PROGRESS", 37, 37)])
def test_a_task_that_is_done_is_done_whatever_its_progress_says(status: str, progress: int, percent: int) -> None:
    assert read(status=status, progress=progress).progress_percent == percent


def test_the_queue_position_counts_while_a_task_waits_alone() -> None:
    assert read(status="PENDING", preceding_tasks=4).queue_position == 4
    assert read(status="IN_PROGRESS", preceding_tasks=4).queue_position is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1781540000123, datetime(2026, 6, 15, 16, 13, 20, 123000, tzinfo=UTC)),
        (0, None),
        (None, None),
        ("", None),
        (-5, None),
        (1e30, None),
        (True, None),
    ],
)
def test_moments_are_milliseconds(value: Any, moment: datetime | None) -> None:
    assert read_moment(value) == moment


@pytest.mark.parametrize(
    ("fields", "has_picture"),
    [
        ({"image_style_url": "https://assets.example/p.png"}, True),
        ({"image_style_url": ""}, False),
        ({"image_style_url": None, "multiview_image_urls": ["https://assets.example/p.png"]}, True),
        ({"texture_image_url": ""}, False),
    ],
)
def test_a_picture_is_seen_in_the_echo(fields: dict[str, Any], has_picture: bool) -> None:
    assert make_client().describe(read(status="PENDING", **fields)).has_picture is has_picture


# --- The five endpoints -----------------------------------------------------------------------------------------------

CREATE = SentRequest(method="POST", path=meshy_operations.PATH, body={"text_style_prompt": "oak"})


@pytest.mark.parametrize("http_status", [200, 201, 202])
def test_a_create_is_one_post_and_its_answer_an_id(http_status: int) -> None:
    client = make_client(answer({"result": "t-9"}, http_status))

    assert client.submit(CREATE).remote_id == "t-9"
    assert client._http.calls == ["POST /openapi/v1/retexture"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [{}, {"result": ""}, {"result": None}, {"result": 5}, [], None, "t-9"])
def test_a_create_that_names_no_task_may_have_been_taken(body: Any) -> None:
    with pytest.raises(VendorError) as caught:
        make_client(answer(body, 202)).submit(CREATE)

    assert caught.value.sent == "maybe"


def test_ids_are_no_paths() -> None:
    client = make_client(answer({"status": "PENDING"}))
    client.poll("../balance?x=1")

    assert client._http.calls == ["GET /openapi/v1/retexture/..%2Fbalance%3Fx%3D1"]  # type: ignore[attr-defined]


def test_the_list_is_asked_for_newest_first_and_at_most_fifty_at_once() -> None:
    client = make_client(answer([{"id": "t-2", "status": "PENDING"}, {"status": "PENDING"}, "nonsense"]))
    found = client.fetch_page(3, page_size=100)

    assert client._http.calls == [  # type: ignore[attr-defined]
        "GET /openapi/v1/retexture?page_num=3&page_size=50&sort_by=-created_at"
    ]
    assert [item.status.remote_id for item in found] == [
        "t-2",
        "",
        "",
    ]  # the page's length tells whether it is the last


def test_a_page_is_no_longer_than_what_was_asked_for() -> None:
    page = answer([{"id": f"t-{number}", "status": "PENDING"} for number in range(1_000)])

    assert len(make_client(page).fetch_page(1, page_size=20)) == 20


@pytest.mark.parametrize("body", [{}, {"result": []}, None])
def test_a_list_that_is_none_is_an_error(body: Any) -> None:
    with pytest.raises(VendorError) as caught:
        make_client(answer(body)).fetch_page(1, page_size=10)

    assert caught.value.retryable


@pytest.mark.parametrize("body", [None, {}, {"ok": True}])
def test_a_delete_has_no_answer_to_read(body: Any) -> None:
    client = make_client(answer(body))
    client.delete("t-1")

    assert client._http.calls == ["DELETE /openapi/v1/retexture/t-1"]  # type: ignore[attr-defined]


def test_the_balance_is_a_number() -> None:
    assert make_client(answer({"balance": 1000})).fetch_balance() == 1000
    with pytest.raises(VendorError):
        make_client(answer({})).fetch_balance()


# --- Streams ----------------------------------------------------------------------------------------------------------


def follow(*pieces: bytes | Answer) -> list[Status]:
    return list(make_client(*pieces).follow("t-1", idle_s=60, on_open=lambda _: None))


def message(**fields: Any) -> bytes:
    return b"event: message\ndata: " + json.dumps({"id": "t-1", **fields}).encode() + b"\n\n"


def test_a_stream_is_read_to_the_tasks_end_and_no_further() -> None:
    found = follow(
        b": hello\n\n",
        message(progress=50, status="IN_PROGRESS"),
        message(progress=100, status="SUCCEEDED"),
        b"event: error\ndata: {}\n\n",
    )

    assert [(status.state, status.progress_percent) for status in found] == [("running", 50), ("done", 100)]


@pytest.mark.parametrize(("status_code", "is_gone"), [(404, True), (500, False)])
def test_an_error_event_is_an_error(status_code: int, is_gone: bool) -> None:
    data = json.dumps({"status_code": status_code, "message": "Task not found"}).encode()
    with pytest.raises(VendorError) as caught:
        follow(b"event: error\ndata: " + data + b"\n\n")

    assert (caught.value.is_gone, caught.value.http_status) == (is_gone, status_code)


def test_an_error_without_its_name_is_seen_by_its_code() -> None:
    with pytest.raises(VendorError) as caught:
        follow(b'data: {"status_code": 404, "message": "Task not found"}\n\n')

    assert caught.value.is_gone


def test_a_stream_that_is_refused_is_an_error() -> None:
    with pytest.raises(VendorError) as caught:
        follow(answer({"message": "Task not found"}, 404))

    assert caught.value.is_gone


@pytest.mark.parametrize("pieces", [(), (message(progress=5, status="IN_PROGRESS"),), (b"data: nonsense\n\n",)])
def test_a_stream_that_ends_too_early_or_says_nonsense_is_an_error(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(VendorError) as caught:
        follow(*pieces)

    assert caught.value.retryable
    assert caught.value.code in ("stream_ended", "stream_broken")


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (b"data: 1\n\n", [("message", "1")]),
        (b"event: error\r\ndata:1\r\ndata: 2\r\n\r\n", [("error", "1\n2")]),
        (b"event: x\rdata: 1\r\r", [("x", "1")]),
        (b"event: x\n\ndata: 1\n\n", [("message", "1")]),
        (b": comment\nid: 5\nretry: 10\ndata: 1\n\ndata: not finished", [("message", "1")]),
        (b'data: {\n"id": "t-1",\n"progress": 5\n}\n\n', [("message", '{\n"id": "t-1",\n"progress": 5\n}')]),
    ],
)
def test_events_are_cut_out_of_lines(text: bytes, events: list[tuple[str, str]]) -> None:
    found = list(read_events([bytes([sign]) for sign in text], idle_s=60, label="Meshy"))

    assert found == [Event(name, data) for name, data in events]


def test_comments_do_not_count_as_a_sign_of_life() -> None:
    with pytest.raises(VendorError) as caught:
        list(read_events([b": still here\n", b": still here\n"], idle_s=-1, label="Meshy"))

    assert caught.value.code == "stream_silent"
