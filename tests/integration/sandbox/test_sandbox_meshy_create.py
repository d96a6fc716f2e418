"""What Meshy takes and refuses when a retexture is created (its page Retexture with Failure Modes, read 2026-11-21)."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import made_models
from tests.integration.sandbox.caller import Caller, read_data
from tests.integration.sandbox.meshy_caller import (
    MODEL,
    PICTURE,
    RETEXTURE,
    MeshyCaller,
    as_data_uri,
    read_id,
    read_refusal,
)

NO_STYLE = "Either text_style_prompt, image_style_url or multiview_image_urls must be provided"
NO_MULTIVIEW = "multiview_image_urls requires ai_model meshy-7"


class PublicFiles(BaseHTTPRequestHandler):
    """A host that anybody can read; anything `missing` is not there, and `moved` is elsewhere."""

    def do_GET(self) -> None:
        status = 404 if "missing" in self.path else 302 if "moved" in self.path else 200
        content = made_models.png() if ".png" in self.path else made_models.glb()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/model.glb")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def public_host() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), PublicFiles)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_create_answers_202_and_the_id_alone(meshy_of_any_age: MeshyCaller) -> None:
    answer = meshy_of_any_age.create()

    assert answer.status_code == 202
    assert set(answer.json()) == {"result"}


def test_ids_are_uuids_of_version_7_in_the_order_of_creation(meshy: MeshyCaller) -> None:
    ids = [meshy.start() for _ in range(5)]

    assert ids == sorted(ids)
    assert {task[14] for task in ids} == {"7"}


def test_the_same_request_twice_is_two_tasks(meshy: MeshyCaller) -> None:
    assert meshy.start() != meshy.start()


REFUSED_BY_ALL: list[tuple[dict[str, Any], str]] = [
    ({"model_url": None}, "input_task_id"),
    ({"model_url": ""}, "input_task_id"),
    ({"text_style_prompt": None}, "must be provided"),
    ({"text_style_prompt": ""}, "must be provided"),
    ({"text_style_prompt": "x" * 601}, "600"),
    ({"text_style_prompt": 5}, "text_style_prompt"),
    ({"model_url": 5}, "model_url"),
    ({"model_url": ["https://files.example/a.glb"]}, "model_url"),
    ({"model_url": "crate.glb"}, "URL"),
    ({"model_url": "ftp://files.example/crate.glb"}, "URL"),
    ({"model_url": "http://127.0.0.1:1/crate.blend"}, ".blend"),
    ({"model_url": "http://127.0.0.1:1/crate.ply?x=.glb"}, ".ply"),
    ({"model_url": "http://127.0.0.1:1/crate"}, "extension"),
    ({"model_url": "http://127.0.0.1:1/crate.glb"}, "download"),
    ({"model_url": "http://10.0.0.1/crate.glb"}, "download"),
    ({"model_url": "http://[::1]:x/crate.glb"}, "URL"),
    ({"model_url": "data:application/octet-stream;base64,@@@@"}, "base64"),
    ({"model_url": "data:application/octet-stream,glTF"}, "base64"),
    ({"model_url": as_data_uri(made_models.glb(), "text/plain")}, "text/plain"),
    ({"image_style_url": "http://127.0.0.1:1/oak.webp"}, ".webp"),
    ({"image_style_url": "http://127.0.0.1:1/oak.png"}, "download"),
    ({"image_style_url": as_data_uri(made_models.png(), "image/webp")}, "image/webp"),
    ({"ai_model": "meshy-3"}, "meshy-3"),
    ({"ai_model": 5}, "ai_model"),
    ({"enable_original_uv": "yes"}, "enable_original_uv"),
    ({"input_task_id": "0197c1f2-6a0e-7b31-9d55-3f1f0f6b2a10"}, "input_task_id"),
    ({"input_task_id": 7}, "input_task_id"),
]


@pytest.mark.parametrize(("body", "hint"), REFUSED_BY_ALL)
def test_what_both_ages_refuse(meshy_of_any_age: MeshyCaller, body: dict[str, Any], hint: str) -> None:
    status, message = read_refusal(meshy_of_any_age.create(**({"text_style_prompt": "oak"} | body)))

    assert status == 400
    assert hint in message
    assert meshy_of_any_age.list().json() == []
    assert meshy_of_any_age.balance() == 10000


REFUSED_TODAY: list[tuple[dict[str, Any], str]] = [
    ({"ai_model": "meshy-4"}, "meshy-4"),
    ({"multiview_image_urls": [PICTURE], "text_style_prompt": "oak", "ai_model": "meshy-7"}, "combined"),
    ({"multiview_image_urls": [PICTURE], "image_style_url": PICTURE, "ai_model": "meshy-7"}, "combined"),
    ({"multiview_image_urls": [PICTURE]}, NO_MULTIVIEW),
    ({"multiview_image_urls": [PICTURE], "ai_model": "latest"}, NO_MULTIVIEW),
    ({"multiview_image_urls": [PICTURE], "ai_model": "meshy-6"}, NO_MULTIVIEW),
    ({"multiview_image_urls": [PICTURE] * 5, "ai_model": "meshy-7"}, "4"),
    ({"multiview_image_urls": PICTURE, "ai_model": "meshy-7"}, "array"),
    ({"multiview_image_urls": [], "ai_model": "meshy-7"}, NO_STYLE),
    ({"texture_resolution": "16k"}, "texture_resolution"),
    ({"texture_resolution": "4k", "ai_model": "meshy-5"}, "4k"),
    ({"texture_resolution": "8k", "ai_model": "meshy-6-lite"}, "8k"),
    ({"hd_texture": True, "ai_model": "meshy-5"}, "4k"),
    ({"remove_lighting": True, "ai_model": "meshy-5"}, "remove_lighting"),
    ({"ai_model": "meshy-n1"}, "meshy-n1"),
    ({"target_formats": ["glb", "blend"]}, "blend"),
    ({"target_formats": "glb"}, "array"),
    ({"enable_pbr": 1}, "enable_pbr"),
    ({"hd_texture": "true"}, "hd_texture"),
    ({"alpha_thumbnail": "no"}, "alpha_thumbnail"),
]


@pytest.mark.parametrize(("body", "hint"), REFUSED_TODAY)
def test_what_is_refused_today(meshy: MeshyCaller, body: dict[str, Any], hint: str) -> None:
    status, message = read_refusal(meshy.create(**body))

    assert (status, meshy.balance()) == (400, 10000)
    assert hint in message


def test_the_words_for_a_missing_style_are_those_of_the_wire(meshy: MeshyCaller) -> None:
    assert read_refusal(meshy.create(text_style_prompt=None)) == (400, NO_STYLE)


REFUSED_BY_THE_SEED: list[dict[str, Any]] = [
    {"ai_model": "meshy-6"},
    {"ai_model": "latest"},
    {"art_style": "baroque"},
    {"model_url": as_data_uri(made_models.stl())},
    {"model_url": as_data_uri(made_models.obj())},
    {"model_url": "http://127.0.0.1:1/crate.fbx"},
    # A parameter that it does not know yet, and thus no style.
    {"multiview_image_urls": [PICTURE]},
]


@pytest.mark.parametrize("body", REFUSED_BY_THE_SEED)
def test_what_the_seed_refuses(meshy_seed: MeshyCaller, body: dict[str, Any]) -> None:
    assert read_refusal(meshy_seed.create(**body))[0] == 400


TAKEN_TODAY: list[dict[str, Any]] = [
    {"text_style_prompt": "x" * 600},
    {"ai_model": "meshy-5"},
    {"ai_model": "latest", "texture_resolution": "4k"},
    {"ai_model": "meshy-6", "remove_lighting": False},
    {"ai_model": "meshy-7", "multiview_image_urls": [PICTURE] * 4},
    {"ai_model": "meshy-n1", "image_style_url": PICTURE},
    {"ai_model": "meshy-6-lite"},
    {"hd_texture": True},
    # Nulls, and what nobody knows, are as if they had not been sent.
    {"art_style": "cartoon", "unknown": {"deep": [1]}, "ai_model": None},
    {"enable_original_uv": False, "model_url": as_data_uri(made_models.stl())},
    {"model_url": as_data_uri(made_models.obj())},
    {"model_url": as_data_uri(b"; FBX 7.4.0 project file")},
    {"image_style_url": as_data_uri(made_models.png(), "image/jpeg")},
]


@pytest.mark.parametrize("body", TAKEN_TODAY)
def test_what_is_taken_today(meshy: MeshyCaller, body: dict[str, Any]) -> None:
    assert meshy.create(**body).status_code == 202


@pytest.mark.parametrize(
    "body",
    [{"ai_model": "meshy-4"}, {"ai_model": "meshy-5"}, {"art_style": "cartoon"}, {"enable_pbr": "what is this"}],
)
def test_what_the_seed_takes(meshy_seed: MeshyCaller, body: dict[str, Any]) -> None:
    assert meshy_seed.create(**body).status_code == 202


@pytest.mark.parametrize("name", ["model.glb", "model.GLB?Expires=1&x=.blend", "some%20model.glb"])
def test_a_model_comes_from_any_public_address(meshy_of_any_age: MeshyCaller, public_host: str, name: str) -> None:
    shown = meshy_of_any_age.finish(model_url=f"{public_host}/{name}")

    assert shown["status"] == "SUCCEEDED"


@pytest.mark.parametrize("name", ["missing.glb", "moved.glb"])
def test_an_address_that_does_not_give_the_file_is_refused(meshy: MeshyCaller, public_host: str, name: str) -> None:
    status, message = read_refusal(meshy.create(model_url=f"{public_host}/{name}"))

    assert status == 400
    assert "download" in message


def test_a_signed_address_of_the_other_vendors_storage_is_public(meshy: MeshyCaller, caller: Caller) -> None:
    key = caller.upload_model()
    url = read_data(caller.call("POST", "/upload/presigned-get-url", json={"file_key": key}))["url"]

    assert meshy.finish(model_url=url, enable_original_uv=False)["status"] == "SUCCEEDED"
    assert read_refusal(meshy.create(model_url=url[:-1] + "x"))[0] == 400


def test_a_style_image_comes_from_any_public_address(meshy: MeshyCaller, public_host: str) -> None:
    assert meshy.create(image_style_url=f"{public_host}/oak.png").status_code == 202


def test_results_are_public_addresses_too(meshy: MeshyCaller) -> None:
    url = meshy.finish()["model_urls"]["glb"]

    assert meshy.finish(model_url=url)["status"] == "SUCCEEDED"


def test_an_earlier_task_wins_over_a_model(meshy: MeshyCaller) -> None:
    earlier = meshy.remesh()

    assert meshy.finish(input_task_id=earlier, model_url="crate.blend")["status"] == "SUCCEEDED"


def test_an_image_wins_over_a_prompt(meshy_of_any_age: MeshyCaller) -> None:
    shown = meshy_of_any_age.finish(text_style_prompt="oak", image_style_url=PICTURE)

    assert shown["status"] == "SUCCEEDED"
    assert shown["image_style_url"]


def test_an_earlier_task_must_have_succeeded_and_be_of_a_fit_kind(meshy: MeshyCaller) -> None:
    retextured = meshy.finish()["id"]
    running = read_id(meshy.create(path="/openapi/v1/remesh", text_style_prompt=None, fault="never_ending"))
    failed = meshy.finish(path="/openapi/v1/remesh", text_style_prompt=None, fault="failed")["id"]

    for task in (retextured, running, failed):
        assert read_refusal(meshy.create(input_task_id=task, model_url=None))[0] == 400


def test_another_accounts_task_cannot_be_built_on(meshy: MeshyCaller, meshy_stranger: MeshyCaller) -> None:
    assert read_refusal(meshy_stranger.create(input_task_id=meshy.remesh(), model_url=None))[0] == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(meshy: MeshyCaller, body: bytes) -> None:
    assert read_refusal(meshy.call("POST", RETEXTURE, data=body))[0] == 400


def test_a_long_text_is_refused_and_not_kept(meshy: MeshyCaller) -> None:
    assert read_refusal(meshy.create(text_style_prompt="data:" + "x" * 100_000))[0] == 400
    assert read_refusal(meshy.call("POST", RETEXTURE, data=b'{"a": "' + b"x" * 5_000_000 + b'"}'))[0] == 400


def test_a_large_model_travels_as_a_data_uri(meshy: MeshyCaller) -> None:
    model = made_models.glb_of_size(3_000_000)

    assert meshy.finish(model_url=as_data_uri(model))["status"] == "SUCCEEDED"
    assert read_refusal(meshy.create(model_url=as_data_uri(model)[:-5] + "*"))[0] == 400
    assert read_refusal(meshy.create(model_url=MODEL.replace("octet-stream", "json") + "A" * 100_000))[0] == 400


def list_kept_inputs(meshy: MeshyCaller) -> set[Path]:
    files = meshy.sandbox.state_dir / "files"
    return {path for folder in ("incoming", "meshy") for path in (files / folder).rglob("*")}


def test_refused_files_leave_nothing_behind(meshy: MeshyCaller) -> None:
    large = as_data_uri(made_models.glb_of_size(200_000))
    before = list_kept_inputs(meshy)

    assert meshy.create(model_url=large, image_style_url="http://127.0.0.1:1/a.png").status_code == 400
    assert meshy.create(model_url=large, text_style_prompt=5).status_code == 400

    assert list_kept_inputs(meshy) == before
