"""OBJ and MTL files rewritten so that they name nothing but pictures that came with them."""

import mmap
import re
from pathlib import Path, PureWindowsPath

from engine.errors import EngineError
from engine.guard_zip import PICTURE_SUFFIXES

SAFE_MTL_NAME = "materials.mtl"
MTL_LIMIT_BYTES = 16 * 1024 * 1024
LIBRARY = re.compile(rb"mtllib((?:[^\r\n\\]|\\\r?\n|\\)*)")
HAS_POINT = re.compile(rb"^[ \t]*v[ \t]", re.MULTILINE)
HAS_FACE = re.compile(rb"^[ \t]*f[ \t]", re.MULTILINE)
PICTURE_KEYWORDS = ("map_", "bump", "disp", "decal", "refl", "norm")
# Options that may stand before a picture's name, and how many words each takes at most
# Source: the MTL specification (Wavefront, 1995), "Texture map statements"
OPTION_WORDS = {
    "-o": 3, "-s": 3, "-t": 3, "-mm": 2, "-bm": 1, "-blendu": 1, "-blendv": 1, "-boost": 1, "-cc": 1,
    "-clamp": 1, "-texres": 1, "-imfchan": 1, "-type": 1,
}  # fmt: skip


def rewrite_obj(source: Path, *, folder: Path, siblings: list[Path]) -> tuple[Path, list[str]]:
    """Write a safe copy of an OBJ into `folder`; return it and the names of pictures that are missing.

    All its material libraries become one file beside it, which names only pictures among `siblings`.
    :raises EngineError: unreadable, if it holds no points or no faces
    """
    target = folder / "model.obj"
    libraries: list[str] = []

    def keep_one_name(found: re.Match[bytes]) -> bytes:
        libraries.append(found.group(1).replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").decode("utf-8", "replace"))
        return b"mtllib " + SAFE_MTL_NAME.encode()

    with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if not HAS_POINT.search(text) or not HAS_FACE.search(text):
            raise EngineError("unreadable", "This OBJ holds no surface: it has no points or no faces.")
        target.write_bytes(LIBRARY.sub(keep_one_name, text))
    lines, missing = _collect_materials(libraries, siblings)
    lines = [line.replace(f"{folder}/", "") for line in lines]
    (folder / SAFE_MTL_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target, missing


def _collect_materials(libraries: list[str], siblings: list[Path]) -> tuple[list[str], list[str]]:
    on_hand = [path for path in siblings if path.suffix.lower() == ".mtl"]
    pictures = [path for path in siblings if path.suffix.lower() in PICTURE_SUFFIXES]
    wanted = {PureWindowsPath(name.strip().strip('"')).name.lower() for name in libraries if name.strip()}
    chosen = [path for path in on_hand if path.name.lower() in wanted] or on_hand
    missing = [] if chosen else sorted(wanted)
    lines: list[str] = []
    for path in chosen:
        if path.stat().st_size > MTL_LIMIT_BYTES:
            raise EngineError("refused", "The material file (.mtl) of this model is too large.")
        for line in path.read_text("utf-8", "replace").replace("\\\n", " ").splitlines():
            if not line.strip():
                continue
            safe, lacks = _rewrite_line(line.strip(), pictures, base=path.parent)
            lines.append(safe)
            missing += [lacks] if lacks else []
    return lines, list(dict.fromkeys(missing))


def _rewrite_line(line: str, pictures: list[Path], *, base: Path) -> tuple[str, str]:
    """Return a line that is safe to read, and the name of the picture that it lacks."""
    keyword, *words = line.split()
    if not keyword.lower().startswith(PICTURE_KEYWORDS):
        return line, ""
    options, name = _split_options(words)
    if not name:
        return "", ""
    found = _find_picture(name, pictures, base=base)
    if found is None:
        return "", PureWindowsPath(name).name
    return " ".join([keyword, *options, str(found)]), ""


def _split_options(words: list[str]) -> tuple[list[str], str]:
    options: list[str] = []
    rest = list(words)
    while rest and rest[0].lower() in OPTION_WORDS:
        limit = OPTION_WORDS[rest[0].lower()]
        options.append(rest.pop(0))
        taken = 0
        while len(rest) > 1 and taken < limit and (taken == 0 or _is_number(rest[0])):
            options.append(rest.pop(0))
            taken += 1
    return options, " ".join(rest).strip('"')


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _find_picture(name: str, pictures: list[Path], *, base: Path) -> Path | None:
    """Find by path beneath the material file, else by bare name, whatever folder the exporter wrote."""
    wanted = PureWindowsPath(name)
    exact = base / wanted.as_posix()
    if exact in pictures:
        return exact
    return next((path for path in pictures if path.name.lower() == wanted.name.lower()), None)
