"""The three utilities: what is refused, what is made."""

import io
import json
import struct
import zipfile
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.integration.sandbox.caller import Caller, fetch, read_data, read_refusal

MAGIC = {"glb": b"glTF", "fbx": b"Kaydara FBX Binary", "zip": b"PK\x03\x04", "ply": b"ply\n"}


def list_names(urls: list[str]) -> list[str]:
    return [urlsplit(url).path.rpartition("/")[2] for url in urls]


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({}, "fbx"),
        ({"export_format": "fbx"}, "fbx"),
        ({"face_type": "quad"}, "fbx"),
        ({"face_type": "quad", "export_format": "fbx"}, "fbx"),
        ({"face_type": "triangle"}, "glb"),
        ({"face_type": "triangle", "export_format": "glb"}, "glb"),
        ({"face_type": "triangle", "export_format": "fbx"}, "fbx"),
        ({"target_face_count": 1000, "texture_size": 2048}, "fbx"),
        ({"target_face_count": 5000000, "texture_size": None, "export_format": None}, "fbx"),
    ],
)
def test_a_remesh_gives_the_format_that_its_faces_need(caller: Caller, sent: dict, made: str) -> None:
    status = caller.make("model-remesh", **sent)

    content = fetch(caller.result_url(status["task_uuid"])).content
    assert content.startswith(MAGIC[made])
    assert fetch(status["output"]["model_url"]).content == content


@pytest.mark.parametrize(
    "sent",
    [
        {"face_type": "quad", "export_format": "glb"},
        {"export_format": "glb"},
        {"face_type": "ngon"},
        {"face_type": 4},
        {"export_format": "obj"},
        {"target_face_count": 999},
        {"target_face_count": 5000001},
        {"target_face_count": "5000"},
        {"target_face_count": True},
        {"target_face_count": 1500.5},
        {"texture_size": 1000},
        {"texture_size": "1024"},
        {"texture_size": [1024]},
        {"client_order_id": ""},
        {"client_order_id": "a" * 65},
        {"client_order_id": "mit leerzeichen"},
        {"client_order_id": 7},
        {"allow_duplicate": "yes"},
        {"model_file": ""},
        {"model_file": None},
        {"model_file": 3},
    ],
)
def test_a_remesh_outside_the_rules_is_refused_with_1004(caller: Caller, sent: dict) -> None:
    body = {"model_file": caller.upload_model(), **sent}

    assert read_refusal(caller.create("model-remesh", **body)) == (400, 1004)
    assert caller.balance() == {"balance": 10000.0, "frozen": 0.0}


def test_the_refusal_of_a_quad_glb_says_the_way_out(caller: Caller) -> None:
    answer = caller.remesh(export_format="glb")

    assert "fbx" in answer.json()["suggestion"]


@pytest.mark.parametrize("target", ["glb", "gltf", "fbx", "obj", "stl", "ply", "usdz"])
def test_a_conversion_gives_the_target_format(caller: Caller, target: str) -> None:
    status = caller.make("convert-model-format", source_format="glb", target_format=target)

    content = fetch(status["output"]["model_url"]).content
    if target == "stl":
        assert len(content) == 84 + 50 * struct.unpack_from("<I", content, 80)[0]
    elif target in ("gltf", "obj", "usdz"):
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        assert any(name.endswith((f".{target}", ".usda")) for name in names)
    else:
        assert content.startswith(MAGIC[target])


def test_a_canned_glb_is_whole(caller: Caller) -> None:
    status = caller.make("convert-model-format", source_format="glb", target_format="glb")

    content = fetch(status["output"]["model_url"]).content
    length, json_length = struct.unpack_from("<8xII", content)
    assert length == len(content)
    assert json.loads(content[20 : 20 + json_length])["asset"]["version"] == "2.0"


@pytest.mark.parametrize("sent", [{"target_format": "blend"}, {"source_format": "dwg"}, {"target_format": "png"}])
def test_a_conversion_of_unknown_formats_is_refused_with_2004(caller: Caller, sent: dict) -> None:
    body = {"model_file": caller.upload_model(), "source_format": "glb", "target_format": "fbx", **sent}

    assert read_refusal(caller.create("convert-model-format", **body)) == (400, 2004)


@pytest.mark.parametrize("sent", [{"source_format": None}, {"target_format": None}, {"source_format": "fbx"}])
def test_a_conversion_without_or_with_false_formats_is_refused(caller: Caller, sent: dict) -> None:
    body = {"model_file": caller.upload_model(), "source_format": "glb", "target_format": "fbx", **sent}

    assert read_refusal(caller.create("convert-model-format", **body)) == (400, 1004)


def test_an_image_is_no_model(caller: Caller) -> None:
    assert read_refusal(caller.remesh(model_file=caller.upload_image())) == (400, 2004)


@pytest.mark.parametrize(
    ("sent", "angles"),
    [
        ({}, ["front", "three-quarter", "back"]),
        ({"image_count": 1}, ["front"]),
        ({"render_mode": "multi_angle", "image_count": 2, "camera_angles": ["left", "top"]}, ["left", "top"]),
        ({"render_mode": "custom", "camera_angles": ["Bottom", "three_quarter"]}, ["bottom", "three-quarter"]),
        ({"render_mode": "custom", "image_count": 1, "camera_angles": ["right", "left"]}, ["right"]),
        ({"render_mode": "custom", "image_count": 3, "camera_angles": ["back"]}, ["back", "front", "three-quarter"]),
        ({"render_mode": "preset", "preset_name": "studio-soft", "image_count": 2}, ["front", "three-quarter"]),
    ],
)
def test_a_render_gives_each_angle_in_both_styles(caller: Caller, sent: dict, angles: list[str]) -> None:
    status = caller.make("model-preview-render", resolution="96x64", **sent)

    images = status["output"]["rendered_images"]
    assert list_names(images["rgb"]) == [f"{angle}_rgb.png" for angle in angles]
    assert list_names(images["white"]) == [f"{angle}_white.png" for angle in angles]


def test_ten_images_are_ten_files(caller: Caller) -> None:
    status = caller.make("model-preview-render", resolution="64x64", image_count=10)

    names = list_names(status["output"]["rendered_images"]["rgb"])
    assert len(set(names)) == 10


@pytest.mark.parametrize(
    ("written", "kind", "suffix"), [("PNG", "PNG", ".png"), ("JPEG", "JPEG", ".jpg"), ("jpeg", "JPEG", ".jpg")]
)
def test_a_render_has_the_size_and_the_format_that_were_asked(
    caller: Caller, written: str, kind: str, suffix: str
) -> None:
    status = caller.make("model-preview-render", resolution="160x90", render_format=written, enable_white_render=False)

    images = status["output"]["rendered_images"]
    assert set(images) == {"rgb"}
    content = fetch(images["rgb"][0]).content
    picture = Image.open(io.BytesIO(content))
    assert (picture.size, picture.format) == ((160, 90), kind)
    assert len(picture.convert("RGB").getcolors(160 * 90) or []) > 1
    assert list_names(images["rgb"])[0].endswith(suffix)
    assert fetch(caller.result_url(status["task_uuid"])).content == content


def test_a_render_is_2048_pixels_wide_when_nothing_is_said(caller: Caller) -> None:
    status = caller.make("model-preview-render", resolution=None, image_count=1, enable_rgb_render=False)

    content = fetch(status["output"]["rendered_images"]["white"][0]).content
    assert Image.open(io.BytesIO(content)).size == (2048, 2048)


def test_a_render_with_both_styles_off_has_nothing_to_download(caller: Caller) -> None:
    status = caller.make("model-preview-render", enable_rgb_render=False, enable_white_render=False)

    assert status["output"] == {}
    assert read_refusal(caller.call("GET", f"/tasks/url/{status['task_uuid']}")) == (404, 4042)
    assert read_refusal(caller.call("GET", f"/tasks/download/{status['task_uuid']}")) == (404, 4042)


@pytest.mark.parametrize(
    "sent",
    [
        {"render_mode": "spin"},
        {"image_count": 0},
        {"image_count": 11},
        {"image_count": "3"},
        {"resolution": "2048"},
        {"resolution": "0x0"},
        {"resolution": "4097x4096"},
        {"resolution": 2048},
        {"render_format": "GIF"},
        {"enable_rgb_render": "true"},
        {"enable_white_render": 1},
        {"camera_angles": "front"},
        {"camera_angles": ["front", 3]},
        {"camera_angles": ["behind"], "render_mode": "custom"},
        {"preset_name": 5},
    ],
)
def test_a_render_outside_the_rules_is_refused_with_1004(caller: Caller, sent: dict) -> None:
    body = {"model_file": caller.upload_model(), **sent}

    assert read_refusal(caller.create("model-preview-render", **body)) == (400, 1004)


def test_a_parameter_that_nobody_knows_is_ignored(caller: Caller) -> None:
    assert "colour" not in caller.make("model-remesh", colour="red")["input"]


def test_a_model_can_be_named_by_a_signed_address(caller: Caller) -> None:
    signed = caller.call("POST", "/upload/presigned-get-url", json={"file_key": caller.upload_model()})
    url = read_data(signed)["download_url"]

    status = caller.finish(caller.remesh(model_file=url))

    assert status["status"] == "SUCCESS"
    assert "Signature" not in json.dumps(status["input"])


def test_the_result_of_one_task_can_be_the_model_of_the_next(caller: Caller) -> None:
    first = caller.make("model-remesh")

    second = caller.create(
        "convert-model-format", model_file=first["output"]["model_url"], source_format="fbx", target_format="glb"
    )

    assert caller.finish(second)["status"] == "SUCCESS"


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/model.glb",
        "https://example.com/model.glb",
        "http://169.254.169.254/latest/model.glb",
        "http://localhost.example.com/model.glb",
        "http://127.0.0.1:9/model.glb",
        "http://[::1/model.glb",
        "http:///model.glb",
        "https://127.0.0.1@example.com/model.glb",
    ],
)
def test_an_address_that_cannot_be_fetched_is_refused_with_1004(caller: Caller, url: str) -> None:
    assert read_refusal(caller.remesh(model_file=url)) == (400, 1004)


def test_an_expired_address_of_a_model_is_refused_with_1004(caller: Caller) -> None:
    signed = caller.call("POST", "/upload/presigned-get-url", json={"file_key": caller.upload_model()})
    url = read_data(signed)["download_url"]
    caller.sandbox.advance_clock(3600)

    assert read_refusal(caller.remesh(model_file=url)) == (400, 1004)
