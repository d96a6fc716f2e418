"""Operations done for real, and a broken file."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from engine import client
from sandbox.canned import MODELS, ZIPPED
from sandbox.canned_models import build_glb
from tests.integration.sandbox.caller import Caller, fetch, read_data
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]
"""Warm for looking at results; the sandbox starts its jobs by itself, and from nothing."""

ENGINE_WITHIN_S = 120
CHAIN_WITHIN_S = 250


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("model")
    return (out / client.run("sample", out=out, options={"name": "closed_textured"})["file"]).read_bytes()


@pytest.fixture(scope="module")
def engine_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("engine") / "state", results="engine").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def engine_caller(engine_sandbox: SandboxProcess) -> Iterator[Caller]:
    with Caller(engine_sandbox) as caller:
        yield caller


def make(caller: Caller, flow: str, model: bytes, **body: object) -> dict:
    key = read_data(caller.upload(content=model))["file_key"]
    return caller.finish(caller.create(flow, model_file=key, **body), within_s=ENGINE_WITHIN_S)


def inspect(content: bytes, suffix: str, folder: Path) -> dict:
    file = folder / f"result.{suffix}"
    file.write_bytes(content)
    return client.run("inspect", file=file, out=folder)["facts"]


@pytest.mark.parametrize(
    ("body", "suffix"),
    [({"target_face_count": 1500}, "fbx"), ({"target_face_count": 1200, "face_type": "triangle"}, "glb")],
)
def test_a_remesh_has_about_the_faces_that_were_asked(
    engine_caller: Caller, model: bytes, tmp_path: Path, body: dict, suffix: str
) -> None:
    status = make(engine_caller, "model-remesh", model, **body)

    assert status["status"] == "SUCCESS", status
    facts = inspect(fetch(status["output"]["model_url"]).content, suffix, tmp_path)
    assert facts["faces"] == pytest.approx(body["target_face_count"], rel=0.1)


def test_a_conversion_keeps_the_faces(engine_caller: Caller, model: bytes, tmp_path: Path) -> None:
    status = make(engine_caller, "convert-model-format", model, source_format="glb", target_format="fbx")

    assert status["status"] == "SUCCESS", status
    facts = inspect(fetch(status["output"]["model_url"]).content, "fbx", tmp_path)
    assert facts["triangles"] == inspect(model, "glb", tmp_path)["triangles"]


def test_what_a_format_cannot_hold_is_said_with_the_result(engine_caller: Caller, model: bytes) -> None:
    status = make(engine_caller, "convert-model-format", model, source_format="glb", target_format="stl")

    assert status["status"] == "SUCCESS", status
    assert any("textures" in note for note in status["output"]["notes"])


def test_a_render_shows_the_model_in_the_angles_that_were_asked(engine_caller: Caller, model: bytes) -> None:
    asked = {"render_mode": "custom", "camera_angles": ["front", "top"], "resolution": "128x96"}

    status = make(engine_caller, "model-preview-render", model, render_format="JPEG", **asked)

    assert status["status"] == "SUCCESS", status
    images = status["output"]["rendered_images"]
    assert {style: len(urls) for style, urls in images.items()} == {"rgb": 2, "white": 2}
    for url in images["rgb"] + images["white"]:
        picture = Image.open(io.BytesIO(fetch(url).content))
        assert (picture.size, picture.format) == ((128, 96), "JPEG")
        assert len(picture.getcolors(128 * 96) or []) > 20
    assert "/front_rgb.jpg?" in images["rgb"][0]
    assert "/top_white.jpg?" in images["white"][1]


def test_a_render_survives_a_crash_and_a_stop_in_its_middle(engine_sandbox: SandboxProcess, model: bytes) -> None:
    with Caller(engine_sandbox) as caller:
        key = read_data(caller.upload(content=model))["file_key"]
        created = caller.create("model-preview-render", model_file=key, image_count=2, resolution="512x512")
        task = read_data(created)["task_uuid"]

        def is_at_work() -> bool:
            status = caller.status(task)
            return status["status"] == "RUNNING" and status["progress"] > 0

        wait_until(is_at_work, within_s=ENGINE_WITHIN_S)
        engine_sandbox.kill()
        engine_sandbox.start()
        wait_until(is_at_work, within_s=ENGINE_WITHIN_S)
        assert engine_sandbox.stop() == 0
        engine_sandbox.start()

        assert caller.finish(created, within_s=ENGINE_WITHIN_S)["status"] == "SUCCESS"
        assert [event for event, _ in caller.events(task)] == ["created", "charged"]


@pytest.mark.timeout(2 * CHAIN_WITHIN_S)
def test_a_made_picture_becomes_the_surface_of_a_model(engine_caller: Caller, model: bytes, tmp_path: Path) -> None:
    made = engine_caller.create("image-generation", prompt="a vase of blue glazed ceramic", image_count=1)
    picture_url = engine_caller.finish(made, within_s=CHAIN_WITHIN_S)["output"]["image_urls"][0]
    body = {"model_file": read_data(engine_caller.upload(content=model))["file_key"], "image_file": picture_url}

    status = engine_caller.finish(engine_caller.create("texture-model", **body), within_s=CHAIN_WITHIN_S)

    assert Image.open(io.BytesIO(fetch(picture_url).content)).text["Comment"] == "sandbox picture"
    assert status["status"] == "SUCCESS", status
    facts = inspect(fetch(status["output"]["model_url"]).content, "glb", tmp_path)
    assert {texture["width"] for texture in facts["textures"]} == {1024}
    red, _, blue = read_mean_colour(fetch(status["output"]["texture_urls"]["base_color"]).content)
    assert blue > red
    assert Image.open(io.BytesIO(fetch(status["output"]["preview_url"]).content)).size == (512, 512)


def read_mean_colour(content: bytes) -> list[float]:
    return ImageStat.Stat(Image.open(io.BytesIO(content)).convert("RGB")).mean


@pytest.mark.parametrize("content", [b"no model at all", build_glb()[:200], build_glb()[:12]])
def test_a_broken_file_fails_and_costs_nothing(engine_caller: Caller, content: bytes) -> None:
    status = make(engine_caller, "convert-model-format", content, source_format="glb", target_format="fbx")

    assert status["status"] == "FAILED"
    assert set(status["error"]) == {"code", "message", "suggestion"}
    assert engine_caller.balance() == {"balance": 10000.0, "frozen": 0.0}


@pytest.mark.parametrize("name", MODELS)
def test_canned_models_are_cubes_that_the_engine_can_read(name: str, tmp_path: Path) -> None:
    content = MODELS[name]()
    if name in ZIPPED:
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None

    facts = inspect(content, "zip" if name in ZIPPED else name, tmp_path)

    assert facts["triangles"] + 2 * facts["quads"] == 12
    assert facts["bounding_box_m"]["size"] == pytest.approx([1, 1, 1], abs=0.01)
