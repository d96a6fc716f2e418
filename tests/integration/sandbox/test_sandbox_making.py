"""Texturing, picture making and prompt rewriting: what is refused, what is made.

The tables follow the vendor's pages (texturing, utilities), read 2026-11-21.
"""

import io
import json
import struct
from typing import Any

import pytest
import requests
from PIL import Image

from tests.integration.sandbox.caller import Caller, fetch, read_data, read_refusal

TEXTURING = ("texture-model", "text-to-texture")
TAKEN: list[tuple[str, dict[str, Any]]] = [
    *((flow, {"model_version": "v2"}) for flow in TEXTURING),
    *((flow, {"texture_size": size}) for flow in TEXTURING for size in (1024, 1500, 4096)),
    *((flow, {"polygon_limit": limit}) for flow in TEXTURING for limit in (1000, 1_500_000)),
    ("text-to-texture", {"text_prompt": "x"}),
    ("image-generation", {"prompt": "oak"}),
    ("image-generation", {"ai_model": "seedream_4_5"}),
    ("image-generation", {"image_count": 1}),
    ("prompt-optimize", {"user_input": "x"}),
    ("prompt-optimize", {"user_input": f"  {'x' * 500}\n"}),
]
REFUSED: list[tuple[str, dict[str, Any]]] = [
    *((flow, {"model_version": version}) for flow in TEXTURING for version in ("v1", "", 2)),
    *((flow, {"texture_size": size}) for flow in TEXTURING for size in (1023, 4097, "1024", 1024.5, True, [1024])),
    *((flow, {"polygon_limit": limit}) for flow in TEXTURING for limit in (999, 1_500_001, "1000", -1)),
    ("texture-model", {"image_file": None}),
    ("texture-model", {"image_file": ""}),
    ("texture-model", {"image_file": 5}),
    ("texture-model", {"image_file": "data:image/png;base64,AAAA", "refusal": (404, 1005)}),
    ("texture-model", {"model_file": None}),
    ("text-to-texture", {"text_prompt": None}),
    ("text-to-texture", {"text_prompt": "   "}),
    ("text-to-texture", {"text_prompt": ["oak"]}),
    ("text-to-texture", {"text_prompt": "x" * 4001}),
    ("text-to-texture", {"model_url": None}),
    ("text-to-texture", {"model_url": "ftp://127.0.0.1/model.glb"}),
    ("text-to-texture", {"model_url": "https://example.com/model.glb"}),
    ("image-generation", {"prompt": None}),
    ("image-generation", {"prompt": "ab"}),
    ("image-generation", {"prompt": " ab "}),
    ("image-generation", {"prompt": 123}),
    ("image-generation", {"ai_model": "no_such_model"}),
    ("image-generation", {"image_count": 0}),
    ("image-generation", {"image_count": 5}),
    ("image-generation", {"image_count": "4"}),
    ("prompt-optimize", {"user_input": None}),
    ("prompt-optimize", {"user_input": " \n\t "}),
    ("prompt-optimize", {"user_input": "x" * 501}),
    ("prompt-optimize", {"user_input": 3}),
    *((flow, {"client_order_id": "not allowed"}) for flow in (*TEXTURING, "image-generation", "prompt-optimize")),
    *((flow, {"allow_duplicate": "true"}) for flow in (*TEXTURING, "image-generation", "prompt-optimize")),
]


@pytest.mark.parametrize(("flow", "sent"), TAKEN)
def test_what_the_tables_allow_is_taken(caller: Caller, flow: str, sent: dict) -> None:
    assert caller.create(flow, **caller.build_body(flow, **sent)).status_code == 200


@pytest.mark.parametrize(("flow", "sent"), REFUSED)
def test_what_the_tables_do_not_allow_is_refused(caller: Caller, flow: str, sent: dict) -> None:
    refusal = sent.get("refusal", (400, 1004))
    body = caller.build_body(flow, **sent)
    body.pop("refusal", None)

    assert read_refusal(caller.create(flow, **body)) == refusal
    assert caller.balance() == {"balance": 10000.0, "frozen": 0.0}


def test_a_file_key_is_no_url_and_the_refusal_says_where_to_get_one(caller: Caller) -> None:
    answer = caller.create("text-to-texture", text_prompt="oak", model_url=caller.upload_model())

    assert read_refusal(answer) == (400, 1004)
    assert "presigned-get-url" in answer.json()["suggestion"]


def test_an_expired_url_of_a_model_is_refused(caller: Caller) -> None:
    url = caller.sign_model()
    caller.sandbox.advance_clock(3600)

    assert read_refusal(caller.create("text-to-texture", text_prompt="oak", model_url=url)) == (400, 1004)


def test_the_same_order_may_name_its_model_by_a_new_address(caller: Caller) -> None:
    key = caller.upload_model()
    other = caller.upload_model()

    def order(file_key: str) -> requests.Response:
        url = read_data(caller.call("POST", "/upload/presigned-get-url", json={"file_key": file_key}))["download_url"]
        caller.sandbox.advance_clock(20)
        return caller.create("text-to-texture", text_prompt="oak", model_url=url, client_order_id="order-7")

    first, again = order(key), order(key)

    assert read_data(first)["task_uuid"] == read_data(again)["task_uuid"]
    assert read_refusal(order(other)) == (409, 2005)


@pytest.mark.parametrize("swapped", [{"image_file": "model"}, {"model_file": "image"}])
def test_a_model_is_no_image_and_an_image_no_model(caller: Caller, swapped: dict) -> None:
    make = {"model": caller.upload_model, "image": caller.upload_image}
    wrong = {field: make[kind]() for field, kind in swapped.items()}

    answer = caller.create("texture-model", **caller.build_body("texture-model", **wrong))

    assert read_refusal(answer) == (400, 2004)


@pytest.mark.parametrize("field", ["image_file", "model_file"])
def test_a_file_of_another_account_is_not_found(caller: Caller, stranger_caller: Caller, field: str) -> None:
    foreign = stranger_caller.build_body("texture-model")[field]

    answer = caller.create("texture-model", **caller.build_body("texture-model", **{field: foreign}))

    assert read_refusal(answer) == (404, 1005)


@pytest.mark.parametrize("flow", TEXTURING)
def test_a_textured_model_comes_with_its_maps_and_a_preview(caller: Caller, flow: str) -> None:
    status = caller.make(flow, texture_size=2048)

    output = status["output"]
    assert set(output) == {"model_url", "texture_urls", "preview_url", "notes"}
    assert set(output["texture_urls"]) == {"base_color", "metallic", "roughness", "normal"}
    for url in output["texture_urls"].values():
        assert Image.open(io.BytesIO(fetch(url).content)).size == (2048, 2048)
    assert Image.open(io.BytesIO(fetch(output["preview_url"]).content)).size == (512, 512)
    content = fetch(output["model_url"]).content
    assert read_gltf(content)["materials"][0]["normalTexture"]
    assert fetch(caller.result_url(status["task_uuid"])).content == content


def test_a_size_between_is_made_larger_and_said(caller: Caller) -> None:
    output = caller.make("texture-model", texture_size=1500)["output"]

    assert Image.open(io.BytesIO(fetch(output["texture_urls"]["base_color"]).content)).size == (2048, 2048)
    assert "1500" in output["notes"][-1]


def read_gltf(content: bytes) -> dict:
    assert content.startswith(b"glTF")
    (json_length,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[20 : 20 + json_length])


def test_the_address_of_a_textured_model_names_its_preview(caller: Caller) -> None:
    status = caller.make("texture-model")

    told = read_data(caller.call("GET", f"/tasks/url/{status['task_uuid']}"))

    assert told["kind"] == "model"
    assert told["preview_url"].partition("?")[0] == status["output"]["preview_url"].partition("?")[0]


def test_the_input_names_the_files_without_a_signature(caller: Caller) -> None:
    image = caller.make("image-generation", image_count=1)["output"]["image_urls"][0]

    told = caller.make("texture-model", image_file=image, texture_size=1024)["input"]

    assert set(told) == {"model_url", "image_url", "texture_size"}
    assert told["image_url"] == image.partition("?")[0]


@pytest.mark.parametrize(("sent", "count"), [({}, 4), ({"image_count": 2}, 2)])
def test_pictures_are_made_as_many_as_asked_and_all_different(caller: Caller, sent: dict, count: int) -> None:
    status = caller.make("image-generation", **sent)

    contents = [fetch(url).content for url in status["output"]["image_urls"]]
    assert len(set(contents)) == len(contents) == count
    assert fetch(caller.result_url(status["task_uuid"])).content == contents[0]
    assert read_data(caller.call("GET", f"/tasks/url/{status['task_uuid']}"))["kind"] == "image"


def test_any_text_can_be_made_a_picture_of_and_the_answer_says_that_no_model_made_it(caller: Caller) -> None:
    status = caller.make("image-generation", prompt="--help \u0000 Stuhl ✓\n", image_count=1)

    picture = Image.open(io.BytesIO(fetch(status["output"]["image_urls"][0]).content))
    assert (picture.size, picture.format) == ((1024, 1024), "PNG")
    assert "not by an AI model" in status["output"]["notes"][0]


def test_the_same_wish_twice_gives_other_pictures_and_from_another_account_the_same(
    caller: Caller, stranger_caller: Caller
) -> None:
    first, again, other = (
        fetch(who.make("image-generation", image_count=1, allow_duplicate=True)["output"]["image_urls"][0]).content
        for who in (caller, caller, stranger_caller)
    )

    assert first == other
    assert first != again


def test_a_rewritten_prompt_is_a_text_and_no_file(caller: Caller) -> None:
    status = caller.make("prompt-optimize", user_input="  an old chair  ")

    assert set(status["output"]) == {"optimized_prompt"}
    assert status["output"]["optimized_prompt"].startswith("an old chair, ")
    for path in ("/tasks/url/", "/tasks/download/"):
        assert read_refusal(caller.call("GET", path + status["task_uuid"])) == (404, 4042)


def test_a_rewritten_prompt_outlives_the_files(caller: Caller) -> None:
    status = caller.make("prompt-optimize")
    caller.sandbox.advance_clock(30 * 86400)

    assert caller.status(status["task_uuid"])["output"] == status["output"]


@pytest.mark.parametrize(
    ("flow", "params", "relevant"),
    [
        ("texture-model", {}, {"model_version": "v2", "texture_size": 1024, "polygon_limit": 1_000_000}),
        (
            "text-to-texture",
            {"text_prompt": "oak", "texture_size": 4096},
            {"model_version": "v2", "texture_size": 4096, "polygon_limit": 1_000_000},
        ),
        ("image-generation", {}, {"image_count": 4}),
        ("image-generation", {"image_count": 1, "prompt": "a chair"}, {"image_count": 1}),
        ("prompt-optimize", {"user_input": "a chair"}, {}),
    ],
)
def test_a_quote_tells_the_defaults_and_the_price_that_is_frozen(
    caller: Caller, flow: str, params: dict, relevant: dict
) -> None:
    quote = read_data(caller.call("POST", "/tasks/pricing/quote", json={"flow_name": flow, "params": params}))
    created = read_data(caller.create(flow, fault="never_ending", **caller.build_body(flow, **params)))

    assert quote["params"] == relevant
    assert caller.balance()["frozen"] == quote["cost_credits"] == created["cost_credits"]
