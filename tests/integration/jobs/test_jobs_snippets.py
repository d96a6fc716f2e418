"""Snippets are programs: each one is run as it stands, with nothing but the vendor's address replaced."""

import contextlib
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jobs.snippets import BASE_URLS, KEY_VARIABLES, build_example, build_snippets
from jobs.vendors import OPERATIONS
from tests.integration.jobs.fake_vendor import FakeVendor, reply
from tests.integration.jobs.trip import make_glb
from tests.sandbox_process import SandboxProcess

LANGUAGES = ["curl", "javascript", "python"]
RUN_WITHIN_S = 60
NASTY = "a \"red\" 'chair'\n$HOME `id` \\n \\\\ $(id) %s é 椅子 🪑 </script>\nJSON"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder with the files that snippets name."""
    (tmp_path / "model.glb").write_bytes(make_glb("snippet"))
    Image.new("RGB", (64, 64), "firebrick").save(tmp_path / "image.png")
    for number in (1, 2):
        shutil.copy(tmp_path / "image.png", tmp_path / f"image-{number}.png")
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(language: str, code: str, *, key_variable: str, key: str) -> str:
    """Run a snippet and return what it prints.

    :raises AssertionError: when it fails
    """
    if language == "python":
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            patch.setenv(key_variable, key)
            exec(compile(code, "snippet.py", "exec"), {})
        return out.getvalue()
    program = {"curl": "sh", "javascript": "node"}[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")
    file = Path("request.sh" if language == "curl" else "request.mjs")
    file.write_text(code)
    environment = {**os.environ, key_variable: key}
    done = subprocess.run([program, str(file)], env=environment, capture_output=True, text=True, timeout=RUN_WITHIN_S)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{code}"
    return done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", OPERATIONS)
def test_an_example_creates_a_task(
    key: str, language: str, folder: Path, running_sandbox: SandboxProcess, api_key: str
) -> None:
    operation = OPERATIONS[key]
    vendor = operation.vendor
    address = running_sandbox.triverse_url if vendor == "triverse" else running_sandbox.base_url
    code = build_snippets(operation, None)[language]

    printed = run(
        language,
        code.replace(BASE_URLS[vendor], address),
        key_variable=KEY_VARIABLES[vendor],
        key=f"{api_key}{language}",
    )

    assert api_key not in code
    assert BASE_URLS[vendor] in code
    assert "task_uuid" in printed if vendor == "triverse" else "result" in printed


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_arrive_as_they_were_sent(language: str, folder: Path) -> None:
    vendor = FakeVendor(reply("200 OK", b'{"code": 0}', "Content-Type: application/json"))
    body = {"user_input": NASTY, "allow_duplicate": True, "client_order_id": "sent-before"}
    request = {"method": "POST", "path": "/tasks/prompt-optimize", "body": body}
    code = build_snippets(OPERATIONS["triverse.prompt-optimize"], request)[language]

    run(language, code.replace(BASE_URLS["triverse"], vendor.url), key_variable="TRIVERSE_API_KEY", key="secret-key")
    vendor.stop()

    head, _, sent = vendor.requests[0].partition(b"\r\n\r\n")
    received: dict[str, Any] = json.loads(sent)
    assert head.startswith(b"POST /tasks/prompt-optimize ")
    assert b"authorization: bearer secret-key" in head.lower()
    assert received | {"client_order_id": ""} == body | {"client_order_id": ""}
    assert received["client_order_id"] not in ("", "sent-before")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_ends_the_program(language: str, folder: Path) -> None:
    refusal = b'{"code": 2010, "message": "Not enough credits."}'
    vendor = FakeVendor(reply("403 Forbidden", refusal, "Content-Type: application/json"))
    code = build_snippets(OPERATIONS["triverse.texture-model"], None)[language]

    with pytest.raises((AssertionError, SystemExit), match="2010"):
        run(language, code.replace(BASE_URLS["triverse"], vendor.url), key_variable="TRIVERSE_API_KEY", key="k")
    vendor.stop()

    assert len(vendor.requests) == 1, "nothing follows the refused upload"


def test_files_that_were_sent_become_files_of_the_reader() -> None:
    body = {
        "model_url": "data:application/octet-stream;base64,<robot.fbx, 1.2 MB>",
        "multiview_image_urls": ["data:image/jpeg;base64,…", "data:image/png;base64,…"],
        "enable_original_uv": True,
    }
    request = {"method": "POST", "path": "/openapi/v1/retexture", "body": body}

    code = build_snippets(OPERATIONS["meshy.retexture"], request)["javascript"]

    for file in ("model.fbx", "image-1.jpg", "image-2.png"):
        assert f'await inline("{file}"' in code
    assert "…" not in code
    assert "1.2 MB" not in code


@pytest.mark.parametrize("key", OPERATIONS)
def test_an_older_curl_will_do(key: str) -> None:
    """`--json` came with 7.82; distributions that are still kept have an older one."""
    assert "--json" not in build_snippets(OPERATIONS[key], None)["curl"]


@pytest.mark.parametrize("key", OPERATIONS)
def test_an_example_breaks_no_rule(key: str) -> None:
    operation = OPERATIONS[key]
    body = build_example(operation)["body"]
    seen = {name: body.get(name, item.initial) for name, item in operation.fields.items()}

    assert not [rule for rule in operation.rules if rule.check(seen)]
    needed = {name for name, item in operation.fields.items() if item.required and name not in operation.automatic}
    assert needed <= set(body)
