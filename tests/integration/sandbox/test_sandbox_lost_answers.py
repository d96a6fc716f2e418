"""Faults in which the answer is lost or is none, and the plan that lets them strike by itself."""

from collections.abc import Iterator

import pytest
import requests

from tests.integration.sandbox.caller import Caller, fetch
from tests.integration.sandbox.meshy_caller import MeshyCaller, read_id
from tests.integration.sandbox.test_sandbox_faults import count_created
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

HANG_UP_AFTER_S = 0.3


def lose_answer(caller: Caller, fault: str, body: dict[str, str]) -> None:
    """Send a create whose answer does not come."""
    url, headers = f"{caller.sandbox.triverse_url}/tasks/model-remesh", {"X-Sandbox-Fault": fault}
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        caller.session.post(url, json=body, headers=headers, timeout=HANG_UP_AFTER_S)


@pytest.mark.parametrize(
    ("fault", "created"), [("reset_before", 0), ("reset_after", 1), ("hang_after_accept=20", 1), ("accept_late=0.2", 1)]
)
def test_an_answer_can_be_lost_before_and_after_acceptance(caller: Caller, fault: str, created: int) -> None:
    body = {"model_file": caller.upload_model(), "client_order_id": "once"}

    lose_answer(caller, fault, body)

    wait_until(lambda: count_created(caller) == created)
    task = caller.finish(caller.remesh(**body))
    assert task["status"] == "SUCCESS"
    assert count_created(caller) == 1


def test_a_late_acceptance_comes_when_the_connection_is_long_gone(caller: Caller) -> None:
    body = {"model_file": caller.upload_model(), "client_order_id": "once"}

    lose_answer(caller, "accept_late=0.3", body)

    assert count_created(caller) == 0
    wait_until(lambda: count_created(caller) == 1)


@pytest.mark.parametrize(("fault", "created"), [("html_answer", 0), ("html_after", 1)])
def test_an_answer_can_be_a_page_that_says_success(caller: Caller, fault: str, created: int) -> None:
    answer = caller.remesh(fault=fault)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert count_created(caller) == created


@pytest.mark.parametrize("name", ["rate_limited", "queue_full"])
@pytest.mark.parametrize(("patience", "header"), [("retry_after=2", "2"), ("no_retry_after", None)])
def test_a_429_says_how_long_to_wait_or_not(
    caller: Caller, meshy: MeshyCaller, name: str, patience: str, header: str | None
) -> None:
    for answer in (caller.remesh(fault=f"{name},{patience}"), meshy.create(fault=f"{name},{patience}")):
        assert answer.status_code == 429
        assert answer.headers.get("retry-after") == header


@pytest.mark.parametrize(("fault", "status"), [("html_answer", 200), ("server_error_before", 503)])
def test_a_file_can_be_something_else(sandbox: SandboxProcess, caller: Caller, fault: str, status: int) -> None:
    url = caller.result_url(caller.finish(caller.remesh())["task_uuid"])
    sandbox.set_fault(fault, on=["storage"])

    instead = fetch(url)

    assert instead.status_code == status
    assert fetch(url).content.startswith(b"Kaydara")


def test_a_files_connection_can_be_reset(sandbox: SandboxProcess, caller: Caller) -> None:
    url = caller.result_url(caller.finish(caller.remesh())["task_uuid"])
    sandbox.set_fault("reset_before", on=["storage"])

    with pytest.raises(requests.ConnectionError):
        fetch(url)


def test_a_new_task_can_be_missing_from_lists_for_a_while(sandbox: SandboxProcess, meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="listed_late=60"))

    assert task not in list_ids(meshy)
    assert meshy.read(task)["id"] == task
    sandbox.advance_clock(60)
    assert task in list_ids(meshy)


def list_ids(meshy: MeshyCaller) -> list[str]:
    return [item["id"] for item in meshy.call("GET", "/openapi/v1/retexture").json()]


@pytest.fixture
def planned(lingering_sandbox: SandboxProcess) -> Iterator[Caller]:
    with Caller(lingering_sandbox) as caller:
        yield caller


def start_plan(sandbox: SandboxProcess, **plan: object) -> requests.Response:
    return requests.post(f"{sandbox.base_url}/_sandbox/plan", json=plan, timeout=10)


def read_plan(sandbox: SandboxProcess) -> dict[str, object]:
    return requests.get(f"{sandbox.base_url}/_sandbox/plan", timeout=10).json()


def get_fate(caller: Caller) -> int | str:
    """The HTTP status of a read, or the name of what broke it."""
    try:
        return caller.call("GET", "/users/me").status_code
    except requests.RequestException as error:
        return type(error).__name__


def test_a_plan_strikes_goes_on_after_a_crash_and_can_be_ended(planned: Caller) -> None:
    sandbox, plan = planned.sandbox, {"seed": 5, "share": 1.0, "kinds": ["account"]}
    assert start_plan(sandbox, **plan).json()["plan"] == {**plan, "life": 0}
    first = [get_fate(planned) for _ in range(8)]
    assert first.count(200) >= 2
    assert len(set(first)) > 2

    start_plan(sandbox, **plan)
    assert [get_fate(planned) for _ in range(8)] == first
    sandbox.kill()
    sandbox.start()

    assert read_plan(sandbox)["plan"] == {**plan, "life": 1}
    assert {get_fate(planned) for _ in range(8)} != {200}
    assert requests.delete(f"{sandbox.base_url}/_sandbox/plan", timeout=10).status_code == 200
    assert [get_fate(planned) for _ in range(4)] == [200] * 4


@pytest.mark.parametrize("plan", [{}, {"seed": 1}, {"seed": 1, "share": 2}, {"seed": 1, "share": 0.5, "kinds": ["x"]}])
def test_a_plan_that_cannot_be_is_refused(sandbox: SandboxProcess, plan: dict[str, object]) -> None:
    assert start_plan(sandbox, **plan).status_code == 400
