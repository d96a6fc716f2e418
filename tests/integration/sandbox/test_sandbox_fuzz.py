"""Anything at all is sent to every operation: nothing breaks, and every answer is one that the document describes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.app import build_app
from sandbox.openapi import build_document
from sandbox.settings import Settings
from tests.integration.sandbox.caller import ANSWER_WITHIN_S, Caller, fetch
from tests.integration.sandbox.fuzzing import ANY_TEXT, IDS, JSON, NONSENSE, Answers, Maker, bounded
from tests.sandbox_process import SandboxProcess

DOCUMENT = build_document()
ANSWERS = Answers(DOCUMENT)
VENDORS = {"/api/v1/": "triverse"}
OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if any(path.startswith(prefix) for prefix in VENDORS)
]
WITH_JSON = [
    entry
    for entry in OPERATIONS
    if JSON in DOCUMENT["paths"][entry[1]][entry[0]].get("requestBody", {}).get("content", {})
]
OTHERS = [entry for entry in OPERATIONS if entry not in WITH_JSON and entry[0] in ("get", "delete")]

dialects = st.sampled_from(["", "", "new", "old", "sparse", "klingon"])


class Fuzzer:
    """An account with plenty of credits, uploads of every kind, and a finished and an endless task."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        caller.sandbox.set_credits(caller.account_id(), 10**9)
        model, url = caller.upload_model(), caller.sign_model()
        self.files = {"model": [model, url], "model-url": [url], "key": [model], "image": [caller.upload_image()]}
        done = [caller.make(flow)["task_uuid"] for flow in ("texture-model", "prompt-optimize", "model-preview-render")]
        open_task = caller.remesh(fault="never_ending").json()["data"]["task_uuid"]
        self.ids = [*done, open_task, *IDS]

    def send(self, method: str, path: str, *, dialect: str = "", **more: Any) -> requests.Response:
        headers = {"X-Sandbox-Dialect": dialect} if dialect else {}
        headers |= more.pop("headers", {})
        return self.caller.session.request(
            method, self.caller.sandbox.base_url + path, headers=headers, timeout=ANSWER_WITHIN_S, **more
        )


@pytest.fixture(scope="module")
def fuzzer(running_sandbox: SandboxProcess) -> Iterator[Fuzzer]:
    with Caller(running_sandbox) as caller:
        yield Fuzzer(caller)


@pytest.mark.parametrize(("method", "path"), WITH_JSON)
def test_no_body_breaks_an_operation(fuzzer: Fuzzer, method: str, path: str) -> None:
    schema = DOCUMENT["paths"][path][method]["requestBody"]["content"][JSON]["schema"]

    @bounded(40)
    @given(body=Maker(fuzzer.files).build_bodies(schema), dialect=dialects)
    def send(body: Any, dialect: str) -> None:
        # A task that is never done costs no work, so that a thousand of them can be accepted.
        wished = {"Content-Type": JSON, "X-Sandbox-Fault": "never_ending"}
        answer = fuzzer.send(method, path, dialect=dialect, data=json.dumps(body).encode(), headers=wished)
        ANSWERS.check(method, path, answer)

    send()


@pytest.mark.parametrize(("method", "path"), WITH_JSON)
def test_no_bytes_break_an_operation(fuzzer: Fuzzer, method: str, path: str) -> None:
    @bounded(5)
    @given(body=st.binary(max_size=200))
    def send(body: bytes) -> None:
        ANSWERS.check(method, path, fuzzer.send(method, path, data=body, headers={"Content-Type": JSON}))

    send()


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_no_task_id_and_no_dialect_breaks_a_read(fuzzer: Fuzzer, method: str, path: str) -> None:
    @bounded(40)
    @given(task=st.sampled_from(fuzzer.ids), dialect=dialects)
    def send(task: str, dialect: str) -> None:
        written = path.replace("{task_uuid}", task if "{" in path else "")
        answer = fuzzer.send(method, written, dialect=dialect)
        ANSWERS.check(method, path, answer)

    send()


@pytest.mark.parametrize("path", ["/api/v1/upload/image", "/api/v1/upload/model"])
def test_no_upload_breaks_the_sandbox(fuzzer: Fuzzer, path: str) -> None:
    names = st.sampled_from(["a.glb", "a.png", "a", ".", "a.glb.exe", "ü\u0000.obj"]) | ANY_TEXT.filter(_is_whole)
    types = st.sampled_from(["image/png", "model/gltf-binary", "", "text/html; charset=x", "image/png;"])

    @bounded(40)
    @given(
        name=names,
        mime=types,
        content=st.binary(max_size=100) | st.just(b"\x89PNG\r\n\x1a\n"),
        field=st.sampled_from(["file", "model"]),
    )
    def send(name: str, mime: str, content: bytes, field: str) -> None:
        answer = fuzzer.send("post", path, files={field: (name, content, mime)})
        ANSWERS.check("post", path, answer)

    send()


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.parametrize("path", ["faults", "clock", "credits", "settings"])
def test_no_body_breaks_the_controls(limited_sandbox: SandboxProcess, path: str) -> None:
    names = ["name", "count", "on", "value", "advance_s", "account", "total", "dialect", "limits", "profile"]
    bodies = st.dictionaries(st.sampled_from(names) | ANY_TEXT, NONSENSE, max_size=3) | NONSENSE

    @bounded(40)
    @given(body=bodies)
    def send(body: Any) -> None:
        url = f"{limited_sandbox.base_url}/_sandbox/{path}"
        answer = requests.post(url, data=json.dumps(body).encode(), timeout=ANSWER_WITHIN_S)
        assert answer.status_code in (200, 400), answer.text

    send()


def test_the_document_names_every_path_and_no_other(tmp_path: Path) -> None:
    app = build_app(Settings(state_folder=tmp_path / "state"))
    app.state.parts.store.close()

    there = {
        (method.lower(), route.path)
        for route in app.routes
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}
        if any(route.path.startswith(prefix) for prefix in VENDORS)
    }
    assert there == set(OPERATIONS)


def test_the_document_is_served_and_its_schemas_are_schemas(sandbox: SandboxProcess) -> None:
    served = fetch(f"{sandbox.base_url}/_sandbox/openapi.json").json()

    assert served == json.loads(json.dumps(DOCUMENT))
    assert served["openapi"].startswith("3.1")
    for schema in served["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
