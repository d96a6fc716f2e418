"""A glTF is taken apart without Blender: facts, channels, and what Blender cannot decode by itself."""

import struct
from pathlib import Path
from typing import Any

import meshopt
import numpy as np
import pytest

from engine.errors import EngineError
from engine.gltf_facts import read_gltf_facts
from engine.gltf_file import open_gltf
from engine.prepare import prepare
from tests import made_models


def read_facts(tmp_path: Path, document: dict[str, Any]) -> dict[str, Any]:
    return read_gltf_facts(open_gltf(made_models.write(tmp_path, "m.glb", made_models.glb(document))))


def test_the_facts_of_a_cube(tmp_path: Path) -> None:
    facts = read_facts(tmp_path, made_models.cube_document()[0])

    assert (facts["triangles"], facts["vertices"], facts["objects"], facts["meshes"]) == (12, 8, 1, 1)
    assert facts["textures"] == [
        {"name": "Paint", "width": 4, "height": 4, "channels": ["base_color"], "mime": "image/png"}
    ]
    assert (facts["materials"], facts["generator"]) == ([{"name": "Red"}], "made by a test")
    assert (facts["has_uvs"], facts["has_vertex_colors"], facts["skins"], facts["animations"]) == (True, False, 0, [])


def test_a_mesh_that_is_drawn_twice_counts_twice(tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    document["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [2, 0, 0]}]

    facts = read_facts(tmp_path, document)

    assert (facts["triangles"], facts["objects"], facts["meshes"]) == (24, 2, 1)


@pytest.mark.parametrize(("mode", "triangles"), [(4, 12), (5, 34), (6, 34), (1, 0)])
def test_triangles_are_counted_by_the_way_they_are_drawn(tmp_path: Path, mode: int, triangles: int) -> None:
    document, _ = made_models.cube_document()
    document["meshes"][0]["primitives"][0]["mode"] = mode

    assert read_facts(tmp_path, document)["triangles"] == triangles


def test_one_picture_may_fill_several_channels(tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    material = document["materials"][0]
    material["occlusionTexture"] = material["normalTexture"] = {"index": 0}
    material["pbrMetallicRoughness"]["metallicRoughnessTexture"] = {"index": 0}
    material["extensions"] = {"KHR_materials_clearcoat": {"clearcoatNormalTexture": {"index": 0}}}

    channels = read_facts(tmp_path, document)["textures"][0]["channels"]

    assert channels == ["base_color", "clearcoat_normal", "metallic_roughness", "normal", "occlusion"]


def test_the_length_of_an_animation_is_its_last_key(tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    document["accessors"][1]["max"] = [2.5]
    document["animations"] = [{"name": "Spin", "samplers": [{"input": 1, "output": 1}], "channels": []}]

    assert read_facts(tmp_path, document)["animations"] == [{"name": "Spin", "duration_s": 2.5}]


def compressed_cube(*, extension: str = "EXT_meshopt_compression") -> bytes:
    """The cube with positions and indices packed by meshopt, as gltfpack does."""
    document, binary = made_models.cube_document()
    points = np.array(made_models.CUBE_CORNERS, dtype=np.float32)
    indices = np.array(made_models.CUBE_TRIANGLES, dtype=np.uint16).ravel()
    packed = [
        (0, bytes(meshopt.encode_gltf_buffer(points, "ATTRIBUTES")), 8, 12, "ATTRIBUTES"),
        (2, bytes(meshopt.encode_gltf_buffer(indices, "TRIANGLES")), 36, 2, "TRIANGLES"),
    ]
    document["buffers"].append({"byteLength": 10_000, "extensions": {extension: {"fallback": True}}})
    for view, data, count, stride, mode in packed:
        entry = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)}
        entry |= {"byteStride": stride, "mode": mode, "count": count}
        document["bufferViews"][view] |= {"buffer": 1, "byteOffset": 0, "extensions": {extension: entry}}
        binary += data + b"\0" * (-len(data) % 4)
    document["buffers"][0]["byteLength"] = len(binary)
    document["extensionsUsed"] = document["extensionsRequired"] = [extension]
    return made_models.glb(document, binary)


@pytest.mark.parametrize("extension", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_meshopt_is_decoded_to_a_plain_glb(tmp_path: Path, extension: str) -> None:
    file = made_models.write(tmp_path, "packed.glb", compressed_cube(extension=extension))

    plain = open_gltf(prepare(file, workspace=tmp_path).path)

    assert "extensionsRequired" not in plain.document
    assert plain.read_view(0) == b"".join(struct.pack("<3f", *corner) for corner in made_models.CUBE_CORNERS)
    triangles = np.frombuffer(plain.read_view(2), dtype=np.uint16).reshape(-1, 3)
    assert sorted(map(tuple, np.sort(triangles))) == sorted(tuple(sorted(one)) for one in made_models.CUBE_TRIANGLES)
    assert plain.read_picture(0).startswith(b"\x89PNG")


def test_damaged_meshopt_is_told_in_a_sentence(tmp_path: Path) -> None:
    whole = compressed_cube()
    packed = meshopt.encode_gltf_buffer(np.array(made_models.CUBE_CORNERS, dtype=np.float32), "ATTRIBUTES")
    broken = whole.replace(bytes(packed), b"\xff" * len(bytes(packed)))
    assert broken != whole
    file = made_models.write(tmp_path, "packed.glb", broken)

    with pytest.raises(EngineError) as caught:
        prepare(file, workspace=tmp_path)

    assert (caught.value.kind, "meshopt" in caught.value.message) == ("unreadable", True)
