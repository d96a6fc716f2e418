"""How Triverse's answers are read: envelope, errors, both revisions of its words, and what of them is kept."""

import re
from typing import Any

import pytest

from jobs.vendors import OPERATIONS
from jobs.vendors.base import QUEUE_FULL, RATE_LIMITED, Connection, Quote, SentRequest, VendorError
from jobs.vendors.http import Answer
from jobs.vendors.redaction import redact
from jobs.vendors.triverse_errors import ERRORS, build_error
from tests.unit.triverse_client import CONNECTION, KEY, good, make_client

REQUEST = SentRequest(method="POST", path="/tasks/model-remesh", body={})
# The vendor's table (docs.triverse.ai, Errors): code, HTTP status, may the same pass later, may it have arrived.
TABLE = [
    (1004, 400, False, "no"),
    (1005, 404, False, "no"),
    (1006, 404, False, "no"),
    (2002, 400, False, "no"),
    (2004, 400, False, "no"),
    (2005, 409, False, "no"),
    (2008, 400, False, "no"),
    (2010, 403, False, "no"),
    (4042, 404, False, "no"),
    (5003, 503, True, "maybe"),
    (5004, 500, False, "maybe"),
    (5005, 500, True, "maybe"),
]


@pytest.mark.parametrize(("code", "http_status", "retryable", "sent"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_an_error_is_told_by_its_code(code: int, http_status: int, retryable: bool, sent: str) -> None:
    body = {"code": code, "message": "Something.", "suggestion": "Do this."}

    error = build_error(Answer(http_status=http_status, body=body, request_id="r-1"), CONNECTION)

    assert (error.code, error.http_status, error.request_id) == (str(code), http_status, "r-1")
    assert (error.retryable, error.sent) == (retryable, sent)
    assert error.message == f"{ERRORS[code].what}: Something."
    assert error.suggestion.startswith("Do this. ")


def test_every_code_that_is_known_is_tested() -> None:
    assert {row[0] for row in TABLE} == set(ERRORS) - {2000}


@pytest.mark.parametrize(
    ("words", "of_a_create", "of_another"),
    [
        ("The task queue is full.", QUEUE_FULL, QUEUE_FULL),
        ("Wait until one of your tasks has ended.", QUEUE_FULL, QUEUE_FULL),
        ("Upload rate limit exceeded.", RATE_LIMITED, RATE_LIMITED),
        ("Too many requests.", RATE_LIMITED, RATE_LIMITED),
        ("Busy.", QUEUE_FULL, RATE_LIMITED),
    ],
)
def test_the_two_meanings_of_too_many_are_told_apart(words: str, of_a_create: str, of_another: str) -> None:
    answer = Answer(http_status=429, body={"code": 2000, "message": words}, retry_after_s=7.0)

    errors = [build_error(answer, CONNECTION, creating=creating) for creating in (True, False)]

    assert [error.code for error in errors] == [of_a_create, of_another]
    assert {(error.retryable, error.sent, error.retry_after_s) for error in errors} == {(True, "no", 7.0)}


def test_a_bare_429_asks_to_slow_down() -> None:
    assert build_error(Answer(http_status=429, body=None), CONNECTION, creating=True).code == RATE_LIMITED


@pytest.mark.parametrize(
    ("http_status", "body", "retryable", "sent", "words"),
    [
        (401, {"message": "no"}, False, "no", "refuses the key"),
        (403, {"message": "no"}, False, "no", "refuses the key"),
        (429, None, True, "no", "slow down"),
        (502, None, True, "maybe", "problem of its own"),
        (504, {"code": 0}, True, "maybe", "problem of its own"),
        (422, {"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, False, "no", "field required"),
        (422, {"detail": "not good"}, False, "no", "not good"),
        (400, [1, 2], False, "no", "refuses the request"),
        (200, None, True, "maybe", "cannot be read"),
        (200, {"task_uuid": "x"}, True, "maybe", "cannot be read"),
        (302, None, True, "maybe", "cannot be read"),
        (200, {"code": 9999, "message": "odd"}, False, "no", "odd"),
        (400, {"code": "1004", "message": "text"}, False, "no", "refuses a value"),
    ],
)
def test_answers_of_other_shapes_are_survived(
    http_status: int, body: Any, retryable: bool, sent: str, words: str
) -> None:
    client = make_client(Answer(http_status=http_status, body=body))

    with pytest.raises(VendorError, match=words) as caught:
        client.submit(REQUEST)

    assert (caught.value.retryable, caught.value.sent) == (retryable, sent)


def test_an_error_carries_neither_key_nor_signature() -> None:
    body = {
        "code": 1004,
        "message": f"Bad key {KEY} at https://oss.example/m.glb?Signature=abc&Expires=1",
        "suggestion": f"Do not send {KEY}.",
    }

    error = build_error(Answer(http_status=400, body=body), CONNECTION)

    text = f"{error.message} {error.suggestion} {error!r}"
    assert KEY not in text
    assert "Signature=abc" not in text


@pytest.mark.parametrize("field", ["task_uuid", "taskId", "task_id"])
@pytest.mark.parametrize("cost", ["cost_credits", "costCredits"])
def test_both_revisions_of_a_creation_are_read(field: str, cost: str) -> None:
    client = make_client(good({field: "t-1", "status": "QUEUED", cost: 40, "queue": {"position": 3}}))

    status = client.submit(REQUEST)

    assert (status.remote_id, status.state, status.cost_credits, status.queue_position) == ("t-1", "waiting", 40.0, 3)


def test_a_creation_without_an_id_is_in_doubt() -> None:
    client = make_client(good({"status": "PENDING"}))

    with pytest.raises(VendorError) as caught:
        client.submit(REQUEST)

    assert caught.value.sent == "maybe"


def test_a_conflict_that_names_the_first_task_gives_that_task() -> None:
    body = {"code": 2005, "message": "Conflict.", "data": {"task_uuid": "t-first", "status": "RUNNING"}}
    client = make_client(Answer(http_status=409, body=body))

    assert client.submit(REQUEST).remote_id == "t-first"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", "waiting"),
        ("QUEUED", "waiting"),
        ("RUNNING", "running"),
        ("SUCCESS", "done"),
        ("FAILED", "failed"),
        ("CANCELLED", "canceled"),
        ("CANCELED", "canceled"),
        ("running", "running"),
        ("THINKING", "unheard"),
        ("", "unheard"),
    ],
)
def test_the_vendors_words_become_ours(word: str, state: str) -> None:
    status = make_client(good({"task_uuid": "t-1", "status": word})).poll("t-1")

    assert (status.state, status.word) == (state, word)


def test_a_word_that_gives_something_away_is_not_kept() -> None:
    word = "https://x.example/a?Signature=stolen"

    assert "stolen" not in make_client(good({"task_uuid": "t-1", "status": word})).poll("t-1").word


@pytest.mark.parametrize(
    ("progress", "percent"),
    [(62, 62), (62.9, 62), (-5, 0), (140, 100), ("62", None), (True, None), (None, None), (float("nan"), None)],
)
def test_progress_is_a_percentage_or_nothing(progress: Any, percent: int | None) -> None:
    status = make_client(good({"status": "RUNNING", "progress": progress})).poll("t-1")

    assert status.progress_percent == percent


@pytest.mark.parametrize(
    ("error", "what", "code", "now"),
    [
        (
            {"code": 2004, "message": "Cannot read.", "suggestion": "Convert it."},
            "Triverse could not finish the task: Cannot read.",
            "2004",
            "Convert it. Convert the file first, to GLB for example.",
        ),
        ("it broke", "Triverse could not finish the task: it broke.", "", "You can start it again"),
        (None, "Triverse could not finish the task.", "", "You can start it again"),
        (
            {"code": 5003, "message": "Timeout."},
            "Triverse could not finish the task: Timeout.",
            "5003",
            "You can start it again",
        ),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(error: Any, what: str, code: str, now: str) -> None:
    status = make_client(good({"status": "FAILED", "error": error})).poll("t-1")

    assert (status.error_message, status.error_code) == (what, code)
    assert status.error_suggestion.startswith(now)


@pytest.mark.parametrize("code", ERRORS)
def test_a_failed_task_is_never_said_to_be_tried_again_by_itself(code: int) -> None:
    status = make_client(good({"status": "FAILED", "error": {"code": code, "message": "It broke."}})).poll("t-1")

    assert status.error_code == str(code)
    assert status.error_message == "Triverse could not finish the task: It broke."
    assert status.error_suggestion
    assert "by itself" not in status.error_suggestion


def test_the_envelope_needs_its_code_even_with_a_good_status() -> None:
    with pytest.raises(VendorError, match="Nothing to see"):
        make_client(Answer(http_status=200, body={"code": 1006, "message": "Nothing to see"})).poll("t-1")


# --- What is stored -------------------------------------------------------------------------------------------------


def test_signatures_and_keys_are_taken_out_at_any_depth() -> None:
    value = {
        "a": [{"url": "https://oss.example/m.glb?Expires=1&Signature=s", "text": f"Bearer {KEY}"}],
        "plain": "https://oss.example/m.glb",
        "sentence": "see https://a.example/x?token=t and https://b.example/y?z=1.",
        "number": 3,
        KEY: "as a name",
    }

    stored = redact(value, CONNECTION)

    assert stored["a"] == [{"url": "https://oss.example/m.glb?[hidden]", "text": "Bearer [hidden]"}]
    assert stored["plain"] == "https://oss.example/m.glb"
    assert "token=t" not in stored["sentence"]
    assert "z=1" not in stored["sentence"]
    assert stored["number"] == 3
    assert KEY not in str(stored)


def test_the_sandboxs_word_is_no_secret() -> None:
    connection = Connection(base_url="http://127.0.0.1:8100/api/v1", key="sandbox", sandbox=True)

    assert redact({"generator": "Patina sandbox"}, connection) == {"generator": "Patina sandbox"}


def test_a_connection_shows_no_key() -> None:
    assert KEY not in repr(CONNECTION)
    assert KEY not in CONNECTION.account


@pytest.mark.parametrize("text", ["KEY-9f3", "?sig=abcdef12345&x=1", "token=abcdefgh", "files/a?Signature=abcdefgh"])
def test_a_key_or_signature_is_hidden_whatever_stands_around_it(text: str) -> None:
    connection = Connection(base_url="https://vendor.example", key="key-9f3", sandbox=False)

    stored = str(redact({"message": f"see {text}"}, connection))

    assert "[hidden]" in stored
    assert not {"abcdef", "key-9f3"} & set(re.findall(r"abcdef|key-9f3", stored.lower()))


def test_a_quote_is_read_and_asked_for_without_words_and_files() -> None:
    operation = OPERATIONS["triverse.text-to-texture"]
    client = make_client(good({"flow_name": "text-to-texture", "cost_credits": 60, "available_credits": 940}))

    assert client.fetch_quote(operation, {"text_prompt": "oak", "texture_size": 4096}) == Quote(60, 940)
    priced = operation.build_priced(
        {"text_prompt": "oak", "model_url": "x", "texture_size": 4096, "allow_duplicate": 1}
    )
    assert priced == {"texture_size": 4096}


@pytest.mark.parametrize("data", [{}, {"cost_credits": None}, {"cost_credits": "forty"}])
def test_an_answer_without_a_price_is_no_quote(data: dict[str, Any]) -> None:
    with pytest.raises(VendorError, match="no price"):
        make_client(good(data)).fetch_quote(OPERATIONS["triverse.model-remesh"], {})
