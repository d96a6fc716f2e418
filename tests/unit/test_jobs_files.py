"""Which files are taken and which are refused, with what words; nothing refused leaves a trace in the storage."""

import errno
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from jobs import files
from jobs.files import (
    ContentStorage,
    FileRefused,
    StorageFull,
    StorageTrouble,
    clean_name,
    get_local_path,
    open_file,
    store,
)
from tests.integration.jobs.full_storage import FullStorage
from tests.integration.jobs.trip import build_glb, make_glb


@pytest.fixture(autouse=True)
def content_storage(settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "jobs.files.ContentStorage"}}


def make_picture(format_name: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "orange").save(stream, format_name)
    return stream.getvalue()


def make_zip(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


def make_gltf(**parts: object) -> bytes:
    return json.dumps({"asset": {"version": "2.0"}, **parts}).encode()


def make_stl(faces: int = 2) -> bytes:
    return b"solid but binary".ljust(80) + struct.pack("<I", faces) + bytes(50 * faces)


def make_fbx(end_offset: int, *, version: int = 7400) -> bytes:
    head = b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", version)
    record = struct.pack("<QQQB", end_offset, 0, 0, 0) if version >= 7500 else struct.pack("<IIIB", end_offset, 0, 0, 0)
    return head + record + bytes(len(record))


FBX = make_fbx(27 + 13)
OBJ = b"# a cube\nmtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
PLY = b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nend_header\n0\n1\n2\n"
ASCII_STL = b"solid a\n facet normal 0 0 1\n endfacet\nendsolid a\n"


def take(data: bytes, name: str = "robot.glb", kind: str | None = None) -> files.StoredFile:
    return store(io.BytesIO(data), kind=kind, name=name)


def list_stored(folder: str) -> list[str]:
    return [str(path) for path in Path(folder).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "kind", "format_name", "extension"),
    [
        (make_glb(), "model", "glb", "glb"),
        (make_gltf(buffers=[{"uri": "data:;base64,AAAA", "byteLength": 3}]), "model", "gltf", "gltf"),
        (make_zip(("a/robot.gltf", make_gltf()), ("a/robot.bin", b"xyz")), "model", "gltf", "zip"),
        (OBJ, "model", "obj", "obj"),
        (make_zip(("robot.obj", OBJ), ("a.mtl", b"newmtl a")), "model", "obj", "zip"),
        (FBX, "model", "fbx", "fbx"),
        (make_fbx(27 + 25, version=7700), "model", "fbx", "fbx"),
        (b"; FBX 7.4.0 project file\nFBXHeaderExtension: {\n}\n", "model", "fbx", "fbx"),
        (make_stl(), "model", "stl", "stl"),
        (ASCII_STL, "model", "stl", "stl"),
        (PLY, "model", "ply", "ply"),
        (make_zip(("robot.usdc", b"PXR-USDC"), compression=zipfile.ZIP_STORED), "model", "usdz", "usdz"),
        (make_picture("PNG"), "image", "png", "png"),
        (make_picture("JPEG"), "image", "jpeg", "jpg"),
        (make_picture("WEBP"), "image", "webp", "webp"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_is_known_by_its_content(data: bytes, kind: str, format_name: str, extension: str) -> None:
    stored = take(data, name="nameless")

    assert (stored.kind, stored.format, stored.extension) == (kind, format_name, extension)
    assert stored.size_bytes == len(data)
    with open_file(stored.sha256) as stream:
        assert stream.read() == data
    assert (stored.width_px, stored.height_px) == ((8, 6) if kind == "image" else (None, None))


GLB = make_glb()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "robot.glb", "empty"),
        (make_picture("PNG"), "robot.glb", r"a picture \(PNG\), not a 3D model"),
        (GLB, "photo.png", r"a 3D model \(GLB\), not a picture"),
        (GLB[:-20], "robot.glb", "cut off: its header says"),
        (GLB[:10], "robot.glb", "cut off: it ends inside its header"),
        (GLB + b"more", "robot.glb", "header is wrong"),
        (GLB.replace(b"\x02\0\0\0", b"\x01\0\0\0", 1), "robot.glb", "version 1"),
        (GLB[:12] + struct.pack("<I", 10_000) + GLB[16:], "robot.glb", "longer than the file"),
        (GLB[:16] + b"BIN\0" + GLB[20:], "robot.glb", "not its description"),
        (build_glb(b"{not json"), "robot.glb", "cannot be read"),
        (build_glb(b'{"asset": 1}'), "robot.glb", "not glTF"),
        (build_glb(make_gltf(buffers=[{"byteLength": 500}]), b"short"), "robot.glb", "geometry is shorter"),
        (build_glb(make_gltf(buffers=[{"byteLength": 5, "uri": "/etc/passwd"}])), "x.glb", r"another file \(passwd\)"),
        (make_gltf(images=[{"uri": "../a.png"}]), "robot.gltf", r"another file \(a.png\)"),
        (b"this is prose and no model", "robot.obj", "not a 3D model or picture"),
        (bytes(500), "robot.glb", "not a 3D model or picture"),
        (b"v 0 0 0\nv 1 0 0\n", "points.obj", "no faces"),
        (b"GIF89a....", "a.gif", "a GIF picture"),
        (b"%PDF-1.7", "a.glb", "a PDF"),
        (b"<!doctype html><html>", "robot.glb", "a web page"),
        (make_zip(("readme.txt", b"hello")), "robot.zip", "holds no glTF, OBJ or USD"),
        (make_zip(("../../x.obj", OBJ)), "robot.zip", "point outside"),
        (make_zip(("x.obj", bytes(3_000_000))), "robot.zip", "far more than a model needs"),
        (make_zip(("x.obj", OBJ * 50))[:-30], "robot.zip", "damaged or cut off"),
        (make_fbx(5000), "robot.fbx", "cut off or damaged"),
        (FBX[:25], "robot.fbx", "cut off"),
        (b"solid a\n facet normal 0 0 1\n", "robot.stl", "its end is missing"),
        (b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n", "robot.ply", "no points"),
        (make_picture("PNG", (400, 400))[:-200], "photo.png", "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\nnot really", "photo.png", "damaged or cut off"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(settings, data: bytes, name: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words) as caught:
        take(data, name=name)

    assert caught.value.message.endswith(".")
    assert list_stored(settings.MEDIA_ROOT) == []
    assert list((settings.DATA_DIR / "tmp").glob("*")) == []


class Endless(io.RawIOBase):
    """300 MB that are nowhere."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.asked = 0

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        self.asked += size
        return bytes(size)


def test_300_mb_are_refused_before_all_of_it_was_read(settings) -> None:
    settings.MODEL_MAX_BYTES = 20_000_000
    settings.IMAGE_MAX_BYTES = 5_000_000
    stream = Endless(300_000_000)

    with pytest.raises(FileRefused, match="at most 20 MB"):
        store(stream, name="huge.glb")

    assert stream.asked < 25_000_000
    assert list_stored(settings.MEDIA_ROOT) == []


def test_a_picture_has_a_limit_of_its_own(settings) -> None:
    settings.IMAGE_MAX_BYTES = 50

    with pytest.raises(FileRefused, match="A picture may have"):
        take(make_picture("PNG", (100, 100)), name="photo.png")


def test_a_picture_with_too_many_pixels_is_refused(settings) -> None:
    settings.IMAGE_MAX_PIXELS = 100

    with pytest.raises(FileRefused, match="20 × 20 pixels"):
        take(make_picture("PNG", (20, 20)), name="photo.png")


def test_the_kind_that_is_wanted_decides_over_the_name() -> None:
    with pytest.raises(FileRefused, match="not a picture"):
        take(make_glb(), name="robot.glb", kind="image")


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("robot.glb", "robot"),
        ("a/b/../robot.GLB", "robot"),
        ("C:\\models\\robot.fbx", "robot"),
        ("../../etc/passwd", "passwd"),
        ("robot v1.2.glb", "robot v1.2"),
        ("  two\nlines\t.glb ", "two lines"),
        (".glb", "model"),
        ("...", "model"),
        ("", "model"),
        ("x" * 500 + ".glb", "x" * 120),
        ("grüße 机器人.glb", "grüße 机器人"),
        ("archive.tar", "archive.tar"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name, fallback="model") == clean


def test_the_same_content_is_stored_once(settings) -> None:
    first = take(make_glb(), name="a.glb")
    second = take(make_glb(), name="b.glb")

    assert first.sha256 == second.sha256
    assert len(list_stored(settings.MEDIA_ROOT)) == 1


def test_half_a_file_under_the_right_name_is_replaced() -> None:
    stored = take(make_glb())
    with get_local_path(stored.sha256) as path:
        os.truncate(path, 10)

    take(make_glb())

    with open_file(stored.sha256) as stream:
        assert stream.read() == make_glb()


def test_a_full_disk_is_told_apart_from_a_bad_file(settings) -> None:
    backend = f"{FullStorage.__module__}.{FullStorage.__qualname__}"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend}}

    with pytest.raises(StorageFull, match="No space left"):
        take(make_glb())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "There is no room to store files."),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "There is no room to store files."),
        (PermissionError(errno.EACCES, "Permission denied"), "The storage cannot be written."),
        (OSError(errno.EROFS, "Read-only file system"), "The storage cannot be written."),
        (RuntimeError("the bucket does not answer"), "The storage cannot be written."),
    ],
    ids=["full", "quota", "forbidden", "read-only", "elsewhere"],
)
def test_no_room_is_told_apart_from_a_storage_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, error: Exception, text: str
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr(ContentStorage, "_save", fail)

    with pytest.raises(StorageTrouble) as trouble:
        take(make_glb())

    assert trouble.value.message == text
    assert isinstance(trouble.value, StorageFull) == text.startswith("There is no room")


def test_a_write_that_breaks_leaves_no_part(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError("broken")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(StorageTrouble) as trouble:
        take(make_glb())

    assert trouble.value.message == "The storage cannot be written."
    assert list_stored(settings.MEDIA_ROOT) == []


def test_stored_bytes_are_a_local_file_even_where_the_storage_has_no_paths(settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    stored = take(make_glb())

    with get_local_path(stored.sha256) as path:
        assert path.read_bytes() == make_glb()

    assert not path.exists()


def test_what_a_killed_process_left_is_pruned_and_what_is_in_use_is_not(settings) -> None:
    left = settings.DATA_DIR / "tmp" / "left"
    left.mkdir(parents=True)
    (left / "result").write_bytes(b"half")
    upload = Path(settings.FILE_UPLOAD_TEMP_DIR) / "tmp1.upload.glb"  # as Django names it
    part = Path(settings.MEDIA_ROOT) / "ab" / f"abcd.1{files.PART}"
    part.parent.mkdir(parents=True)
    for path in (upload, part):
        path.write_bytes(b"half")

    with files.make_temporary_folder() as used:
        assert files.prune_temporary() == 0
        for path in (left, upload, part, used):
            os.utime(path, (1_000_000, 1_000_000))
        assert files.prune_temporary() == 3

        assert [path.exists() for path in (left, upload, part, used)] == [False, False, False, True]


def test_bytes_that_are_stored_again_count_as_new(settings) -> None:
    stored = take(make_glb())
    path = Path(settings.MEDIA_ROOT) / files.get_storage_name(stored.sha256)
    os.utime(path, (1_000_000, 1_000_000))

    take(make_glb())

    assert path.stat().st_mtime > 1_000_000
