"""Zips, OBJ, MTL, PLY, STL, FBX and USDZ from strangers are told apart, checked, and made harmless."""

import struct
import zipfile
from pathlib import Path

import pytest

from engine import guard_zip
from engine.errors import EngineError
from engine.prepare import Prepared, check, prepare
from tests import made_models


def refuse(tmp_path: Path, data: bytes) -> EngineError:
    with pytest.raises(EngineError) as caught:
        check(made_models.write(tmp_path, "upload", data))
    return caught.value


def prepare_bytes(tmp_path: Path, data: bytes) -> Prepared:
    workspace = tmp_path / "work"
    workspace.mkdir()
    return prepare(made_models.write(tmp_path, "upload", data), workspace=workspace)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (made_models.glb(), "glb"),
        (made_models.obj(), "obj"),
        (made_models.ply(), "ply"),
        (made_models.stl(), "stl"),
        (b"solid x\n facet normal 0 0 1\n outer loop\n endloop\n endfacet\nendsolid x\n", "stl"),
        (made_models.zipped(made_models.gltf_with_files()), "gltf"),
        (made_models.zipped(made_models.obj_with_files()), "obj"),
        (made_models.zipped({"scene.usdc": b"PXR-USDC"}, compression=zipfile.ZIP_STORED), "usdz"),
        (b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400) + b"\0" * 300, "fbx"),
    ],
)
def test_a_file_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path, data: bytes, expected: str) -> None:
    assert check(made_models.write(tmp_path, "picture.png", data)) == expected


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (made_models.zipped({"notes.txt": b"hello"}), "unsupported", "holds no"),
        (made_models.zipped({"a.obj": made_models.obj(), "b.obj": made_models.obj()}), "unsupported", "several"),
        (made_models.zipped({"../up.obj": made_models.obj()}), "refused", "outside"),
        (made_models.zipped({"/abs.obj": made_models.obj()}), "refused", "outside"),
        (made_models.zipped({"cube.obj": made_models.obj(), "..\\up.png": made_models.png()}), "refused", "outside"),
        (made_models.zipped(made_models.obj_with_files())[:-30], "unreadable", "cut off"),
        (made_models.zipped({"cube.obj": made_models.obj(), "red.png": b"no picture"}), "refused", "red.png"),
        (
            made_models.zipped({"cube.obj": made_models.obj(), "a.png": made_models.png_that_claims(60_000, 60_000)}),
            "refused",
            "too large",
        ),
        (made_models.zipped({"scene.usdc": b"PXR-USDC"}), "unreadable", "compressed"),
        (
            made_models.zipped({"a.usda": b"#usda 1.0\n(subLayers = [@/etc/passwd@])"}, compression=zipfile.ZIP_STORED),
            "refused",
            "outside",
        ),
        (b"; FBX 7.4.0 project file\n", "unsupported", "binary FBX"),
        (b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 6100) + b"\0" * 300, "unsupported", "6.1"),
        (b"Kaydara FBX Binary  \x00\x1a\x00", "unreadable", "cut off"),
        (made_models.ply(points=50_000_000), "unreadable", "cut off"),
        (made_models.ply(points=2_000_000_000), "refused", "more points"),
        (made_models.ply(faces=0), "refused", "without faces"),
        (b"ply\nformat ascii 1.0\n", "unreadable", "header"),
        (b"solid nothing\nendsolid\n", "unreadable", "no faces"),
        (b"v 0 0 0\nv 1 0 0\nv 1 1 0\n", "unreadable", "no faces"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path: Path, data: bytes, kind: str, word: str) -> None:
    error = refuse(tmp_path, data)

    assert error.kind == kind
    assert word in error.message
    assert error.message.endswith(".")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_zip, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = made_models.zipped({"cube.obj": made_models.obj(), "cube.mtl": b"#" * 2_000_000})

    assert (refuse(tmp_path, bomb).kind, len(bomb) < 10_000) == ("refused", True)


def test_a_zip_of_very_many_files_is_refused(tmp_path: Path) -> None:
    files = {f"{number}.mtl": b"" for number in range(guard_zip.MAX_ENTRIES)}

    error = refuse(tmp_path, made_models.zipped({"cube.obj": made_models.obj(), **files}))

    assert "files" in error.message


def test_a_zip_is_unpacked_without_what_is_no_part_of_a_model(tmp_path: Path) -> None:
    files = {**made_models.obj_with_files(), "run.py": b"import os", "__MACOSX/._cube.obj": b"x"}

    found = prepare_bytes(tmp_path, made_models.zipped(files))

    names = sorted(path.name for path in found.path.parent.iterdir())
    assert names == ["cube.mtl", "cube.obj", "materials.mtl", "model.obj", "red.png"]


@pytest.mark.parametrize(
    "line",
    [
        "map_Kd /etc/ssl/private/key.png",
        "map_Kd -s 1 1 1 -o 0 0 0 ../../secret.png",
        "map_Kd\t/etc/secret.png",
        "bump -bm 0.5 C:\\Users\\somebody\\secret.png",
        "map_Bump \\\n/etc/secret.png",
        "norm /etc/secret.png",
        "refl -type sphere /etc/secret.png",
        'map_d "/etc/secret.png"',
    ],
)
def test_a_material_cannot_name_a_picture_of_this_machine(tmp_path: Path, line: str) -> None:
    files = {"cube.obj": made_models.obj(), "cube.mtl": f"newmtl Red\nKd 1 0 0\n{line}\n".encode()}

    found = prepare_bytes(tmp_path, made_models.zipped(files))

    text = (found.path.parent / "materials.mtl").read_text()
    assert text.split() == ["newmtl", "Red", "Kd", "1", "0", "0"]
    assert found.missing_pictures in [("secret.png",), ("key.png",)]


@pytest.mark.parametrize("name", ["red.png", "C:\\work\\RED.PNG", "/home/me/red.png", "-s 2 2 2 textures/red.png"])
def test_a_picture_that_came_along_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    found = prepare_bytes(tmp_path, made_models.zipped(made_models.obj_with_files(picture=name)))

    line = (found.path.parent / "materials.mtl").read_text().splitlines()[-1]
    assert (line.split()[0], line.split()[-1]) == ("map_Kd", "red.png")
    assert found.missing_pictures == ()


@pytest.mark.parametrize("library", ["/etc/passwd", "../../other.mtl", "\\\n/etc/passwd", "a.mtl b.mtl"])
def test_an_obj_cannot_name_a_material_file_of_this_machine(tmp_path: Path, library: str) -> None:
    found = prepare_bytes(tmp_path, made_models.obj(library=library))

    text = found.path.read_bytes()
    assert text.startswith(b"mtllib materials.mtl\nv ")
    assert b"passwd" not in text


def test_a_bare_obj_lacks_its_material_file_and_says_so(tmp_path: Path) -> None:
    found = prepare_bytes(tmp_path, made_models.obj())

    assert found.missing_pictures == ("cube.mtl",)
