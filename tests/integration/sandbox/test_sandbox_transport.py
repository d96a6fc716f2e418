"""Key, envelope, paths."""

import pytest
import requests

from tests.integration.sandbox.caller import Caller, read_data, read_refusal
from tests.sandbox_process import SandboxProcess

SOME_ID = "5f0c2c1e-3a54-4a0d-9f0e-6a1f3d0b7c42"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "sandbox"])
def test_a_call_without_a_key_is_refused_with_401(sandbox: SandboxProcess, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = requests.get(f"{sandbox.triverse_url}/users/me", headers=headers, timeout=10)

    assert answer.status_code == 401
    assert answer.json()["message"]


def test_any_key_is_an_account_with_ten_thousand_credits(caller: Caller, stranger_caller: Caller) -> None:
    assert caller.balance() == {"balance": 10000.0, "frozen": 0.0}
    assert caller.account_id() != stranger_caller.account_id()


def test_the_account_tells_who_it_is(caller: Caller) -> None:
    me = read_data(caller.call("GET", "/users/me"))

    assert set(me) == {"id", "email", "web_credits_balance", "api_credits_balance", "plan_name"}
    assert me["api_credits_balance"] == 10000.0


def test_the_same_key_is_the_same_account(caller: Caller) -> None:
    with Caller(caller.sandbox, key=caller.key) as again:
        assert again.account_id() == caller.account_id()


@pytest.mark.parametrize("path", ["/nothing/here", "/tasks", "/tasks/url", "/users/me/"])
def test_an_unknown_path_is_a_404_in_the_vendors_shape(caller: Caller, path: str) -> None:
    assert read_refusal(caller.call("GET", path)) in {(404, 1005), (404, 1006)}


def test_a_wrong_method_is_refused(caller: Caller) -> None:
    answer = caller.call("DELETE", "/users/me")

    assert answer.status_code == 405
    assert answer.json()["code"] != 0


@pytest.mark.parametrize("path", ["/tasks/", "/tasks/url/", "/tasks/download/"])
@pytest.mark.parametrize("task", [SOME_ID, "not-a-uuid", "model-remesh"])
def test_an_unknown_task_is_1006_everywhere(caller: Caller, path: str, task: str) -> None:
    assert read_refusal(caller.call("GET", path + task)) == (404, 1006)


@pytest.mark.parametrize("flow", ["image-to-model", "image-to-mesh", "text-to-model", "text-to-mesh"])
def test_operations_that_are_not_performed_are_refused_with_2002(caller: Caller, flow: str) -> None:
    assert read_refusal(caller.create(flow, prompt="a chair")) == (400, 2002)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe"])
@pytest.mark.parametrize("path", ["/tasks/model-remesh", "/tasks/pricing/quote", "/upload/presigned-get-url"])
def test_a_body_that_is_no_json_object_is_refused(caller: Caller, path: str, body: bytes) -> None:
    assert read_refusal(caller.call("POST", path, data=body)) == (400, 1004)


@pytest.mark.parametrize(
    "text",
    ["\ud800", "\x00", "../../etc/passwd", "é" * 5000, "http://127.0.0.1:99999/x.glb", "http://[::1]:x/", "https://"],
)
def test_strange_text_is_refused_and_breaks_nothing(caller: Caller, text: str) -> None:
    body = dict.fromkeys(("model_file", "filename", "file_key", "flow_name", "source_format"), text)
    body["target_format"] = "fbx"
    paths = ["/tasks/model-remesh", "/tasks/convert-model-format", "/tasks/pricing/quote", "/upload/presigned-get-url"]

    for path in paths:
        assert read_refusal(caller.call("POST", path, json=body))[0] in {400, 404}


@pytest.mark.parametrize("path", ["/storage/%00", "/storage/../../etc/passwd", "/storage/%2e%2e/%2e%2e/x", "/storage/"])
def test_the_storage_host_opens_nothing_that_was_not_signed(sandbox: SandboxProcess, path: str) -> None:
    request = requests.Request("GET", f"{sandbox.base_url}{path}").prepare()
    request.url = f"{sandbox.base_url}{path}?Expires=9999999999&Signature=abc"
    with requests.Session() as session:
        assert session.send(request, timeout=10).status_code in {403, 404}


def test_the_log_holds_no_key_and_no_signature(caller: Caller) -> None:
    created = caller.remesh()
    task = caller.finish(created)["task_uuid"]
    url = caller.result_url(task)

    log = caller.sandbox.read_log()
    assert task in log
    assert caller.key not in log
    assert url.partition("Signature=")[2] not in log
