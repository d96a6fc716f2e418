"""The door for untrusted files: told, checked, unpacked and made readable before Blender opens them."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EngineError
from engine.formats import FileKind, detect_kind
from engine.gltf_file import GltfFile, open_gltf
from engine.guard_gltf import check_gltf, check_positions
from engine.guard_mesh import check_fbx, check_ply, check_stl
from engine.guard_obj import rewrite_obj
from engine.guard_zip import check_usdz, unpack
from engine.predecode import check_extensions, needs_predecode, write_plain_glb


@dataclass(frozen=True)
class Prepared:
    """A file that Blender may read, and what is known of it already."""

    kind: FileKind
    path: Path
    gltf: GltfFile | None = None
    """The glTF as it came in, before any decoding; None for other formats."""
    missing_pictures: tuple[str, ...] = ()
    """Names of pictures that the model mentions and that did not come with it."""


def check(source: Path) -> str:
    """Check a file without Blender and return its format (glb, gltf, fbx, obj, stl, ply, usdz).

    :raises EngineError: refused, unreadable or unsupported, with a sentence that says what is wrong
    """
    with tempfile.TemporaryDirectory(prefix="patina-check-") as folder:
        return _check_and_unpack(source, workspace=Path(folder)).kind.format


def prepare(source: Path, *, workspace: Path) -> Prepared:
    """Check a file and put what Blender may read into the workspace.

    :raises EngineError: refused, unreadable or unsupported, with a sentence that says what is wrong
    """
    found = _check_and_unpack(source, workspace=workspace)
    if found.gltf is None or not needs_predecode(found.gltf):
        return found
    path = workspace / "input" / "decoded.glb"
    try:
        write_plain_glb(found.gltf, path)
        check_positions(open_gltf(path))
    except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
        raise EngineError("unreadable", "The compressed data in this model is damaged.") from error
    return replace(found, path=path)


def _check_and_unpack(source: Path, *, workspace: Path) -> Prepared:
    kind = detect_kind(source)
    folder = workspace / "input"
    folder.mkdir(exist_ok=True)
    if kind.format in ("glb", "gltf"):
        return _prepare_gltf(source, kind, folder=folder)
    if kind.format == "obj":
        siblings = unpack(source, folder=folder) if kind.is_zip else []
        plain = next((path for path in siblings if path.suffix.lower() == ".obj"), source)
        path, missing = rewrite_obj(plain, folder=folder, siblings=siblings)
        return Prepared(kind, path, missing_pictures=tuple(missing))
    CHECKS[kind.format](source)
    path = folder / f"model.{kind.format}"
    path.symlink_to(source.resolve())
    return Prepared(kind, path)


CHECKS = {"fbx": check_fbx, "ply": check_ply, "stl": check_stl, "usdz": check_usdz}


def _prepare_gltf(source: Path, kind: FileKind, *, folder: Path) -> Prepared:
    path, inside = source, None
    if kind.is_zip:
        files = unpack(source, folder=folder)
        path = next(file for file in files if file.suffix.lower() == ".gltf")
        inside = path.parent
    gltf = open_gltf(path, folder=inside)
    check_gltf(gltf)
    check_extensions(gltf)
    return Prepared(kind, path, gltf=gltf)
