"""How the files of a finished Triverse task are found, in whatever shape its answer has them."""

from typing import Any

import pytest

from jobs.vendors import OPERATIONS
from jobs.vendors.base import VendorError
from jobs.vendors.http import Answer
from jobs.vendors.triverse_results import build_results
from tests.unit.triverse_client import good, make_client


def get_keys(main: dict[str, Any], output: Any, flow: str = "model-remesh", **raw: Any) -> list[tuple[str, str]]:
    files = build_results(main, {"output": output, **raw}, operation=OPERATIONS[f"triverse.{flow}"])
    return [(file.key, file.role) for file in files]


def test_the_main_file_stands_once_although_its_signature_differs() -> None:
    main = {"download_url": "https://oss.example/a/m.fbx?Signature=1"}

    assert get_keys(main, {"model_url": "https://oss.example/a/m.fbx?Signature=2"}) == [("model_url", "model")]


@pytest.mark.parametrize("output", [None, {}, [], "text", {"note": "no address"}])
def test_a_sparse_output_leaves_the_main_file(output: Any) -> None:
    assert get_keys({"download_url": "https://oss.example/x"}, output) == [("main", "model")]


@pytest.mark.parametrize("url", ["http://[", "http://", "ftp://a/b", "no address", None, 7])
def test_what_is_no_web_address_is_left_out(url: Any) -> None:
    assert get_keys({"download_url": url}, {"model_url": url}) == []


def test_nothing_to_download_is_an_empty_list() -> None:
    body = {"code": 4042, "message": "Nothing to download."}
    client = make_client(good({"status": "SUCCESS", "output": {}}), Answer(http_status=404, body=body))

    assert client.fetch_results(client.poll("t-1"), OPERATIONS["triverse.model-remesh"]) == []


def test_reports_beside_the_results_are_left_out() -> None:
    output = {
        "model_url": "https://o.example/m.3mf",
        "report": "https://o.example/r.json?S=1",
        "log": "https://o.example/l.TXT",
    }

    assert get_keys({}, output, flow="convert-model-format") == [("model_url", "model")]


def test_maps_and_models_are_told_apart_and_previews_left_out() -> None:
    output = {
        "model_url": "https://oss.example/m.glb",
        "texture_urls": {"base_color": "https://oss.example/c.png", "normal": "https://oss.example/n.png"},
        "preview_url": "https://oss.example/p.png",
        "preprocessed_image_url": ["https://oss.example/i.png"],
    }

    assert get_keys({}, output, flow="texture-model") == [
        ("model_url", "model"),
        ("texture_urls.base_color", "texture_map"),
        ("texture_urls.normal", "texture_map"),
    ]


MAP_SHAPES: list[Any] = [
    {"texture_urls": {"base_color": "https://o.example/1", "metallicRoughness": "https://o.example/2"}},
    {"texture_urls": [{"base_color": "https://o.example/1.png", "metallic_roughness": "https://o.example/2.png"}]},
    {"textures": ["https://o.example/robot_basecolor.png", "https://o.example/robot_metallic-roughness.png"]},
    {"baseColorUrl": "https://o.example/1.png", "metallic_roughness_url": "https://o.example/2.png"},
    {"texture_files": ["https://o.example/robot_Albedo.jpg", "https://o.example/RoughnessMetallic.jpg"]},
]


@pytest.mark.parametrize("output", MAP_SHAPES)
def test_maps_tell_their_channel_in_any_shape(output: Any) -> None:
    model = {"model_urls": {"glb": "https://o.example/m.glb", "fbx": "https://o.example/m.fbx"}}

    files = build_results({}, {"output": model | output}, operation=OPERATIONS["triverse.text-to-texture"])

    assert [(file.role, file.label) for file in files] == [
        ("model", ""),
        ("model", ""),
        ("texture_map", "base color"),
        ("texture_map", "metallic roughness"),
    ]


@pytest.mark.parametrize(
    ("output", "labels"),
    [
        ({"image_urls": ["https://o.example/1", "https://o.example/2"]}, ["image 1", "image 2"]),
        ({"images": [{"url": "https://o.example/1.png"}, {"url": "https://o.example/2.png"}]}, ["image 1", "image 2"]),
        ({"results": {"a": "https://o.example/1.webp"}}, ["image 1"]),
        ({}, ["image 1"]),
        (None, ["image 1"]),
    ],
)
def test_generated_images_are_numbered_in_any_shape(output: Any, labels: list[str]) -> None:
    main = {"download_url": "https://o.example/1.png"} if not output else {}

    files = build_results(main, {"output": output}, operation=OPERATIONS["triverse.image-generation"])

    assert [(file.role, file.label) for file in files] == [("image", label) for label in labels]


@pytest.mark.parametrize(
    ("data", "url"),
    [
        ({"download_url": "https://o.example/a", "url": "https://o.example/b"}, "https://o.example/a"),
        ({"url": "https://o.example/b", "expires_at": "2026-06-11T09:15:02Z"}, "https://o.example/b"),
        ({"presigned_url": "https://o.example/c", "other": "https://o.example/d"}, "https://o.example/c"),
        ({"signedUrl": "https://o.example/e", "file_key": "tasks/uid/m.glb"}, "https://o.example/e"),
    ],
)
def test_a_public_address_is_found_under_any_name(data: dict[str, str], url: str) -> None:
    client = make_client(good(data))

    assert client.make_public_url("tasks/uid/m.glb") == url


@pytest.mark.parametrize("data", [{}, {"url": "m.glb"}, {"a": "https://o.example/1", "b": "https://o.example/2"}])
def test_no_public_address_is_an_error_that_may_pass(data: dict[str, str]) -> None:
    with pytest.raises(VendorError) as caught:
        make_client(good(data)).make_public_url("tasks/uid/m.glb")

    assert (caught.value.retryable, caught.value.sent) == (True, "no")


RENDER_SHAPES: list[Any] = [
    {"rendered_images": {"rgb": ["https://o.example/1.png", "https://o.example/2.png"]}},
    {"rgb_images": ["https://o.example/1.png", "https://o.example/2.png"]},
    {"image_urls": ["https://o.example/front_rgb.png", "https://o.example/left-rgb.png"]},
    {
        "rendered_images": [
            {"url": "https://o.example/1.png", "angle": "front", "style": "rgb"},
            {"url": "https://o.example/2.png", "angle": "left", "style": "rgb"},
        ]
    },
    {"preview_urls": ["https://o.example/rgb_front.png", "https://o.example/rgb_left.png"]},
]


@pytest.mark.parametrize("output", RENDER_SHAPES)
def test_renders_are_found_in_any_shape(output: Any) -> None:
    raw = {"output": output, "input": {"camera_angles": ["front", "left"]}}

    files = build_results({}, raw, operation=OPERATIONS["triverse.model-preview-render"])

    assert [(file.role, file.label, file.style) for file in files] == [
        ("render", "front", "rgb"),
        ("render", "left", "rgb"),
    ]
