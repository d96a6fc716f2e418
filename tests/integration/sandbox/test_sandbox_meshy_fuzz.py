"""Anything at all is sent to Meshy: nothing breaks, and every answer is one that the document describes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Mount, Route, Router

from sandbox.app import build_app
from sandbox.meshy.families import FAMILIES
from sandbox.openapi import build_document
from sandbox.settings import Settings
from tests.integration.sandbox.fuzzing import ANY_TEXT, IDS, JSON, NONSENSE, Answers, Maker, bounded
from tests.integration.sandbox.meshy_caller import MODEL, PICTURE, REMESH, MeshyCaller, read_id
from tests.sandbox_process import SandboxProcess

DOCUMENT = build_document()
ANSWERS = Answers(DOCUMENT)
OPERATIONS = [
    (method, path) for path, methods in DOCUMENT["paths"].items() for method in methods if path.startswith("/openapi/")
]
CREATES = [path for method, path in OPERATIONS if method == "post"]
READS = [(method, path) for method, path in OPERATIONS if method in ("get", "delete") and "{" in path]
LISTS = [path for method, path in OPERATIONS if method == "get" and (("post", path) in OPERATIONS)]

profiles = st.sampled_from(["", "", "current", "seed", "future"])


class Fuzzer:
    """An account with plenty of credits and a finished task of each family."""

    def __init__(self, caller: MeshyCaller) -> None:
        self.caller = caller
        remeshed, retextured = caller.remesh(), caller.finish()["id"]
        account = caller.sandbox.ledger(task=remeshed)["lines"][0]["account"]
        caller.sandbox.set_credits(account, 10**9)
        self.finished = [remeshed, retextured]
        self.files = {
            "meshy-model": [MODEL, "http://127.0.0.1:1/a.glb", "data:", "data:;base64,", MODEL[:-1]],
            "meshy-picture": [PICTURE, "http://127.0.0.1:1/a.png", "data:image/png,x", ""],
            "meshy-task": [remeshed, retextured, *IDS],
        }

    def send(self, method: str, path: str, *, profile: str = "", fault: str = "", **more: Any) -> requests.Response:
        if profile:
            self.caller.session.headers["X-Sandbox-Profile"] = profile
        try:
            return self.caller.call(method.upper(), path, fault=fault, **more)
        finally:
            self.caller.session.headers.pop("X-Sandbox-Profile", None)


@pytest.fixture(scope="module")
def fuzzer(running_sandbox: SandboxProcess) -> Iterator[Fuzzer]:
    with MeshyCaller(running_sandbox) as caller:
        yield Fuzzer(caller)


@pytest.mark.parametrize("path", CREATES)
def test_no_body_breaks_a_create(fuzzer: Fuzzer, path: str) -> None:
    schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]

    @bounded(60)
    @given(body=Maker(fuzzer.files).build_bodies(schema), profile=profiles)
    def send(body: Any, profile: str) -> None:
        # A task that is never done costs no work.
        data = json.dumps(body).encode()
        ANSWERS.check("post", path, fuzzer.send("post", path, profile=profile, fault="never_ending", data=data))

    send()


@pytest.mark.parametrize("path", CREATES)
def test_no_bytes_break_a_create(fuzzer: Fuzzer, path: str) -> None:
    @bounded(20)
    @given(body=st.binary(max_size=200))
    def send(body: bytes) -> None:
        ANSWERS.check("post", path, fuzzer.send("post", path, data=body))

    send()


@pytest.mark.parametrize(("method", "path"), READS)
def test_no_id_breaks_a_read(fuzzer: Fuzzer, method: str, path: str) -> None:
    @bounded(20)
    @given(task=st.sampled_from([*IDS, *fuzzer.finished]), profile=profiles)
    def send(task: str, profile: str) -> None:
        if method == "delete" and task in fuzzer.finished:
            task = read_id(fuzzer.caller.create(path=REMESH, fault="never_ending"))
        answer = fuzzer.send(method, path.replace("{task_id}", task), profile=profile)
        if ".." not in task:  # that one leads to another path
            ANSWERS.check(method, path, answer)

    send()


@pytest.mark.parametrize("path", LISTS)
def test_no_query_breaks_a_list(fuzzer: Fuzzer, path: str) -> None:
    wholes = st.integers(-1, 60) | st.integers() | ANY_TEXT.filter(lambda text: text.isascii())
    orders = st.sampled_from(["-created_at", "+created_at", " created_at", "id", ""])

    @bounded(60)
    @given(page=wholes, size=wholes, order=orders, profile=profiles)
    def send(page: Any, size: Any, order: str, profile: str) -> None:
        query = {"page_num": page, "page_size": size, "sort_by": order}
        ANSWERS.check("get", path, fuzzer.send("get", path, profile=profile, params=query))

    send()


def test_no_data_uri_breaks_a_create(fuzzer: Fuzzer) -> None:
    types = st.sampled_from(["application/octet-stream", "image/png", "", "a/b;c=d", "application/octet-stream;x"])
    contents = st.binary(max_size=60).map(lambda content: content.hex()) | st.sampled_from(
        ["", "====", "AAAA", "AA==AAAA"]
    )
    # As many bytes as make the sandbox put a file on disk.
    fills = st.sampled_from([0, 0, 0, 70_000])

    @bounded(60)
    @given(mime=types, encoding=st.sampled_from([";base64", "", ";base32"]), content=contents, fill=fills)
    def send(mime: str, encoding: str, content: str, fill: int) -> None:
        body = {"model_url": f"data:{mime}{encoding},{content}{'A' * fill}", "text_style_prompt": "oak"}
        path = "/openapi/v1/retexture"
        # Some writers escape each slash.
        data = json.dumps(body).replace("/", "\\/")
        ANSWERS.check("post", path, fuzzer.send("post", path, fault="never_ending", data=data))

    send()


def test_nonsense_in_each_parameter_is_refused_or_ignored(fuzzer: Fuzzer) -> None:
    names = list(
        DOCUMENT["paths"]["/openapi/v1/retexture"]["post"]["requestBody"]["content"][JSON]["schema"]["properties"]
    )

    @bounded(150)
    @given(name=st.sampled_from(names), value=NONSENSE, profile=profiles)
    def send(name: str, value: Any, profile: str) -> None:
        body = {"model_url": MODEL, "text_style_prompt": "oak"} | {name: value}
        path = "/openapi/v1/retexture"
        answer = fuzzer.send("post", path, profile=profile, fault="never_ending", data=json.dumps(body).encode())
        ANSWERS.check("post", path, answer)

    send()


def test_the_document_names_the_verbs_of_every_family_that_is_performed(tmp_path: Path) -> None:
    app = build_app(Settings(state_folder=tmp_path / "state"))
    app.state.parts.store.close()
    (mount,) = [route for route in app.routes if isinstance(route, Mount) and route.path == "/openapi"]
    assert isinstance(mount.app, Router)
    performed = (*(family.path for family in FAMILIES.values()), "/v1/balance")

    there = {
        (method.lower(), f"/openapi{route.path}")
        for route in mount.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith(performed)
    }

    assert there == set(OPERATIONS)
