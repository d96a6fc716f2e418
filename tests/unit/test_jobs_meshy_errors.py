"""Meshy's refusals and failed tasks, row by row: what happened, what it cost, what to do now."""

from typing import Any

import pytest

from jobs.vendors.meshy_errors import REQUEST_ERRORS, TASK_ERRORS, build_error
from tests.unit.meshy_client import ASSETS, CONNECTION, KEY, SIGNED, answer, read

# Meshy's page Errors (and what its clients have seen): status, message, what is said, may it pass later, arrived?
REQUEST_TABLE = [
    (400, "Invalid model file extension: .blend", "refuses a value", False, "no"),
    (401, "Invalid API key", "refuses the key", False, "no"),
    (402, "Insufficient funds", "not enough credits", False, "no"),
    (402, "NoMorePendingTasks", "plan at Meshy creates no tasks", False, "no"),
    (403, "CORS", "does not allow", False, "no"),
    (404, "Task not found", "does not know this task", False, "no"),
    (409, "wrong state", "cannot do that", False, "no"),
    (413, "", "larger than Meshy takes", False, "no"),
    (418, "", "refuses the request", False, "no"),
    (422, "Pose estimation failed", "cannot work with this input", False, "no"),
    (429, "RateLimitExceeded", "slow down", True, "no"),
    (429, "NoMoreConcurrentTasks", "queue for this account is full", True, "no"),
    (429, "No more pending tasks", "queue for this account is full", True, "no"),
    (429, "", "slow down", True, "no"),
    (301, "", "leads elsewhere", False, "no"),
    (500, "InternalError", "a problem of its own", True, "maybe"),
    (503, "", "a problem of its own", True, "maybe"),
    (200, "", "cannot be read", True, "maybe"),
]


@pytest.mark.parametrize(("http_status", "text", "what", "retryable", "sent"), REQUEST_TABLE)
def test_every_refusal_says_what_happened_and_what_to_do(
    http_status: int, text: str, what: str, retryable: bool, sent: str
) -> None:
    error = build_error(answer({"message": text}, http_status), CONNECTION)

    assert what in error.message
    assert text in error.message
    assert (error.retryable, error.sent) == (retryable, sent)
    assert error.suggestion.endswith(".")
    assert error.is_gone is (http_status == 404)


def test_the_table_has_every_documented_status() -> None:
    assert {row[0] for row in REQUEST_TABLE} >= set(REQUEST_ERRORS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("RateLimitExceeded", "rate_limited"),
        ("NoMoreConcurrentTasks", "queue_full"),
        ("NoMorePendingTasks", "queue_full"),
    ],
)
def test_the_two_kinds_of_too_much_are_told_apart(text: str, code: str) -> None:
    error = build_error(answer({"message": text}, 429, retry_after_s=7.0), CONNECTION)

    assert (error.code, error.retry_after_s) == (code, 7.0)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "too big"},
        {"error": "too big"},
        {"error": {"message": "too big", "code": 5}},
        {"error_message": "too big"},
        {"detail": [{"msg": "too big"}]},
        {"message": "", "error": "too big"},
    ],
)
def test_an_error_may_be_said_in_several_shapes(body: dict[str, Any]) -> None:
    assert "too big" in build_error(answer(body, 400), CONNECTION).message


@pytest.mark.parametrize("body", [None, [], "text", {}, {"message": None}, {"message": {"a": 1}}])
def test_an_error_without_words_is_still_one(body: Any) -> None:
    assert build_error(answer(body, 400), CONNECTION).message == "Meshy refuses a value of the request."


def test_an_error_quotes_neither_key_nor_files_nor_signatures() -> None:
    said = f"bad {KEY} in data:application/octet-stream;base64,{'QUJD' * 20} and {ASSETS}/m.glb?{SIGNED}"
    message_text = build_error(answer({"message": said}, 400), CONNECTION).message

    assert KEY not in message_text
    assert "QUJDQUJD" not in message_text
    assert "s3cret" not in message_text


@pytest.mark.parametrize("code", TASK_ERRORS)
@pytest.mark.parametrize("name", ["code", "type"])
def test_every_task_error_says_what_happened_what_came_back_and_what_to_do(code: str, name: str) -> None:
    status = read(status="FAILED", consumed_credits=0, task_error={"message": "It said so.", name: code})

    assert status.error_message == f"{TASK_ERRORS[code].what}: It said so."
    assert (status.error_code, status.charged) == (code, "released")
    assert status.error_suggestion.endswith(".")


@pytest.mark.parametrize(
    ("fields", "what", "charged"),
    [
        ({"status": "FAILED", "task_error": {"message": "Odd", "type": "new_kind"}}, "could not finish", "released"),
        ({"status": "FAILED", "task_error": "Odd"}, "could not finish the task: Odd", "released"),
        ({"status": "FAILED", "consumed_credits": 10}, "could not finish", "unknown"),
        ({"status": "CANCELED"}, "canceled at Meshy", "unknown"),
        ({"status": "EXPIRED"}, "is over", "unknown"),
    ],
)
def test_other_ends_say_what_is_known(fields: dict[str, Any], what: str, charged: str) -> None:
    status = read(**fields)

    assert what in status.error_message
    assert status.charged == charged
