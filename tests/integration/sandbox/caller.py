"""A bare client for the contract tests: it knows the vendor's paths and nothing of ours."""

import io
import uuid
from typing import Any

import requests
from PIL import Image

from sandbox.canned_models import build_glb
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

# What each operation needs; the files are made anew each time.
LEAST: dict[str, dict[str, Any]] = {
    "texture-model": {"image_file": None, "model_file": None},
    "text-to-texture": {"text_prompt": "oak", "model_url": None},
    "model-preview-render": {"model_file": None, "resolution": "64x64"},
    "model-remesh": {"model_file": None},
    "convert-model-format": {"model_file": None, "source_format": "glb", "target_format": "fbx"},
    "image-generation": {"prompt": "a chair"},
    "prompt-optimize": {"user_input": "a chair"},
}
FLOWS = list(LEAST)
ENDED = {"SUCCESS", "FAILED", "CANCELLED"}
ANSWER_WITHIN_S = 30


def build_image(image_format: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(written, image_format)
    return written.getvalue()


class Caller:
    """One account. Every call returns the whole response."""

    def __init__(self, sandbox: SandboxProcess, key: str | None = None) -> None:
        self.sandbox = sandbox
        self.key = key or f"key-{uuid.uuid4()}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.key}"

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def call(self, method: str, path: str, *, fault: str = "", dialect: str = "", **more: Any) -> requests.Response:
        wished = {"X-Sandbox-Fault": fault, "X-Sandbox-Dialect": dialect}
        headers = {name: value for name, value in wished.items() if value}
        url = f"{self.sandbox.triverse_url}{path}"
        return self.session.request(method, url, headers=headers, timeout=ANSWER_WITHIN_S, **more)

    def upload(
        self,
        kind: str = "model",
        content: bytes | None = None,
        *,
        name: str = "cube.glb",
        mime: str = "model/gltf-binary",
        fault: str = "",
    ) -> requests.Response:
        content = build_glb() if content is None else content
        return self.call("POST", f"/upload/{kind}", files={"file": (name, content, mime)}, fault=fault)

    def upload_model(self) -> str:
        return read_data(self.upload())["file_key"]

    def upload_image(self) -> str:
        return read_data(self.upload("image", build_image(), name="style.png", mime="image/png"))["file_key"]

    def sign_model(self) -> str:
        """An address that anybody can read a model from."""
        signed = self.call("POST", "/upload/presigned-get-url", json={"file_key": self.upload_model()})
        return read_data(signed)["download_url"]

    def build_body(self, flow: str, **changes: Any) -> dict[str, Any]:
        """The least that an operation takes, and what the test changes in it."""
        files = {"model_file": self.upload_model, "image_file": self.upload_image, "model_url": self.sign_model}
        least = {name: make() for name, make in files.items() if name in LEAST[flow] and name not in changes}
        return {name: value for name, value in LEAST[flow].items() if name not in files} | least | changes

    def create(self, flow: str, *, fault: str = "", dialect: str = "", **body: Any) -> requests.Response:
        return self.call("POST", f"/tasks/{flow}", json=body, fault=fault, dialect=dialect)

    def make(self, flow: str, **changes: Any) -> dict[str, Any]:
        """Create a task that is allowed, and return its status when it has succeeded."""
        status = self.finish(self.create(flow, **self.build_body(flow, **changes)))
        assert status["status"] == "SUCCESS", status
        return status

    def remesh(self, *, fault: str = "", **body: Any) -> requests.Response:
        """A remesh of a new upload, so that it is no duplicate, unless `model_file` is given."""
        body.setdefault("model_file", None)
        body["model_file"] = body["model_file"] or self.upload_model()
        return self.create("model-remesh", fault=fault, **body)

    def finish(self, created: requests.Response, *, within_s: float = 30) -> dict[str, Any]:
        """Wait for the task's end and return its status."""
        task = read_data(created)["task_uuid"]

        def ended() -> dict[str, Any] | None:
            status = self.status(task)
            return status if status["status"] in ENDED else None

        return wait_until(ended, within_s=within_s) or {}

    def status(self, task: str) -> dict[str, Any]:
        return read_data(self.call("GET", f"/tasks/{task}"))

    def result_url(self, task: str) -> str:
        return read_data(self.call("GET", f"/tasks/url/{task}"))["download_url"]

    def account_id(self) -> str:
        return read_data(self.call("GET", "/users/me"))["id"]

    def balance(self) -> dict[str, float]:
        return read_data(self.call("GET", "/users/balance"))

    def events(self, task: str) -> list[tuple[str, int]]:
        return [(line["event"], line["credits"]) for line in self.sandbox.ledger(task=task)["lines"]]


def read_data(response: requests.Response) -> Any:
    """The envelope's `data` of a success."""
    body = response.json()
    assert response.ok, response.text
    assert (body["code"], body["message"]) == (0, "success")
    return body["data"]


def read_refusal(response: requests.Response) -> tuple[int, int]:
    """HTTP status and code of a refusal in the vendor's shape."""
    body = response.json()
    assert set(body) <= {"code", "message", "suggestion"}, body
    assert body["message"]
    return response.status_code, body["code"]


def fetch(url: str, **more: Any) -> requests.Response:
    """Read from the storage host, without the key."""
    return requests.get(url, timeout=ANSWER_WITHIN_S, **more)
