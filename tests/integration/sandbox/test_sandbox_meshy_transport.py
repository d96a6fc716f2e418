"""Meshy's key, headers, paths, families, limits and faults (Authentication, Errors, Rate Limits, read 2026-11-21)."""

import time
from collections.abc import Iterator

import pytest
import requests

from tests.integration.sandbox.caller import fetch
from tests.integration.sandbox.meshy_caller import (
    MODEL,
    RETEXTURE,
    MeshyCaller,
    as_data_uri,
    read_events,
    read_id,
    read_refusal,
)
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

TEST_KEY = "msy_dummy_api_key_for_test_mode_12345678"
FAMILIES = [
    "/openapi/v1/convert",
    "/openapi/v1/resize",
    "/openapi/v1/uv-unwrap",
    "/openapi/v1/image-to-3d",
    "/openapi/v1/multi-image-to-3d",
    "/openapi/v1/rigging",
    "/openapi/v1/animations",
    "/openapi/v1/text-to-image",
    "/openapi/v1/image-to-image",
    "/openapi/v1/print/analyze",
    "/openapi/v1/print/repair",
    "/openapi/v1/print/multi-color",
    "/openapi/v2/text-to-3d",
    "/openapi/creative-lab/figure/v1/prototype",
    "/openapi/creative-lab/lamp/v1/build",
]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "msy_abc"])
@pytest.mark.parametrize("path", [RETEXTURE, "/openapi/v1/balance", f"{RETEXTURE}/x/stream", "/openapi/v2/text-to-3d"])
def test_a_call_without_a_key_is_401(sandbox: SandboxProcess, header: str | None, path: str) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = requests.get(f"{sandbox.base_url}{path}", headers=headers, timeout=10)

    assert read_refusal(answer) == (401, "Invalid API key")


def test_any_key_is_an_account_of_its_own(meshy: MeshyCaller, meshy_stranger: MeshyCaller) -> None:
    assert meshy.call("GET", "/openapi/v1/balance").json() == {"balance": 10000}
    meshy.start()
    assert (meshy.balance(), meshy_stranger.balance()) == (9990, 10000)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_web_page_is_refused(meshy: MeshyCaller, method: str) -> None:
    meshy.session.headers["Origin"] = "https://page.example"

    assert read_refusal(meshy.call(method, RETEXTURE))[0] == 403


@pytest.mark.parametrize("path", ["/openapi/v1/balance", RETEXTURE, f"{RETEXTURE}/nothing", "/openapi/nothing"])
def test_each_answer_carries_its_version_and_an_id(meshy: MeshyCaller, path: str) -> None:
    first, second = meshy.call("GET", path), meshy.call("GET", path)

    assert first.headers["x-api-version"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/openapi", "/openapi/v1", "/openapi/v1/nothing", f"{RETEXTURE}/", "/v1/nothing"])
def test_an_unknown_path_is_404_in_the_vendors_shape(meshy: MeshyCaller, path: str) -> None:
    assert read_refusal(meshy.call("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", RETEXTURE), ("POST", "/openapi/v1/balance"), ("PATCH", "/v1/balance")]
)
def test_a_wrong_method_is_405_in_the_vendors_shape(meshy: MeshyCaller, method: str, path: str) -> None:
    assert read_refusal(meshy.call(method, path))[0] == 405


def test_paths_without_openapi_still_answer(meshy: MeshyCaller) -> None:
    task = meshy.start(path="/v1/retexture")

    assert meshy.wait(task, path="/v1/retexture")["status"] == "SUCCEEDED"
    assert meshy.list("/v1/retexture").json()[0]["id"] == task
    assert meshy.call("GET", "/v1/balance").json() == {"balance": 9990}
    assert meshy.call("GET", "/v2/text-to-3d").json() == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_other_families_are_empty_and_make_nothing(meshy: MeshyCaller, family: str) -> None:
    assert meshy.list(family, "page_size=20&page_num=1&sort_by=-created_at").json() == []
    assert read_refusal(meshy.call("GET", f"{family}/0197c1f2-6a0e-7b31-9d55-3f1f0f6b2a10"))[0] == 404
    assert read_refusal(meshy.call("POST", family, json={"model_url": MODEL}))[0] == 403
    assert meshy.balance() == 10000


def test_the_key_of_the_test_mode_is_not_taken_any_more(sandbox: SandboxProcess) -> None:
    with MeshyCaller(sandbox, key=TEST_KEY) as meshy:
        assert read_refusal(meshy.list()) == (401, "Invalid API key")


def test_an_unknown_profile_is_refused(meshy: MeshyCaller) -> None:
    meshy.session.headers["X-Sandbox-Profile"] = "future"

    assert read_refusal(meshy.list())[0] == 400


@pytest.fixture(scope="module")
def old_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """As the vendor was in autumn 2025: the key of the test mode still works."""
    sandbox = SandboxProcess(tmp_path_factory.mktemp("old") / "state", profile="seed", test_key=True).start()
    yield sandbox
    sandbox.stop()


def test_a_sandbox_is_of_the_age_that_it_was_started_with(old_sandbox: SandboxProcess) -> None:
    with MeshyCaller(old_sandbox) as meshy, MeshyCaller(old_sandbox, key=meshy.key, profile="current") as today:
        task = meshy.finish(ai_model="meshy-4", art_style="cartoon")

        assert (task["status"], task["art_style"]) == ("SUCCEEDED", "cartoon")
        assert "type" not in task
        assert today.read(task["id"])["type"] == "retexture"


def test_the_key_of_the_test_mode_costs_nothing_and_makes_the_same_of_everything(old_sandbox: SandboxProcess) -> None:
    with MeshyCaller(old_sandbox, key=TEST_KEY, profile="current") as meshy:
        sane, broken = meshy.finish(), meshy.finish(model_url=as_data_uri(b"no model"), text_style_prompt="gold")

        assert (sane["status"], broken["status"]) == ("SUCCEEDED", "SUCCEEDED")
        assert fetch(sane["model_urls"]["glb"]).content == fetch(broken["model_urls"]["glb"]).content
        assert (sane["consumed_credits"], meshy.balance()) == (0, 10000)
        assert read_refusal(meshy.create(text_style_prompt=5))[0] == 400


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ("rate_limited", 429, "RateLimitExceeded"),
        ("queue_full", 429, "NoMoreConcurrentTasks"),
        ("no_more_pending", 429, "NoMorePendingTasks"),
        ("free_plan", 402, "NoMorePendingTasks"),
        ("no_credits", 402, ""),
        ("unauthorized", 401, "Invalid API key"),
        ("forbidden", 403, ""),
        ("unprocessable", 422, ""),
        ("server_error_before", 503, ""),
        ("code_409", 409, ""),
        ("code_422", 422, ""),
    ],
)
def test_a_fault_before_creation_creates_and_bills_nothing(
    meshy: MeshyCaller, fault: str, status: int, message: str
) -> None:
    answer = meshy.create(fault=fault)

    assert answer.status_code == status
    assert message in read_refusal(answer)[1]
    assert ("Retry-After" in answer.headers) == (fault == "rate_limited")
    assert (meshy.list().json(), meshy.balance()) == ([], 10000)


def test_a_bad_gateway_is_html(meshy: MeshyCaller) -> None:
    answer = meshy.create(fault="bad_gateway")

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (502, "text/html")


def test_a_lost_answer_has_created_and_billed_the_task(meshy: MeshyCaller) -> None:
    with pytest.raises(requests.ConnectionError):
        meshy.create(fault="drop_after_accept", text_style_prompt="lost")
    assert read_refusal(meshy.create(fault="server_error_after", text_style_prompt="failed"))[0] == 500

    assert [task["text_style_prompt"] for task in meshy.list().json()] == ["failed", "lost"]
    assert meshy.balance() == 9980


def test_a_slow_answer_comes_late(meshy: MeshyCaller) -> None:
    began = time.monotonic()

    assert meshy.call("GET", "/openapi/v1/balance", fault="slow=0.4").status_code == 200

    assert time.monotonic() - began >= 0.4


def test_a_new_task_can_be_unfindable_for_a_moment(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="not_found_once"))

    assert [meshy.call("GET", f"{RETEXTURE}/{task}").status_code for _ in range(2)] == [404, 200]


def test_a_status_can_be_a_word_that_nobody_knows(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="unknown_status=2"))

    words = {meshy.read(task)["status"] for _ in range(2)}

    assert not words & {"PENDING", "IN_PROGRESS", "SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"}
    assert meshy.wait(task)["status"] == "SUCCEEDED"


def test_a_list_and_a_stream_can_have_a_word_that_nobody_knows(sandbox: SandboxProcess, meshy: MeshyCaller) -> None:
    task = meshy.finish()["id"]
    sandbox.set_fault("unknown_status", on=["list"])
    sandbox.set_fault("unknown_status", on=["stream"])

    assert [meshy.list().json()[0]["status"] == "SUCCEEDED" for _ in range(2)] == [False, True]
    with meshy.stream(task) as stream:
        assert [data["status"] == "SUCCEEDED" for _, data in read_events(stream)] == [False, True]


def test_a_new_task_can_be_missing_from_a_list_for_a_moment(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="not_listed_once=2"))

    assert [[entry["id"] for entry in meshy.list().json()] for _ in range(3)] == [[], [], [task]]


@pytest.mark.parametrize(("fault", "status"), [("cancelled", "CANCELED"), ("expired", "EXPIRED"), ("failed", "FAILED")])
def test_the_other_ends_give_the_credits_back(meshy: MeshyCaller, fault: str, status: str) -> None:
    shown = meshy.finish(fault=fault)

    assert (shown["status"], shown["consumed_credits"], meshy.balance()) == (status, 0, 10000)


def test_a_task_can_succeed_with_nothing_to_download(meshy: MeshyCaller) -> None:
    shown = meshy.finish(fault="no_asset")

    assert (shown["status"], shown["model_urls"], shown["texture_urls"]) == ("SUCCEEDED", {}, [])


@pytest.mark.parametrize(("kind", "path"), [("list", RETEXTURE), ("account", "/openapi/v1/balance")])
def test_reads_can_be_refused_for_everybody(sandbox: SandboxProcess, meshy: MeshyCaller, kind: str, path: str) -> None:
    sandbox.set_fault("rate_limited", count=2, on=[kind])

    assert [meshy.call("GET", path).status_code for _ in range(3)] == [429, 429, 200]


def test_a_delete_can_be_refused(sandbox: SandboxProcess, meshy: MeshyCaller) -> None:
    task = meshy.finish()["id"]
    sandbox.set_fault("server_error_before", on=["delete"])

    assert [meshy.call("DELETE", f"{RETEXTURE}/{task}").status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("fault", ["nonsense", "slow=fast", "task_error_", "task_error_A"])
def test_an_unknown_fault_is_refused(meshy: MeshyCaller, fault: str) -> None:
    assert read_refusal(meshy.call("GET", RETEXTURE, fault=fault))[0] == 400


@pytest.fixture
def limited_meshy(limited_sandbox: SandboxProcess) -> Iterator[MeshyCaller]:
    with MeshyCaller(limited_sandbox) as caller:
        yield caller


def test_more_than_20_requests_a_second_are_refused(limited_meshy: MeshyCaller) -> None:
    answers = [limited_meshy.call("GET", "/openapi/v1/balance") for _ in range(40)]

    refused = [answer for answer in answers if answer.status_code != 200]
    assert 200 in {answer.status_code for answer in answers}
    assert {read_refusal(answer) for answer in refused} == {(429, "RateLimitExceeded")}
    assert int(refused[0].headers["Retry-After"]) >= 1
    limited_meshy.sandbox.advance_clock(2)
    assert limited_meshy.call("GET", "/openapi/v1/balance").status_code == 200


def test_more_than_10_tasks_at_a_time_are_refused(limited_meshy: MeshyCaller) -> None:
    tasks = [read_id(limited_meshy.create(fault="never_ending")) for _ in range(10)]

    full = limited_meshy.create()

    assert read_refusal(full) == (429, "NoMoreConcurrentTasks")
    assert "Retry-After" not in full.headers
    limited_meshy.sandbox.advance_clock(2)
    assert limited_meshy.balance() == 9900
    assert limited_meshy.call("DELETE", f"{RETEXTURE}/{tasks[0]}").status_code == 200
    wait_until(lambda: limited_meshy.create(fault="never_ending").status_code == 202)


def test_the_log_holds_no_key_no_signature_and_no_file(meshy: MeshyCaller) -> None:
    shown = meshy.finish()

    log = meshy.sandbox.read_log()
    assert shown["id"] in log
    assert meshy.key not in log
    assert shown["thumbnail_url"].partition("Signature=")[2] not in log
    assert "base64" not in log
