"""The small parts of the sandbox's Meshy: bodies that are files, ids, model files looked at and written."""

import base64
import contextlib
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sandbox.meshy.answers import ApiError
from sandbox.meshy.body import SPILL_FROM_BYTES, Body, BodyReader, Spilled
from sandbox.meshy.ids import Ids
from sandbox.meshy.inspection import Unfit, UvShare, count_uvs, sniff_model
from sandbox.meshy.obj_parts import unpack_obj
from sandbox.meshy.threemf import write_3mf
from sandbox.meshy.work import TEXTURE_NAMES
from tests import made_models

CONTENT = bytes(range(256)) * 1000
URI = "data:application/octet-stream;base64," + base64.b64encode(CONTENT).decode()


def read(text: bytes, folder: Path, *, piece_bytes: int = 10_000) -> Body:
    reader = BodyReader(folder)
    for start in range(0, len(text), piece_bytes):
        reader.feed(text[start : start + piece_bytes])
    return reader.close()


def write_as_others_do(fields: dict[str, Any], style: str) -> bytes:
    text = json.dumps(fields)
    if style == "escaped slashes":
        text = text.replace("/", "\\/")
    elif style == "escaped plus":
        text = text.replace("+", "\\u002b")
    return text.encode()


@pytest.mark.parametrize("piece_bytes", [977, 4096, 65_537, 10**6])
@pytest.mark.parametrize("style", ["plain", "escaped slashes", "escaped plus"])
def test_a_long_data_uri_becomes_a_file(tmp_path: Path, piece_bytes: int, style: str) -> None:
    fields = {"a": 'quote " and \\ slash', "model_url": URI, "list": ["é", URI], "z": None}

    body = read(write_as_others_do(fields, style), tmp_path, piece_bytes=piece_bytes)

    model = body.fields["model_url"]
    assert (model.media_type, model.problem, model.size_bytes) == ("application/octet-stream", "", len(CONTENT))
    assert model.path.read_bytes() == CONTENT == body.fields["list"][1].path.read_bytes()
    assert (body.fields["a"], body.fields["list"][0], body.fields["z"]) == (fields["a"], "é", None)
    body.discard()
    assert list(tmp_path.iterdir()) == []


def test_every_place_of_a_cut_gives_the_same(tmp_path: Path) -> None:
    text = json.dumps({"p": "data:x", "m": URI[: SPILL_FROM_BYTES + 40], "q": "\\"}).encode()
    end = len(text)

    for cut in [*range(1, 40), *range(end - 60, end)]:
        reader = BodyReader(tmp_path)
        reader.feed(text[:cut])
        reader.feed(text[cut:])
        body = reader.close()
        assert isinstance(body.fields["m"], Spilled | str)
        assert (body.fields["p"], body.fields["q"]) == ("data:x", "\\")


def test_a_short_data_uri_stays_text(tmp_path: Path) -> None:
    assert read(b'{"m": "data:image/png;base64,AAAA"}', tmp_path).fields == {"m": "data:image/png;base64,AAAA"}


@pytest.mark.parametrize("depth", [300, 600, 900, 100_000])
def test_a_deep_body_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    text = b'{"m": ' + b"[" * depth + b"]" * depth + b"}"
    with contextlib.suppress(ApiError):
        assert isinstance(read(text, tmp_path).fields["m"], list)


@pytest.mark.parametrize(
    "spoiled",
    [URI[:-1] + "*", URI[:-2], URI + "AAAA", URI.replace(";base64", ""), URI.replace("AAEC", "A\\u0000EC", 1)],
)
def test_what_is_no_base64_is_a_problem_and_no_crash(tmp_path: Path, spoiled: str) -> None:
    body = read(f'{{"m": "{spoiled}"}}'.encode(), tmp_path)

    assert body.fields["m"].problem


@pytest.mark.parametrize("text", [b"", b"[]", b'{"a": "' + URI.encode(), b'{"a": "' + URI.encode() + b'"', b'"\\'])
def test_a_broken_body_leaves_no_file(tmp_path: Path, text: bytes) -> None:
    reader = BodyReader(tmp_path)

    reader.feed(text)
    with pytest.raises(ApiError):
        reader.close()

    reader.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_large_model_is_never_in_memory(tmp_path: Path) -> None:
    piece = b"A" * 65_536
    reader = BodyReader(tmp_path)
    reader.feed(b'{"model_url": "data:application/octet-stream;base64,')

    tracemalloc.start()
    for _ in range(200):
        reader.feed(piece)
    reader.feed(b'"}')
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    body = reader.close()
    assert body.fields["model_url"].path.stat().st_size == 200 * len(piece) // 4 * 3
    assert most_bytes < 2_000_000


def test_more_than_a_model_may_have_is_a_problem_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.meshy.body.FILE_LIMIT_BYTES", 1_000_000)
    reader = BodyReader(tmp_path)
    reader.feed(b'{"m": "data:application/octet-stream;base64,')
    for _ in range(20):
        reader.feed(b"A" * 100_000)
    reader.feed(b'"}')

    file = reader.close().fields["m"]

    assert "1 MB" in file.problem
    assert file.path.stat().st_size <= 1_000_000


def test_ids_sort_by_the_moment_even_within_a_millisecond() -> None:
    ids = Ids()

    built = [ids.build(1_790_000_000.5 + number // 5000 / 1000) for number in range(12_000)]

    assert built == sorted(set(built))
    assert all(task[14] == "7" and task[19] in "89ab" for task in built)
    assert int(built[0].replace("-", "")[:12], 16) == 1_790_000_000_500


def make_glb(*attributes: dict[str, int], used: bool = True, **more: Any) -> bytes:
    meshes = [{"primitives": [{"attributes": each} for each in attributes]}]
    return made_models.glb(
        {"asset": {"version": "2.0"}, "meshes": meshes, "nodes": [{"mesh": 0}] if used else [], **more}
    )


BARE, WITH_UVS = {"POSITION": 0}, {"POSITION": 0, "TEXCOORD_0": 1}


@pytest.mark.parametrize(
    ("name", "content", "share"),
    [
        ("a.glb", made_models.glb(), UvShare(1, 1)),
        ("a.glb", make_glb(BARE), UvShare(1, 0)),
        ("a.glb", make_glb(BARE, WITH_UVS), UvShare(2, 1)),
        ("a.gltf", made_models.gltf_with_files()["cube.gltf"], UvShare(1, 1)),
        ("a.obj", made_models.obj(), UvShare(1, 1)),
        ("a.obj", made_models.obj().replace(b"vt ", b"# "), UvShare(1, 0)),
        ("a.stl", made_models.stl(), UvShare(1, 0)),
        ("a.fbx", b"Kaydara FBX Binary  \0 PolygonVertexIndex LayerElementUV", UvShare(1, 1)),
        ("a.fbx", b"Kaydara FBX Binary  \0 PolygonVertexIndex", UvShare(1, 0)),
    ],
)
def test_uvs_are_counted_by_part(tmp_path: Path, name: str, content: bytes, share: UvShare) -> None:
    assert count_uvs(made_models.write(tmp_path, name, content)) == share


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.glb", b""),
        ("a.glb", made_models.glb()[:100]),
        ("a.glb", b"glTF" + bytes(40)),
        ("a.glb", make_glb(WITH_UVS, used=False)),
        ("a.glb", make_glb(WITH_UVS, extensionsRequired=["EXT_meshopt_compression"])),
        ("a.glb", made_models.glb({"meshes": 5, "nodes": 7})),
        ("a.gltf", b"[]"),
        ("a.gltf", b"{" * 100_000),
        ("a.obj", b"v 0 0 0\n"),
        ("a.fbx", b"; FBX 7.4.0 project file"),
        ("a.fbx", b"no such thing"),
    ],
)
def test_files_that_fail_inside_a_task(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(Unfit):
        count_uvs(made_models.write(tmp_path, name, content))


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (made_models.glb(), "glb"),
        (made_models.gltf_with_files()["cube.gltf"], "gltf"),
        (made_models.obj(), "obj"),
        (made_models.stl(), "stl"),
        (b"solid cube\nfacet normal 0 0 1", "stl"),
        (b"Kaydara FBX Binary  \0", "fbx"),
        (b"; FBX 7.4.0", "fbx"),
        (b"", "glb"),
        (b"\0" * 100, "glb"),
    ],
)
def test_a_data_uris_kind_is_told_by_its_first_bytes(tmp_path: Path, content: bytes, suffix: str) -> None:
    assert sniff_model(made_models.write(tmp_path, "data", content)) == suffix


def test_an_obj_comes_out_of_its_zip_with_the_names_of_the_wire(tmp_path: Path) -> None:
    material = (
        "newmtl Red\nKd 1 1 1\nmap_Kd -s 1 1 1 wood colour.png\nmap_Bump -bm 1.0 n.png\nmap_Pr r.png\nmap_d a.png\n"
    )
    content = {"x/cube.obj": made_models.obj(), "x/cube.mtl": material.encode(), "x/wood colour.png": made_models.png()}
    archive = made_models.write(tmp_path, "model.zip", made_models.zipped(content))

    model, library = unpack_obj(archive, tmp_path, textures=TEXTURE_NAMES)

    assert b"mtllib model.mtl\n" in model.read_bytes()
    assert b"cube.mtl" not in model.read_bytes()
    assert library.read_text().splitlines() == [
        "newmtl Red",
        "Kd 1 1 1",
        "map_Kd texture_0.png",
        "map_Bump texture_0_normal.png",
        "map_Pr texture_0_roughness.png",
    ]


def test_a_3mf_shares_its_corners(tmp_path: Path) -> None:
    write_3mf(made_models.write(tmp_path, "a.stl", made_models.stl()), tmp_path / "a.3mf")

    with zipfile.ZipFile(tmp_path / "a.3mf") as archive:
        assert archive.testzip() is None
        model = ElementTree.fromstring(archive.read("3D/3dmodel.model"))
    tags = [element.tag.partition("}")[2] for element in model.iter()]
    assert (tags.count("vertex"), tags.count("triangle")) == (8, 12)


@pytest.mark.parametrize("content", [b"", b"solid", bytes(80) + struct.pack("<I", 9), bytes(84) + bytes(0)])
def test_what_is_no_binary_stl_makes_no_3mf(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError):
        write_3mf(made_models.write(tmp_path, "a.stl", content), tmp_path / "a.3mf")
