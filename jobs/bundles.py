"""Puts an OBJ, its materials and its textures into one ZIP that opens: by the names they call each other by."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from jobs.vendors.base import Companion

MATERIALS_FILE = "model.mtl"
MATERIALS = "mtl"  # the channel of a Companion that is no texture
MTLLIB = re.compile(rb"^[ \t]*mtllib[ \t]+(.+)$", re.MULTILINE)
MAP_LINE = re.compile(r"^(\s*(map_\w+|bump|norm|disp|refl|decal)\s+)(.+)$", re.IGNORECASE)
CHANNELS = {
    "map_kd": "base color",
    "map_pm": "metallic",
    "map_pr": "roughness",
    "norm": "normal",
    "map_kn": "normal",
    "map_bump": "normal",
    "bump": "normal",
    "map_ke": "emission",
    "map_d": "opacity",
}
HEAD_BYTES = 65_536  # an OBJ names its materials at its beginning
MATERIALS_BYTES = 4_000_000  # some lines each are usual


def bundle_obj(obj: Path, files: Mapping[Companion, Path], *, target: Path) -> None:
    """Write the ZIP `target`. Names that the OBJ and its materials use are kept; what is missing stays missing."""
    textures = {companion: path for companion, path in files.items() if companion.channel != MATERIALS}
    materials = next((path for companion, path in files.items() if companion.channel == MATERIALS), None)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        name = find_materials_name(obj)
        add_obj(archive, obj, names_materials=name is not None)
        used: dict[Companion, str] = {}
        if materials is not None:
            text, used = settle_materials(read_materials(materials), textures)
            archive.writestr(name or MATERIALS_FILE, text)
        for companion, path in textures.items():
            name = used.get(companion, clean(companion.name))
            if name not in archive.NameToInfo:  # of two with one name, whoever opens it would see one
                archive.write(path, name, zipfile.ZIP_STORED)


def read_materials(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(MATERIALS_BYTES).decode(errors="replace")


def find_materials_name(obj: Path) -> str | None:
    """Return the name by which the OBJ calls its materials, without folders."""
    with obj.open("rb") as stream:
        found = MTLLIB.search(stream.read(HEAD_BYTES))
    return clean(found[1].decode(errors="replace").strip()) if found else None


def add_obj(archive: zipfile.ZipFile, obj: Path, *, names_materials: bool) -> None:
    """Add the model; one that does not name its materials gets the line that does."""
    with archive.open("model.obj", "w", force_zip64=True) as target, obj.open("rb") as source:
        if not names_materials:
            target.write(f"mtllib {MATERIALS_FILE}\n".encode())
        while piece := source.read(1 << 20):
            target.write(piece)


def settle_materials(text: str, textures: Iterable[Companion]) -> tuple[str, dict[Companion, str]]:
    """Return the materials with plain file names, and the name that each texture is called by in them."""
    used: dict[Companion, str] = {}
    lines = [_settle_line(line, list(textures), used) for line in text.splitlines()]
    return "\n".join(lines) + "\n", used


def _settle_line(line: str, textures: list[Companion], used: dict[Companion, str]) -> str:
    found = MAP_LINE.match(line)
    if found is None:
        return line
    start, word, rest = found.groups()
    options, name = _split_options(rest.strip(), textures)
    texture = next(_find_textures(textures, name, CHANNELS.get(word.lower(), "")), None)
    if texture is not None:
        name = used.setdefault(texture, name)
    return f"{start}{options}{name}"


def _split_options(rest: str, textures: list[Companion]) -> tuple[str, str]:
    """Return what stands before the file's name (`-bm 1.0 `), and the name without folders."""
    known = next((item.name for item in textures if item.name and rest.endswith(item.name)), "")
    name = known or (rest.split()[-1] if rest.startswith("-") else rest)
    before = rest[: len(rest) - len(name)]
    return (before if before.startswith("-") else ""), clean(name)


def _find_textures(textures: list[Companion], name: str, channel: str) -> Iterator[Companion]:
    yield from (item for item in textures if item.name == name)
    yield from (item for item in textures if channel and item.channel == channel)


def clean(name: str) -> str:
    """Return a file's name without folders, whichever way they are written."""
    plain = PurePosixPath(name.replace("\\", "/").replace("\0", "")).name
    return plain if plain not in ("", "..") else "file"
