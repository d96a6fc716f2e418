"""What a Meshy task makes, and the signed addresses that open it (read 2026-11-21)."""

import io
import json
import struct
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from PIL import Image

from tests.integration.sandbox.caller import fetch
from tests.integration.sandbox.meshy_caller import REMESH, RETEXTURE, MeshyCaller

PBR = {"base_color", "metallic", "roughness", "normal"}
BY_DEFAULT = {"glb", "obj", "mtl", "fbx", "stl", "usdz"}
MAGIC = {
    "glb": b"glTF",
    "fbx": b"Kaydara FBX Binary",
    "usdz": b"PK\x03\x04",
    "3mf": b"PK\x03\x04",
    "obj": b"mtllib model.mtl",
    "mtl": b"newmtl",
}


def open_picture(url: str) -> Image.Image:
    return Image.open(io.BytesIO(fetch(url).content))


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (None, BY_DEFAULT),
        ([], BY_DEFAULT),
        (["glb"], {"glb"}),
        (["3mf"], {"3mf"}),
        (["usdz", "obj", "usdz"], {"usdz", "obj", "mtl"}),
        (["stl", "3mf", "glb"], {"stl", "3mf", "glb"}),
    ],
)
def test_the_formats_that_were_asked_for_are_made(
    meshy: MeshyCaller, formats: list[str] | None, expected: set[str]
) -> None:
    shown = meshy.finish(target_formats=formats)

    assert set(shown["model_urls"]) == expected
    for name, url in shown["model_urls"].items():
        content = fetch(url).content
        assert f"/model.{name}?" in url
        assert content.startswith(MAGIC.get(name, b"")), name


def test_the_seed_makes_three_formats_and_a_base_colour(meshy_seed: MeshyCaller) -> None:
    shown = meshy_seed.finish(target_formats=["stl"], enable_pbr=True, alpha_thumbnail=True)

    assert set(shown["model_urls"]) == {"glb", "fbx", "usdz"}
    assert [set(maps) for maps in shown["texture_urls"]] == [{"base_color"}]
    assert "alpha_thumbnail_url" not in shown


def test_a_glb_is_as_long_as_its_header_says(meshy_of_any_age: MeshyCaller) -> None:
    content = fetch(meshy_of_any_age.finish()["model_urls"]["glb"]).content

    magic, version, total = struct.unpack("<4sII", content[:12])
    assert (magic, version, total) == (b"glTF", 2, len(content))
    document = json.loads(content[20 : 20 + struct.unpack("<I", content[12:16])[0]])
    assert document["images"]


@pytest.mark.parametrize(
    ("body", "maps", "base_px", "other_px"),
    [
        ({}, {"base_color"}, 2048, 0),
        ({"texture_resolution": "4k"}, {"base_color"}, 4096, 0),
        ({"hd_texture": True}, {"base_color"}, 4096, 0),
        ({"enable_pbr": True}, PBR, 2048, 2048),
        ({"enable_pbr": True, "texture_resolution": "4k"}, PBR, 4096, 2048),
        ({"enable_pbr": True, "ai_model": "meshy-6"}, PBR | {"emission"}, 2048, 2048),
        ({"enable_pbr": True, "ai_model": "meshy-6", "texture_resolution": "8k"}, PBR, 8192, 4096),
    ],
)
def test_maps_have_the_size_that_was_asked_for(
    meshy: MeshyCaller, body: dict[str, Any], maps: set[str], base_px: int, other_px: int
) -> None:
    shown = meshy.finish(**body)

    (urls,) = shown["texture_urls"]
    assert set(urls) == maps
    for name, url in urls.items():
        suffix = "" if name == "base_color" else f"_{name}"
        assert f"/texture_0{suffix}.png?" in url
        picture = open_picture(url)
        assert picture.format == "PNG"
        assert picture.size == ((base_px if name == "base_color" else other_px),) * 2


def test_thumbnails_are_pngs_and_one_is_cut_out(meshy: MeshyCaller) -> None:
    plain, cut_out = meshy.finish(), meshy.finish(alpha_thumbnail=True)

    assert "alpha_thumbnail_url" not in plain
    assert "/preview.png?" in plain["thumbnail_url"]
    assert open_picture(plain["thumbnail_url"]).mode == "RGB"
    alpha = open_picture(cut_out["alpha_thumbnail_url"]).getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((256, 256))) == (0, 255)


def test_a_3mf_holds_the_mesh_in_millimetres(meshy: MeshyCaller) -> None:
    content = fetch(meshy.finish(target_formats=["3mf"])["model_urls"]["3mf"]).content

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {"[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"} == set(archive.namelist())
        model = ElementTree.fromstring(archive.read("3D/3dmodel.model"))
    space = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
    vertices, triangles = list(model.iter(f"{space}vertex")), list(model.iter(f"{space}triangle"))
    assert model.get("unit") == "millimeter"
    assert (len(vertices), len(triangles)) == (8, 12)
    assert {abs(float(vertex.attrib["x"])) for vertex in vertices} == {500.0}


def test_an_address_is_on_another_host_and_signed(meshy: MeshyCaller) -> None:
    url = meshy.finish()["model_urls"]["glb"]

    assert {"Expires", "Signature", "Key-Pair-Id"} == {
        part.partition("=")[0] for part in url.partition("?")[2].split("&")
    }
    assert "/openapi/" not in url


def test_an_address_opens_without_a_key_and_with_ranges(meshy: MeshyCaller) -> None:
    url = meshy.finish()["model_urls"]["glb"]

    assert fetch(url, headers={"Range": "bytes=0-3"}).content == b"glTF"


def test_a_key_is_not_to_be_sent_to_the_result_host(meshy: MeshyCaller) -> None:
    url = meshy.finish()["thumbnail_url"]

    assert meshy.session.get(url, timeout=10).status_code in {400, 403}


def test_a_cut_or_changed_address_is_refused(meshy: MeshyCaller) -> None:
    url = meshy.finish()["thumbnail_url"]
    bare, query = url.split("?")

    cut = fetch(url.partition("&Key-Pair-Id")[0])
    assert (cut.status_code, "Missing Key-Pair-Id" in cut.text) == (403, True)
    assert fetch(bare).status_code == 403
    assert fetch(url[:-1]).status_code == 403
    assert fetch(url.replace("Expires=1", "Expires=2")).status_code == 403
    assert fetch(f"{bare.replace('preview.png', 'base.glb')}?{query}").status_code == 403
    assert fetch(url.replace("/output/", "/nothing/")).status_code in {403, 404}


def test_an_address_expires_and_a_new_reading_gives_a_new_one(meshy: MeshyCaller) -> None:
    shown = meshy.finish()
    meshy.sandbox.advance_clock(25 * 3600)
    try:
        assert fetch(shown["thumbnail_url"]).status_code == 403
        assert fetch(meshy.read(shown["id"])["thumbnail_url"]).status_code == 200
    finally:
        meshy.sandbox.advance_clock(-25 * 3600)


def test_a_download_can_break_off_be_corrupt_or_too_late(meshy: MeshyCaller) -> None:
    shown = meshy.finish(fault="truncated_download,corrupt_download=2,expired_url")
    url = shown["model_urls"]["glb"]

    assert fetch(url).status_code == 403
    assert len(fetch(url).content) < len(fetch(url).content)


def test_a_download_can_break_off(meshy: MeshyCaller) -> None:
    url = meshy.finish(fault="truncated_download")["model_urls"]["glb"]

    with pytest.raises(requests.RequestException):
        fetch(url)
    assert fetch(url).content.startswith(b"glTF")


def test_a_remesh_offers_what_was_asked_for_and_no_maps(meshy: MeshyCaller) -> None:
    task = meshy.start(path=REMESH, text_style_prompt=None, target_formats=None)

    shown = meshy.wait(task, path=REMESH)

    assert set(shown["model_urls"]) == {"glb"}
    assert shown["texture_urls"] == []
    assert meshy.call("GET", f"{RETEXTURE}/{task}").status_code == 404
