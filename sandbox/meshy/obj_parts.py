"""Takes an OBJ and its material out of the zip that they come in, and gives them their names on the wire."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

# What a material library calls a map, with its options: which of our maps it is.
MAPS = {
    b"map_kd": "base_color",
    b"map_pr": "roughness",
    b"map_pm": "metallic",
    b"map_ke": "emission",
    b"norm": "normal",
    b"bump": "normal",
    b"map_bump": "normal",
}
MAP_LINE = re.compile(rb"^[ \t]*(map_\w+|norm|bump)[ \t]", re.IGNORECASE)
MATERIAL_NAME = b"model.mtl"


def unpack_obj(archive: Path, folder: Path, *, textures: Mapping[str, str]) -> tuple[Path, Path]:
    """Return the model and its material, whose maps are called as `textures` calls them; other maps are left out."""
    model, material = folder / "wire.obj", folder / "wire.mtl"
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
        with (
            content.open(next(name for name in names if name.lower().endswith(".obj"))) as lines,
            model.open("wb") as out,
        ):
            for line in lines:
                out.write(b"mtllib " + MATERIAL_NAME + b"\n" if line.startswith(b"mtllib") else line)
        library = next((name for name in names if name.lower().endswith(".mtl")), None)
        written = content.read(library) if library else b""
    material.write_bytes(b"".join(_rename_map(line, textures) for line in written.splitlines(keepends=True)))
    return model, material


def _rename_map(line: bytes, textures: Mapping[str, str]) -> bytes:
    found = MAP_LINE.match(line)
    if not found:
        return line
    name = MAPS.get(found.group(1).lower(), "")
    return found.group(1) + b" " + textures[name].encode() + b"\n" if name in textures else b""
