#!/usr/bin/env python3
"""Copy the few front-end files that pages use from node_modules/ to static/vendor/ (which git ignores).

Run it after `npm ci` and `npm run tabler`; it does nothing when none of the lock file, the list of icons, the list of
Tabler's parts and this script has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
TARGET = ROOT / "static" / "vendor"
OWN_ICONS = ROOT / "static" / "icons"
ICON_NAMES = OWN_ICONS / "names.txt"
TABLER_PARTS = ROOT / "scripts" / "tabler.scss"
TABLER_PART = "@tabler/core/patina/tabler.css"
STAMP = TARGET / ".stamp"

# From node_modules/ to static/vendor/. Draco's decoder is fetched by fixed names, so the folder keeps them.
FILES = {
    "@google/model-viewer/dist/model-viewer.min.js": "model-viewer/model-viewer.min.js",
    "three/examples/jsm/libs/draco/gltf/draco_decoder.js": "draco/draco_decoder.js",
    "three/examples/jsm/libs/draco/gltf/draco_decoder.wasm": "draco/draco_decoder.wasm",
    "three/examples/jsm/libs/draco/gltf/draco_wasm_wrapper.js": "draco/draco_wasm_wrapper.js",
    "meshoptimizer/meshopt_decoder.cjs": "meshopt/meshopt_decoder.js",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    TABLER_PART: "tabler/tabler.css",
    "photoswipe/dist/photoswipe.css": "photoswipe/photoswipe.css",
    "photoswipe/dist/photoswipe.esm.min.js": "photoswipe/photoswipe.esm.min.js",
    "photoswipe/dist/photoswipe-lightbox.esm.min.js": "photoswipe/photoswipe-lightbox.esm.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext-wght-normal.woff2",
}
SPRITE = "icons.svg"
ICON_PACKAGE = "@tabler/icons"

# Django's storage wants every file that a comment names; the maps are not copied.
SOURCE_MAP = re.compile(rb"\n?(//|/\*)# sourceMappingURL=[^\n]*")
# Tabler's own build calls its variables --tblr-..., its Sass sources do not.
TABLER_VARIABLE = re.compile(rb"(?<![\w-])--(?=[a-z])(?!bs-)")
OUTER_SVG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
EMPTY_FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


class VendorError(Exception):
    """Something that the copy needs is not there; the text says what to do."""


def build_stamp() -> str:
    """Return a hash of all that decides what is copied."""
    sources = [ROOT / "package-lock.json", Path(__file__), TABLER_PARTS, ICON_NAMES, *sorted(OWN_ICONS.glob("*.svg"))]
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def find_package(source: str) -> str:
    """Return the package's name at the head of a path below node_modules."""
    parts = source.split("/")
    return "/".join(parts[:2]) if source.startswith("@") else parts[0]


def copy_file(source: str, target: str) -> str:
    """Copy one file without its source map's address and return its SHA-256."""
    origin = PACKAGES / source
    if not origin.is_file():
        raise VendorError(f"{source} is not in node_modules: run `npm ci` and `npm run tabler` first.")
    content = origin.read_bytes()
    if origin.suffix in {".js", ".cjs", ".css"}:
        content = SOURCE_MAP.sub(b"", content)
    if source == TABLER_PART:
        content = TABLER_VARIABLE.sub(b"--tblr-", content)
    goal = TARGET / target
    goal.parent.mkdir(parents=True, exist_ok=True)
    goal.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_icon(name: str) -> str:
    """Return an icon as a `<symbol>`: our own drawing if there is one, else Tabler's (`-filled` for its filled one)."""
    own = OWN_ICONS / f"{name}.svg"
    folder, plain = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
    path = own if own.is_file() else PACKAGES / ICON_PACKAGE / "icons" / folder / f"{plain}.svg"
    if not path.is_file():
        raise VendorError(f"static/icons/names.txt: there is no icon {name!r}, neither here nor in {ICON_PACKAGE}.")
    match = OUTER_SVG.search(path.read_text())
    if match is None:
        raise VendorError(f"{path} is not an SVG picture.")
    body = " ".join(EMPTY_FRAME.sub("", match.group(1)).split())
    paint = (
        'fill="currentColor"'
        if folder == "filled" and path != own
        else 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    )
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{body}</symbol>'


def read_icon_names() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in ICON_NAMES.read_text().splitlines())
    return sorted({line for line in lines if line})


def write_sprite() -> str:
    symbols = "\n".join(read_icon(name) for name in read_icon_names())
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'
    (TARGET / SPRITE).write_text(sprite)
    return hashlib.sha256(sprite.encode()).hexdigest()


def describe_packages(hashes: dict[str, str]) -> list[dict[str, object]]:
    """Return version, licence and files of each package, and keep its licence text beside them."""
    files: dict[str, dict[str, str]] = {}
    for source, target in FILES.items():
        files.setdefault(find_package(source), {})[target] = hashes[target]
    files[ICON_PACKAGE] = {SPRITE: hashes[SPRITE]}
    (TARGET / "licences").mkdir(exist_ok=True)
    described = []
    for name, owned in sorted(files.items()):
        about = json.loads((PACKAGES / name / "package.json").read_text())
        for text in (PACKAGES / name).glob("LICEN[SC]E*"):
            shutil.copyfile(text, TARGET / "licences" / f"{name.strip('@').replace('/', '-')}.txt")
        described.append({"package": name, "version": about["version"], "licence": about["license"], "files": owned})
    return described


def vendor() -> bool:
    """Fill static/vendor/ and return True; return False when it is up to date."""
    stamp = build_stamp()
    if STAMP.is_file() and STAMP.read_text() == stamp:
        return False
    if not PACKAGES.is_dir():
        raise VendorError("node_modules is missing: run `npm ci` first.")
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    hashes = {target: copy_file(source, target) for source, target in FILES.items()}
    hashes[SPRITE] = write_sprite()
    (TARGET / "VENDORED.json").write_text(json.dumps(describe_packages(hashes), indent=2) + "\n")
    STAMP.write_text(stamp)
    return True


def main() -> int:
    try:
        changed = vendor()
    except VendorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("static/vendor: copied\n" if changed else "static/vendor: up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
