"""Faults on demand, by header and by the admin call."""

import time

import pytest
import requests

from tests.integration.sandbox.caller import Caller, fetch, read_data, read_refusal
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until


def count_created(caller: Caller) -> int:
    lines = caller.sandbox.ledger(account=caller.account_id())["lines"]
    return sum(line["event"] == "created" for line in lines)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("rate_limited", (429, 2000)),
        ("queue_full", (429, 2000)),
        ("server_error_before", (503, 5003)),
        ("code_2008", (400, 2008)),
        ("code_2010", (403, 2010)),
        ("no_credits", (403, 2010)),
        ("unauthorized", (401, 401)),
    ],
)
def test_a_fault_before_creation_leaves_nothing_behind(caller: Caller, fault: str, refusal: tuple[int, int]) -> None:
    model = caller.upload_model()

    assert read_refusal(caller.remesh(model_file=model, fault=fault)) == refusal

    assert count_created(caller) == 0
    assert caller.remesh(model_file=model).status_code == 200


ERROR_TABLE = {
    1004: 400,
    1005: 404,
    1006: 404,
    2000: 429,
    2002: 400,
    2004: 400,
    2005: 409,
    2008: 400,
    2010: 403,
    4042: 404,
    5003: 503,
    5004: 500,
    5005: 500,
}
"""The vendor's page "Errors", read 2026-11-21."""


@pytest.mark.parametrize(("code", "status"), ERROR_TABLE.items())
@pytest.mark.parametrize("kind", ["create", "status", "upload"])
def test_every_code_of_the_error_table_can_be_had_anywhere(
    sandbox: SandboxProcess, caller: Caller, code: int, status: int, kind: str
) -> None:
    calls = {
        "create": lambda **more: caller.create("prompt-optimize", user_input="a chair", **more),
        "status": lambda **more: caller.call("GET", "/tasks/5f0c2c1e-3a54-4a0d-9f0e-6a1f3d0b7c42", **more),
        "upload": lambda **more: caller.upload(**more),
    }

    by_header = calls[kind](fault=f"code_{code}")
    sandbox.set_fault(f"code_{code}", on=[kind])
    by_admin_call = calls[kind]()

    assert read_refusal(by_header) == read_refusal(by_admin_call) == (status, code)


def test_the_two_429s_differ_in_their_message(caller: Caller) -> None:
    limited, full = caller.upload(fault="rate_limited"), caller.remesh(fault="queue_full")

    assert limited.json()["message"] != full.json()["message"]


def test_a_bad_gateway_is_html(caller: Caller) -> None:
    answer = caller.remesh(fault="bad_gateway")

    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("fault", "status"), [("unprocessable", 422), ("forbidden", 403)])
def test_a_refusal_can_have_another_shape(caller: Caller, fault: str, status: int) -> None:
    answer = caller.remesh(fault=fault)

    assert answer.status_code == status
    assert set(answer.json()) == {"detail"}


def test_an_error_after_acceptance_has_created_the_task(caller: Caller) -> None:
    body = {"model_file": caller.upload_model(), "client_order_id": "once"}

    assert read_refusal(caller.remesh(fault="server_error_after", **body)) == (500, 5005)

    task = read_data(caller.remesh(**body))["task_uuid"]
    assert count_created(caller) == 1
    assert caller.finish(caller.remesh(**body))["task_uuid"] == task


def test_a_dropped_connection_has_created_the_task(caller: Caller) -> None:
    body = {"model_file": caller.upload_model(), "client_order_id": "once"}

    with pytest.raises(requests.ConnectionError):
        caller.remesh(fault="drop_after_accept", **body)

    assert count_created(caller) == 1
    assert caller.finish(caller.remesh(**body))["status"] == "SUCCESS"
    assert count_created(caller) == 1


def test_a_slow_answer_comes_late(caller: Caller) -> None:
    began = time.monotonic()

    assert caller.call("GET", "/users/me", fault="slow=0.4").status_code == 200

    assert time.monotonic() - began >= 0.4


def test_a_new_task_can_be_unfindable_for_a_moment(caller: Caller) -> None:
    task = read_data(caller.remesh(fault="not_found_once"))["task_uuid"]

    assert read_refusal(caller.call("GET", f"/tasks/{task}")) == (404, 1006)
    assert caller.call("GET", f"/tasks/{task}").status_code == 200


def test_a_task_that_lags_behind_says_so_and_how_to_read_it_at_once(caller: Caller) -> None:
    created = read_data(caller.remesh(fault="not_found_once"))

    assert created["read_after_write_deadline_seconds"] > 0
    url = f"{caller.sandbox.triverse_url}/tasks/{created['task_uuid']}"
    answer = caller.session.get(url, headers={created["read_after_write_header"]: "1"}, timeout=10)
    assert answer.status_code == 200


def test_a_status_can_be_a_word_that_nobody_knows(caller: Caller) -> None:
    task = read_data(caller.remesh(fault="unknown_status=2"))["task_uuid"]

    words = [caller.status(task)["status"] for _ in range(2)]

    assert not {"PENDING", "QUEUED", "RUNNING", "SUCCESS", "FAILED", "CANCELLED"} & set(words)
    wait_until(lambda: caller.status(task)["status"] == "SUCCESS")


def test_a_download_can_break_off(caller: Caller) -> None:
    task = caller.finish(caller.remesh(fault="truncated_download"))["task_uuid"]

    with pytest.raises(requests.RequestException):
        fetch(caller.result_url(task))

    assert fetch(caller.result_url(task)).content.startswith(b"Kaydara")


def test_a_download_can_be_corrupt_without_saying_so(caller: Caller) -> None:
    task = caller.finish(caller.remesh(fault="corrupt_download"))["task_uuid"]

    short, whole = fetch(caller.result_url(task)), fetch(caller.result_url(task))

    assert short.status_code == whole.status_code == 200
    assert whole.content.startswith(short.content)
    assert len(short.content) < len(whole.content)


def test_an_address_can_be_expired_at_once(caller: Caller) -> None:
    task = caller.finish(caller.remesh(fault="expired_url"))["task_uuid"]

    assert fetch(caller.result_url(task)).status_code == 403
    assert fetch(caller.result_url(task)).status_code == 200


def test_a_task_can_run_for_ever_without_holding_up_others(caller: Caller) -> None:
    endless = [read_data(caller.remesh(fault="never_ending"))["task_uuid"] for _ in range(4)]

    assert caller.finish(caller.remesh())["status"] == "SUCCESS"
    assert {caller.status(task)["status"] for task in endless} == {"RUNNING"}


def test_a_task_can_be_cancelled_by_the_system(caller: Caller) -> None:
    status = caller.finish(caller.remesh(fault="cancelled"))

    assert status["status"] == "CANCELLED"
    assert caller.balance()["frozen"] == 0


def test_a_task_can_succeed_with_nothing_to_download(caller: Caller) -> None:
    status = caller.finish(caller.remesh(fault="no_asset"))

    assert status["status"] == "SUCCESS"
    assert read_refusal(caller.call("GET", f"/tasks/url/{status['task_uuid']}")) == (404, 4042)


def test_a_fault_for_everybody_lasts_as_often_as_was_said(sandbox: SandboxProcess, caller: Caller) -> None:
    sandbox.set_fault("rate_limited", count=2, on=["upload"])

    statuses = [caller.upload().status_code for _ in range(3)]

    assert statuses == [429, 429, 200]


def test_a_fault_for_everybody_can_last_until_it_is_cleared(sandbox: SandboxProcess, caller: Caller) -> None:
    model = caller.upload_model()
    sandbox.set_fault("server_error_before", count=None)

    assert [caller.remesh(model_file=model).status_code for _ in range(3)] == [503] * 3
    sandbox.clear_faults()
    assert caller.remesh(model_file=model).status_code == 200


def test_a_fault_for_everybody_can_decide_the_next_tasks_fate(sandbox: SandboxProcess, caller: Caller) -> None:
    sandbox.set_fault("failed")

    assert caller.finish(caller.remesh())["status"] == "FAILED"
    assert caller.finish(caller.remesh())["status"] == "SUCCESS"


@pytest.mark.parametrize("fault", ["nonsense", "slow=fast", "slow=nan", "slow=-1", "slow=99999", "code_", "code_99999"])
def test_an_unknown_fault_is_refused(caller: Caller, fault: str) -> None:
    assert read_refusal(caller.call("GET", "/users/me", fault=fault)) == (400, 1004)


@pytest.mark.parametrize(
    "body", [{}, {"name": "nonsense"}, {"name": "slow", "on": ["dinner"]}, {"name": "slow", "count": "two"}, []]
)
def test_an_unknown_fault_for_everybody_is_refused(sandbox: SandboxProcess, body: object) -> None:
    answer = requests.post(f"{sandbox.base_url}/_sandbox/faults", json=body, timeout=10)

    assert answer.status_code == 400
    assert "slow" in answer.json()["faults"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_a_web_page_cannot_reach_the_controls(sandbox: SandboxProcess, headers: dict[str, str]) -> None:
    answer = requests.get(f"{sandbox.base_url}/_sandbox/ledger", headers=headers, timeout=10)

    assert answer.status_code == 403


def test_a_count_without_end_is_refused(sandbox: SandboxProcess) -> None:
    answer = requests.post(f"{sandbox.base_url}/_sandbox/faults", data='{"name": "slow", "count": 1e999}', timeout=10)

    assert answer.status_code == 400
