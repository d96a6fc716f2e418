"""What goes to Meshy and comes back as files: UVs read from bytes, an OBJ with its textures, 3MF, placeholders."""

import io
import json
import re
import time
import zipfile
from pathlib import Path

import pytest

from jobs import files
from jobs.bundles import bundle_obj
from jobs.formats import detect
from jobs.uvs import FBX_UVS, SCAN_BYTES, has_uvs
from jobs.vendors.base import Companion, DataUri, SentRequest
from jobs.vendors.redaction import redact, redact_text
from tests import made_models
from tests.integration.jobs.trip import make_glb

MATERIALS = Companion(name="model.mtl", url="", channel="mtl")
BASE = Companion(name="texture_0.png", url="", channel="base color")
NORMAL = Companion(name="texture_0_normal.png", url="", channel="normal")
BARE_MESH = {"primitives": [{"attributes": {"POSITION": 0}}]}


def without_uvs(data: bytes) -> bytes:
    return b"\n".join(line for line in data.splitlines() if not line.startswith(b"vt"))


@pytest.mark.parametrize(
    ("file_format", "data", "found"),
    [
        ("glb", made_models.glb(), True),
        ("glb", make_glb(), False),
        ("glb", b"glTF, and then nonsense", None),
        ("gltf", made_models.gltf_with_files()["cube.gltf"], True),
        (
            "gltf",
            json.dumps({"asset": {}, "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}]}).encode(),
            False,
        ),
        (
            "gltf",
            json.dumps(
                {"meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}}]}, BARE_MESH]}
            ).encode(),
            False,
        ),
        ("gltf", b"{", None),
        ("gltf", b'{"meshes": [7, {"primitives": [7, {}]}]}', False),
        ("gltf", b'{"meshes": 7}', None),
        ("gltf", b'{"meshes": [{"primitives": [{"attributes": 7}]}]}', None),
        ("obj", made_models.obj(), True),
        ("obj", without_uvs(made_models.obj()), False),
        ("stl", made_models.stl(), False),
        ("fbx", b"Kaydara FBX Binary" + b"x" * (SCAN_BYTES - 25) + FBX_UVS, True),  # over the border of two pieces
        ("fbx", b"Kaydara FBX Binary" + b"x" * 100, False),
        ("usdz", b"PK", None),
    ],
)
def test_whether_a_model_has_uvs_is_read_from_its_bytes(
    tmp_path: Path, file_format: str, data: bytes, found: bool | None
) -> None:
    assert has_uvs(made_models.write(tmp_path, "model", data), file_format) is found


def bundle(tmp_path: Path, *, obj: bytes, materials: str | None, textures: list[Companion]) -> dict[str, str]:
    parts = {texture: made_models.write(tmp_path, f"part-{n}", made_models.png()) for n, texture in enumerate(textures)}
    if materials is not None:
        parts[MATERIALS] = made_models.write(tmp_path, "materials", materials.encode())
    target = tmp_path / "bundle.zip"
    bundle_obj(made_models.write(tmp_path, "result", obj), parts, target=target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("map_Kd texture_0.png", "texture_0.png"),
        ("map_Kd textures/texture_0.png", "texture_0.png"),
        (r"map_Kd C:\work\texture_0.png", "texture_0.png"),
        ("map_Kd -s 1 1 1 texture_0.png", "texture_0.png"),
        ("map_Kd base_color.png", "base_color.png"),
        ("map_Kd my base color.png", "my base color.png"),
        ("map_Kd ../../../etc/passwd", "passwd"),
        ("map_Kd textures/..", "file"),
        ("map_Kd a\0b.png", "ab.png"),
    ],
)
def test_a_texture_gets_the_name_by_which_the_materials_call_it(tmp_path: Path, line: str, used: str) -> None:
    found = bundle(tmp_path, obj=made_models.obj(library="model.mtl"), materials=f"newmtl a\n{line}\n", textures=[BASE])

    assert set(found) == {"model.obj", "model.mtl", used}
    assert found["model.mtl"].splitlines()[1].endswith(f" {used}")
    assert "/" not in found["model.mtl"]


def test_maps_are_told_apart_and_what_nobody_names_comes_along(tmp_path: Path) -> None:
    materials = "newmtl a\nKd 1 1 1\nmap_Kd color.png\nmap_Bump -bm 1.0 bumps.png\n"
    extra = Companion(name="texture_0_roughness.png", url="", channel="roughness")
    found = bundle(
        tmp_path, obj=made_models.obj(library="cube.mtl"), materials=materials, textures=[BASE, NORMAL, extra]
    )

    assert set(found) == {"model.obj", "cube.mtl", "color.png", "bumps.png", "texture_0_roughness.png"}
    assert found["cube.mtl"].splitlines()[3] == "map_Bump -bm 1.0 bumps.png"


def test_an_obj_that_does_not_name_its_materials_learns_to(tmp_path: Path) -> None:
    plain = re.sub(rb"mtllib.*\n", b"", made_models.obj())
    found = bundle(tmp_path, obj=plain, materials="newmtl Red\nmap_Kd texture_0.png\n", textures=[BASE])

    assert found["model.obj"].startswith("mtllib model.mtl\n")
    assert set(found) == {"model.obj", "model.mtl", "texture_0.png"}


def test_of_two_textures_with_one_name_the_first_is_kept(tmp_path: Path) -> None:
    twins = [Companion(name="0.png", url=f"https://a.example/{n}/0.png", channel="") for n in range(2)]
    found = bundle(tmp_path, obj=made_models.obj(library="model.mtl"), materials="newmtl a\n", textures=twins)

    assert set(found) == {"model.obj", "model.mtl", "0.png"}


def test_materials_full_of_blanks_are_read_in_a_moment(tmp_path: Path) -> None:
    blanks = "map_Kd a" + " " * 400_000
    obj = made_models.obj(library="model.mtl" + " " * 60_000 + "x")
    code = f"map_Kd{blanks}x\n" * 10

    started = time.process_time()
    bundle(tmp_path, obj=obj, materials=code, textures=[BASE])

    assert time.process_time() - started < 10


def test_a_bundle_is_an_obj_in_a_zip(tmp_path: Path) -> None:
    bundle(tmp_path, obj=made_models.obj(), materials="newmtl Red\n", textures=[BASE])
    found = detect(tmp_path / "bundle.zip")

    assert (found.format, found.extension) == ("obj", "zip")


def test_a_3mf_is_taken_as_a_result_and_not_as_an_upload(tmp_path: Path) -> None:
    data = made_models.zipped({"[Content_Types].xml": b"<Types/>", "3D/3dmodel.model": b"<model/>"})
    path = made_models.write(tmp_path, "model.3mf", data)

    assert files.store(path, name="model.3mf", is_result=True).format == "3mf"
    with pytest.raises(files.FileRefused, match="3MF cannot be worked on here"):
        files.store(path, name="model.3mf")


# --- What is stored of a request --------------------------------------------------------------------------------------


def make_file(size_bytes: int) -> DataUri:
    return DataUri("robot.glb", "application/octet-stream", size_bytes, open=io.BytesIO)


@pytest.mark.parametrize(
    ("size_bytes", "shown"), [(12_345_678, "12.3 MB"), (99_999, "100.0 kB"), (2_200, "2.2 kB"), (150_000, "0.1 MB")]
)
def test_a_file_in_a_request_is_stored_as_its_name_and_size(size_bytes: int, shown: str) -> None:
    stored = redact({"model_url": make_file(size_bytes), "views": [make_file(1)]})

    assert stored["model_url"] == f"data:application/octet-stream;base64,<robot.glb, {shown}>"
    assert redact(stored) == stored


@pytest.mark.parametrize("prefix", ["data:image/png;base64,", "data:;base64,", "data:text/plain;charset=utf-8;base64,"])
def test_bytes_inside_a_text_are_cut_out(prefix: str) -> None:
    text = redact_text(f"could not read {prefix}{'QUJD' * 100} today")

    assert text == f"could not read {prefix}… today"


@pytest.mark.parametrize(
    ("body", "has_files"),
    [({"a": "x"}, False), ({"a": make_file(1)}, True), ({"a": ["x", make_file(1)]}, True), ({"a": ["x"]}, False)],
)
def test_a_request_knows_whether_files_travel_in_it(body: dict[str, object], has_files: bool) -> None:
    assert SentRequest("POST", "/", body).has_files is has_files
