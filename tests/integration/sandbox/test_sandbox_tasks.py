"""What a task's answers look like, whose it is, what it costs, and when it is the same as another."""

import re

import pytest

from tests.integration.sandbox.caller import Caller, fetch, read_data, read_refusal
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


def test_a_creation_tells_id_state_and_price(caller: Caller) -> None:
    created = read_data(caller.remesh())

    assert set(created) == {
        "task_uuid",
        "flow_name",
        "status",
        "created_at",
        "cost_credits",
        "queue",
        "read_after_write_deadline_seconds",
        "read_after_write_header",
    }
    assert UUID.fullmatch(created["task_uuid"])
    assert MOMENT.fullmatch(created["created_at"])
    assert created["flow_name"] == "model-remesh"
    assert created["status"] in {"PENDING", "QUEUED"}
    assert created["cost_credits"] > 0


def test_a_finished_task_tells_everything(caller: Caller) -> None:
    status = caller.finish(caller.remesh(target_face_count=4000, client_order_id="order-1"))

    assert set(status) == {
        "task_uuid",
        "flow_name",
        "status",
        "progress",
        "created_at",
        "started_at",
        "completed_at",
        "input",
        "output",
        "error",
        "queue",
    }
    assert (status["status"], status["progress"], status["error"]) == ("SUCCESS", 100, None)
    assert status["created_at"] < status["started_at"] < status["completed_at"]
    assert status["input"]["target_face_count"] == 4000
    assert status["input"]["client_order_id"] == "order-1"
    assert status["queue"] == {"is_queued": False, "position": None, "estimated_wait_seconds": None}


def test_the_result_has_an_address_and_a_download(caller: Caller) -> None:
    task = caller.finish(caller.remesh())["task_uuid"]

    url = read_data(caller.call("GET", f"/tasks/url/{task}"))
    download = caller.call("GET", f"/tasks/download/{task}")

    assert url["kind"] == "model"
    assert UUID.fullmatch(url["asset_id"])
    assert url["download_url"].startswith(caller.sandbox.base_url)
    assert download.headers["content-type"] == "application/octet-stream"
    assert download.headers["content-disposition"] == f'attachment; filename="{task}.fbx"'
    assert download.content == fetch(url["download_url"]).content


def test_what_the_engine_notes_is_part_of_the_output(caller: Caller) -> None:
    status = caller.finish(caller.remesh())

    assert status["output"]["notes"] == ["A canned file: it is always the same, whatever went in."]


def test_the_address_of_a_result_expires_and_can_be_asked_for_again(caller: Caller) -> None:
    task = caller.finish(caller.remesh())["task_uuid"]
    first = caller.result_url(task)
    caller.sandbox.advance_clock(3600)

    assert fetch(first).status_code == 403
    assert fetch(caller.result_url(task)).status_code == 200
    assert fetch(caller.status(task)["output"]["model_url"]).status_code == 200


def test_results_are_deleted_after_a_while(caller: Caller) -> None:
    task = caller.finish(caller.remesh())["task_uuid"]
    caller.sandbox.advance_clock(30 * 86400)

    assert read_refusal(caller.call("GET", f"/tasks/url/{task}")) == (404, 4042)
    assert caller.status(task)["status"] == "SUCCESS"
    assert caller.status(task)["output"] == {}


def test_a_task_of_another_account_is_not_found(caller: Caller, stranger_caller: Caller) -> None:
    task = caller.finish(caller.remesh())["task_uuid"]

    for path in ("/tasks/", "/tasks/url/", "/tasks/download/"):
        assert read_refusal(stranger_caller.call("GET", path + task)) == (404, 1006)


def test_a_task_that_has_not_ended_has_no_file_yet(caller: Caller) -> None:
    task = read_data(caller.remesh(fault="never_ending"))["task_uuid"]
    wait_until(lambda: caller.status(task)["status"] == "RUNNING")

    assert caller.status(task)["output"] is None
    assert read_refusal(caller.call("GET", f"/tasks/url/{task}")) == (409, 2005)
    assert read_refusal(caller.call("GET", f"/tasks/download/{task}")) == (409, 2005)


def test_credits_are_frozen_then_charged(caller: Caller) -> None:
    running = read_data(caller.remesh(fault="never_ending"))
    cost = running["cost_credits"]
    assert caller.balance() == {"balance": 10000.0 - cost, "frozen": cost}

    done = caller.finish(caller.remesh())

    assert caller.balance() == {"balance": 10000.0 - 2 * cost, "frozen": cost}
    assert caller.events(done["task_uuid"]) == [("created", cost), ("charged", cost)]
    assert caller.events(running["task_uuid"]) == [("created", cost)]


def test_credits_of_a_failed_task_are_released(caller: Caller) -> None:
    status = caller.finish(caller.remesh(fault="failed"))

    assert status["status"] == "FAILED"
    assert {"code", "message"} <= set(status["error"])
    assert status["output"] is None
    assert caller.balance() == {"balance": 10000.0, "frozen": 0.0}
    assert [event for event, _ in caller.events(status["task_uuid"])] == ["created", "released"]
    assert read_refusal(caller.call("GET", f"/tasks/url/{status['task_uuid']}")) == (409, 2005)


def test_an_empty_purse_is_a_403_with_its_own_code(caller: Caller) -> None:
    cost = read_data(caller.remesh(fault="never_ending"))["cost_credits"]
    caller.sandbox.set_credits(caller.account_id(), 2 * cost - 1)
    assert caller.remesh(fault="never_ending").status_code == 200

    assert read_refusal(caller.remesh()) == (403, 2010)

    assert caller.balance() == {"balance": cost - 1, "frozen": 2 * cost}


@pytest.mark.parametrize(
    ("flow", "params"),
    [
        ("model-remesh", {"target_face_count": 900000, "texture_size": 4096}),
        ("model-remesh", {}),
        ("model-preview-render", {"image_count": 5, "enable_white_render": False, "resolution": "64x64"}),
        ("convert-model-format", {"source_format": "glb", "target_format": "stl"}),
    ],
)
def test_a_quote_is_the_price_that_is_frozen(caller: Caller, flow: str, params: dict) -> None:
    quote = read_data(caller.call("POST", "/tasks/pricing/quote", json={"flow_name": flow, "params": params}))
    created = read_data(caller.create(flow, model_file=caller.upload_model(), **params))

    assert set(quote) == {"flow_name", "params", "cost_credits", "available_credits"}
    assert isinstance(quote["cost_credits"], int)
    assert quote["cost_credits"] == created["cost_credits"]


def test_a_quote_names_only_what_the_price_depends_on(caller: Caller) -> None:
    asked = {"flowName": "model-remesh", "params": {"model_file": "x", "prompt": "y", "texture_size": 1024}}

    quote = read_data(caller.call("POST", "/tasks/pricing/quote", json=asked))

    assert quote["params"] == {"target_face_count": 30000, "texture_size": 1024}
    assert caller.balance() == {"balance": 10000.0, "frozen": 0.0}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"flow_name": "make-coffee"}, (400, 2002)),
        ({}, (400, 1004)),
        ({"flow_name": "model-remesh", "params": []}, (400, 1004)),
        ({"flow_name": "model-remesh", "params": {"texture_size": 5}}, (400, 1004)),
    ],
)
def test_a_quote_that_cannot_be_made_is_refused(caller: Caller, body: dict, refusal: tuple[int, int]) -> None:
    assert read_refusal(caller.call("POST", "/tasks/pricing/quote", json=body)) == refusal


def test_the_same_order_again_is_the_same_task(caller: Caller) -> None:
    model = caller.upload_model()
    first = read_data(caller.remesh(model_file=model, client_order_id="order_A-1"))
    caller.sandbox.advance_clock(86400)

    again = read_data(caller.remesh(model_file=model, client_order_id="order_A-1", allow_duplicate=True))

    assert again == first
    assert len(caller.sandbox.ledger(account=caller.account_id())["accounts"]) == 1
    assert [event for event, _ in caller.events(first["task_uuid"])].count("created") == 1


def test_an_order_id_used_for_something_else_is_a_conflict(caller: Caller) -> None:
    model = caller.upload_model()
    caller.remesh(model_file=model, client_order_id="order")

    other = caller.remesh(model_file=model, client_order_id="order", target_face_count=2000, allow_duplicate=True)

    assert read_refusal(other) == (409, 2005)


def test_an_order_id_belongs_to_its_account(caller: Caller, stranger_caller: Caller) -> None:
    first = read_data(caller.remesh(client_order_id="order"))
    second = read_data(stranger_caller.remesh(client_order_id="order"))

    assert first["task_uuid"] != second["task_uuid"]


def test_the_same_request_within_ten_seconds_is_a_conflict(caller: Caller) -> None:
    model = caller.upload_model()
    assert caller.remesh(model_file=model).status_code == 200

    assert read_refusal(caller.remesh(model_file=model)) == (409, 2005)
    assert caller.remesh(model_file=model, allow_duplicate=True).status_code == 200
    assert caller.remesh(model_file=model, target_face_count=2000).status_code == 200
    assert caller.remesh(model_file=model, client_order_id="named").status_code == 200
    caller.sandbox.advance_clock(11)
    assert caller.remesh(model_file=model).status_code == 200


def test_a_full_queue_refuses_more(limited_sandbox: SandboxProcess) -> None:
    with Caller(limited_sandbox) as caller, Caller(limited_sandbox) as other:
        model = caller.upload_model()
        for _ in range(20):
            assert caller.remesh(model_file=model, allow_duplicate=True, fault="never_ending").status_code == 200

        assert read_refusal(caller.remesh(model_file=model, allow_duplicate=True)) == (429, 2000)
        assert other.remesh().status_code == 200


def test_positions_in_the_queue_fall_to_nothing(caller: Caller) -> None:
    for seconds in (0.3, 0.6, 0.9, 1.2):  # as many as are done at once
        caller.remesh(fault=f"takes={seconds}")
    first, second, third = (read_data(caller.remesh(fault="takes=0.2"))["task_uuid"] for _ in range(3))
    seen: list[int] = []

    def has_started() -> bool:
        queue = caller.status(third)["queue"]
        seen.append(queue["position"] or 0)
        return not queue["is_queued"]

    assert [caller.status(task)["queue"]["position"] for task in (first, second)] == [1, 2]
    wait_until(has_started, every_s=0.02)

    assert seen == sorted(seen, reverse=True)
    assert (seen[0], seen[-1]) == (3, 0)
    assert len(set(seen)) > 2


def test_a_hundred_percent_comes_with_success_alone(caller: Caller) -> None:
    created = caller.remesh(fault="takes=0.5,unknown_status=2")
    task = read_data(created)["task_uuid"]
    unknown = [caller.status(task)["progress"] for _ in range(2)]
    seen = []

    def note() -> bool:
        seen.append(caller.status(task))
        return seen[-1]["status"] == "SUCCESS"

    wait_until(note, every_s=0.02)

    progress = [status["progress"] for status in seen]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert all(share < 100 for share in [*unknown, *progress[:-1]])
    assert len(set(progress)) > 3


def test_a_finished_task_with_an_unknown_status_is_not_at_a_hundred_percent(
    sandbox: SandboxProcess, caller: Caller
) -> None:
    task = caller.finish(caller.remesh())["task_uuid"]
    sandbox.set_fault("unknown_status")

    assert caller.status(task)["progress"] == 99


def test_a_person_can_see_a_task_wait(lingering_sandbox: SandboxProcess) -> None:
    with Caller(lingering_sandbox) as caller:
        task = read_data(caller.remesh())["task_uuid"]
        seen: list[dict] = []

        def note() -> bool:
            seen.append(caller.status(task))
            return seen[-1]["status"] == "SUCCESS"

        wait_until(note)

    words = list(dict.fromkeys(status["status"] for status in seen))
    queued = next(status for status in seen if status["status"] == "QUEUED")
    assert words[:2] == ["PENDING", "QUEUED"]
    assert queued["queue"]["is_queued"]
    assert queued["queue"]["position"] == 1
    assert all(status["progress"] < 100 for status in seen[:-1])
