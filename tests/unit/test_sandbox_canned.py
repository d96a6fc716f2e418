"""The canned answers of `texture` and `picture`: valid files, always equal, in the size that was asked for."""

import io
import json
import struct
from pathlib import Path

import pytest
from PIL import Image

from sandbox import canned


def run(out: Path, verb: str, **options: object) -> dict:
    out.mkdir(exist_ok=True)
    return canned.run(verb, file=None, out=out, options=options, on_progress=None)


def read_gltf(content: bytes) -> tuple[dict, bytes]:
    length, json_length = struct.unpack_from("<8xII", content)
    assert length == len(content)
    return json.loads(content[20 : 20 + json_length]), content[28 + json_length :]


def read_picture(content: bytes) -> tuple[int, int, str | None]:
    picture = Image.open(io.BytesIO(content))
    return (*picture.size, picture.format)


@pytest.mark.parametrize(
    ("options", "maps"),
    [
        ({"prompt": "oak"}, ["base_color", "metallic", "roughness", "normal"]),
        ({"prompt": "oak", "pbr": "false", "texture_size": 2048}, ["base_color"]),
    ],
)
def test_a_textured_cube_holds_the_maps_that_lie_beside_it(tmp_path: Path, options: dict, maps: list[str]) -> None:
    answer = run(tmp_path, "texture", **options)

    size = options.get("texture_size", 1024)
    assert list(answer["maps"]) == maps
    assert {read_picture((tmp_path / file).read_bytes()) for file in answer["maps"].values()} == {(size, size, "PNG")}
    document, binary = read_gltf((tmp_path / answer["file"]).read_bytes())
    views = [document["bufferViews"][image["bufferView"]] for image in document["images"]]
    inside = [binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]] for view in views]
    assert inside[0] == (tmp_path / answer["maps"]["base_color"]).read_bytes()
    assert len(inside) == (3 if len(maps) > 1 else 1)
    assert {read_picture(content) for content in inside} == {(size, size, "PNG")}


def test_the_same_wish_gives_the_same_files_and_another_seed_gives_others(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        run(tmp_path / name, "texture", prompt="gold", seed=seed, texture_size=1024)
        run(tmp_path / name, "picture", prompt="gold", seed=seed, width=96, height=64, format="jpeg")

    first, again, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("first", "again", "other")
    )
    assert first == again
    assert {name for name in first if first[name] != other[name]} == {"base_color.png", "model.glb", "picture.jpg"}


def test_a_picture_has_the_size_and_the_format_that_were_asked(tmp_path: Path) -> None:
    answer = run(tmp_path, "picture", prompt="a chair", width=96, height=64, format="jpeg")

    assert read_picture((tmp_path / answer["images"][0]["file"]).read_bytes()) == (96, 64, "JPEG")
