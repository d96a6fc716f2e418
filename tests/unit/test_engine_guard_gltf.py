"""Hostile and damaged glTF files, made byte by byte, never get as far as Blender."""

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.prepare import check, prepare
from tests import made_models

Change = Callable[[dict[str, Any]], object]


def refuse(tmp_path: Path, data: bytes, name: str = "model.glb") -> EngineError:
    file = made_models.write(tmp_path, name, data)
    with pytest.raises(EngineError) as caught:
        check(file)
    return caught.value


def changed_cube(change: Change) -> bytes:
    document, _ = made_models.cube_document()
    change(document)
    return made_models.glb(document)


def test_an_honest_cube_passes(tmp_path: Path) -> None:
    assert check(made_models.write(tmp_path, "cube.glb", made_models.glb())) == "glb"


@pytest.mark.parametrize(
    "uri",
    [
        "/etc/passwd",
        "../secret.bin",
        "beside.bin",
        "file:///etc/passwd",
        "http://127.0.0.1/x.bin",
        "data:/../../../../etc/passwd",
    ],
)
@pytest.mark.parametrize("where", ["buffers", "images"])
def test_a_uri_that_is_not_embedded_data_is_refused(tmp_path: Path, where: str, uri: str) -> None:
    error = refuse(tmp_path, changed_cube(lambda document: document[where][0].update(uri=uri)))

    assert error.kind == "refused"
    assert "passwd" not in error.message


def test_a_uri_in_an_extension_is_refused(tmp_path: Path) -> None:
    extension = {"MPEG_media": {"media": [{"alternatives": [{"uri": "/etc/passwd"}]}]}}

    assert refuse(tmp_path, changed_cube(lambda document: document.update(extensions=extension))).kind == "refused"


def test_a_uri_in_extras_is_nobodys_business(tmp_path: Path) -> None:
    data = changed_cube(lambda document: document.update(extras={"uri": "https://example.org/about"}))

    assert check(made_models.write(tmp_path, "cube.glb", data)) == "glb"


def test_a_gltf_with_embedded_data_passes(tmp_path: Path) -> None:
    document, binary = made_models.cube_document()
    uri = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    document["buffers"][0]["uri"] = uri

    assert check(made_models.write(tmp_path, "cube.gltf", json.dumps(document).encode())) == "gltf"


def test_a_gltf_with_files_beside_it_asks_for_a_zip(tmp_path: Path) -> None:
    error = refuse(tmp_path, made_models.gltf_with_files()["cube.gltf"], "cube.gltf")

    assert (error.kind, "zip" in error.message) == ("refused", True)


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (b"", "unreadable", "empty"),
        (b"glTF", "unreadable", "cut off"),
        (made_models.glb()[:200], "unreadable", "cut off"),
        (made_models.glb()[:-40], "unreadable", "cut off"),
        (made_models.glb() + b"\0" * 64, "unreadable", "another length"),
        (made_models.glb().replace(b"JSON", b"JUNK", 1), "unreadable", "not where they belong"),
        (made_models.glb().replace(b'"asset"', b'"asse?"', 1), "unreadable", "version"),
        (made_models.glb().replace(b"{", b"[", 1), "unreadable", "broken"),
        (b"glTF\x01" + made_models.glb()[5:], "unsupported", "version 1"),
        (made_models.png(), "unreadable", "picture"),
        (b"\0" * 500, "unreadable", "not a 3D model"),
        (b"BLENDER-v405", "unreadable", "scripts"),
    ],
)
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, data: bytes, kind: str, word: str) -> None:
    error = refuse(tmp_path, data)

    assert error.kind == kind
    assert word in error.message
    assert error.message.endswith(".")


def nest_nodes(document: dict[str, Any], depth: int) -> None:
    document["nodes"] = [{"children": [at + 1]} for at in range(depth)] + [{"mesh": 0}]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda document: document["accessors"][0].update(count=800_000_000), "unreadable"),
        (lambda document: document["accessors"][0].update(count=-1), "unreadable"),
        (
            lambda document: document["accessors"].append({"componentType": 5126, "count": 10**9, "type": "VEC3"}),
            "refused",
        ),
        (lambda document: document["bufferViews"][0].update(byteLength=10**9), "unreadable"),
        (lambda document: document["bufferViews"][0].update(buffer=7), "unreadable"),
        (lambda document: document["buffers"][0].update(byteLength=10**9), "unreadable"),
        (lambda document: document.update(nodes=[{}] * 20_001), "refused"),
        (lambda document: nest_nodes(document, 5_000), "refused"),
        (lambda document: document.update(nodes=[{"children": [1]}, {"children": [0]}]), "unreadable"),
        (lambda document: document.update(nodes=[{"children": [2]}, {"children": [2]}, {}]), "unreadable"),
        (lambda document: document.update(nodes="many"), "unreadable"),
        (lambda document: document["images"][0].update(bufferView=0), "refused"),
        (lambda document: document.update(meshes=[]), "refused"),
        (lambda document: document.pop("meshes"), "refused"),
        (lambda document: document.update(extensionsRequired=["ACME_shape"]), "unsupported"),
    ],
)
def test_what_the_description_claims_is_checked(tmp_path: Path, change: Change, kind: str) -> None:
    assert refuse(tmp_path, changed_cube(change)).kind == kind


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("corner", [0, 7])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_position_that_is_no_finite_number_is_refused(tmp_path: Path, value: float, corner: int, axis: int) -> None:
    document, binary = made_models.cube_document()
    at = corner * 12 + axis * 4

    error = refuse(tmp_path, made_models.glb(document, binary[:at] + struct.pack("<f", value) + binary[at + 4 :]))

    assert (error.kind, "finite" in error.message) == ("refused", True)


def test_interleaved_positions_are_told_from_what_lies_between(tmp_path: Path) -> None:
    document, binary = made_models.cube_document()
    rows = [struct.pack("<3f", *corner) + struct.pack("<f", float("nan")) for corner in made_models.CUBE_CORNERS]
    document["bufferViews"].append(
        {"buffer": 0, "byteOffset": len(binary), "byteLength": 16 * 8, "byteStride": 16, "target": 34962}
    )
    document["accessors"][0]["bufferView"] = 4
    document["buffers"][0]["byteLength"] += 16 * 8

    data = made_models.glb(document, binary + b"".join(rows))

    assert check(made_models.write(tmp_path, "cube.glb", data)) == "glb"


def test_a_crowd_of_instances_counts_as_nodes(tmp_path: Path) -> None:
    def crowd(document: dict[str, Any]) -> None:
        document["accessors"].append({"componentType": 5126, "count": 30_000, "type": "VEC3"})
        document["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 3}}}

    error = refuse(tmp_path, changed_cube(crowd))

    assert (error.kind, "parts" in error.message) == ("refused", True)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    picture = made_models.png_that_claims(60_000, 60_000)
    uri = "data:image/png;base64," + base64.b64encode(picture).decode()

    error = refuse(tmp_path, changed_cube(lambda document: document.update(images=[{"uri": uri}])))

    assert (error.kind, "60000" in error.message) == ("refused", True)


def test_a_zip_may_name_the_files_that_it_holds(tmp_path: Path) -> None:
    file = made_models.write(tmp_path, "cube.zip", made_models.zipped(made_models.gltf_with_files()))
    workspace = tmp_path / "work"
    workspace.mkdir()

    found = prepare(file, workspace=workspace)

    assert (found.kind.format, found.kind.is_zip) == ("gltf", True)
    assert found.gltf is not None
    assert found.gltf.read_picture(0) == made_models.png()


@pytest.mark.parametrize("uri", ["../cube.bin", "/etc/passwd", "%2e%2e/cube.bin", "C:\\cube.bin", "missing.bin"])
def test_a_zip_may_not_name_other_files(tmp_path: Path, uri: str) -> None:
    files = made_models.gltf_with_files()
    files["cube.gltf"] = files["cube.gltf"].replace(b"cube.bin", uri.replace("\\", "\\\\").encode())

    assert refuse(tmp_path, made_models.zipped(files), "cube.zip").kind == "refused"
