"""A bare client for Meshy's contract tests: it knows the vendor's paths and nothing of ours."""

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import requests

from tests import made_models
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

ENDED = {"SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"}
ANSWER_WITHIN_S = 30
RETEXTURE = "/openapi/v1/retexture"
REMESH = "/openapi/v1/remesh"


def as_data_uri(content: bytes, mime: str = "application/octet-stream") -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


MODEL = as_data_uri(made_models.glb())
PICTURE = as_data_uri(made_models.png(), "image/png")


class MeshyCaller:
    """One account. Every call returns the whole response."""

    def __init__(self, sandbox: SandboxProcess, *, key: str | None = None, profile: str = "") -> None:
        self.sandbox = sandbox
        self.key = key or f"msy_{uuid.uuid4().hex}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.key}"
        if profile:
            self.session.headers["X-Sandbox-Profile"] = profile

    def __enter__(self) -> "MeshyCaller":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def call(self, method: str, path: str, *, fault: str = "", **more: Any) -> requests.Response:
        headers = {"X-Sandbox-Fault": fault} if fault else {}
        url = f"{self.sandbox.base_url}{path}"
        return self.session.request(method, url, headers=headers, timeout=ANSWER_WITHIN_S, **more)

    def create(self, *, path: str = RETEXTURE, fault: str = "", **body: Any) -> requests.Response:
        """A retexture of a cube by a prompt; `body` replaces parameters, or leaves out those that are None."""
        body = {"model_url": MODEL, "target_formats": ["glb"]} | body
        if not {"text_style_prompt", "image_style_url", "multiview_image_urls"} & set(body):
            body["text_style_prompt"] = "weathered oak"
        sent = {name: value for name, value in body.items() if value is not None}
        return self.call("POST", path, json=sent, fault=fault)

    def start(self, **body: Any) -> str:
        return read_id(self.create(**body))

    def read(self, task: str, *, path: str = RETEXTURE) -> dict[str, Any]:
        answer = self.call("GET", f"{path}/{task}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, task: str, *, path: str = RETEXTURE, within_s: float = 90) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            shown = self.read(task, path=path)
            return shown if shown["status"] in ENDED else None

        return wait_until(ended, within_s=within_s, every_s=0.02) or {}

    def finish(self, **body: Any) -> dict[str, Any]:
        path = body.get("path", RETEXTURE)
        return self.wait(self.start(**body), path=path)

    def remesh(self) -> str:
        """The id of a remesh task that has succeeded."""
        return self.finish(path=REMESH, text_style_prompt=None)["id"]

    def list(self, path: str = RETEXTURE, query: str = "") -> requests.Response:
        return self.call("GET", f"{path}?{query}")

    def stream(self, task: str, *, path: str = RETEXTURE, fault: str = "") -> requests.Response:
        """Open a stream; the caller closes it."""
        return self.call("GET", f"{path}/{task}/stream", fault=fault, stream=True)

    def balance(self) -> int:
        return self.call("GET", "/openapi/v1/balance").json()["balance"]


def read_id(response: requests.Response) -> str:
    assert response.status_code == 202, response.text
    assert set(response.json()) == {"result"}
    return response.json()["result"]


def read_refusal(response: requests.Response) -> tuple[int, str]:
    """Status and message of a refusal in the vendor's shape."""
    assert set(response.json()) == {"message"}, response.text
    assert response.json()["message"]
    return response.status_code, response.json()["message"]


def read_events(response: requests.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and data of a stream's events, as they come. Each event has one line of data."""
    name = ""
    for line in response.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
        else:
            assert line == "" or line.startswith(":"), line
