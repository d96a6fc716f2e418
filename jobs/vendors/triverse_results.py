"""Finds a finished task's files in Triverse's answers, whose shape no page describes.

The main file is the one that `/tasks/url` names. More files are found by walking `output`: every web address in it,
keyed by its place. The main file usually stands there too, under another signature: same path, one file.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from jobs.operations import Operation
from jobs.vendors.base import RemoteFile
from jobs.vendors.channels import find_channel
from jobs.vendors.reading import is_address
from jobs.vendors.triverse_operations import ANGLES

MAIN = "main"
# Pictures of the work, not the work: we make our own posters. Where pictures are the work, `preview` may name them.
NOT_RESULTS = re.compile(r"preview|thumbnail|preprocessed|^input", re.IGNORECASE)
NOT_RENDERS = re.compile(r"thumbnail|preprocessed|^input", re.IGNORECASE)
RENDERS = "rendered_images"
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
MODEL_SUFFIXES = frozenset({".glb", ".gltf", ".fbx", ".obj", ".usdz", ".stl", ".ply", ".3mf", ".zip"})
# Reports and pages that an answer may point to beside its results.
OTHER_SUFFIXES = frozenset({".json", ".txt", ".log", ".csv", ".xml", ".html", ".htm", ".pdf", ".mtl"})
ANGLE_NAMES = tuple(sorted((value for value, _ in ANGLES), key=len, reverse=True))
KEY_MAX_LENGTH = 200


@dataclass(frozen=True)
class Place:
    """An address in the answer and the names that lead to it."""

    names: tuple[str, ...]
    url: str
    label: str = ""
    style: str = ""

    @property
    def key(self) -> str:
        return ".".join(self.names)[-KEY_MAX_LENGTH:]

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.netloc}{parts.path}"


def build_results(main: Mapping[str, Any], raw: Mapping[str, Any], *, operation: Operation) -> list[RemoteFile]:
    """Return all files in the answer's order, a main file that `output` lacks first; `raw` said SUCCESS."""
    role = operation.outputs[0].role
    places = list(_walk(raw.get("output"), (), leave_out=NOT_RENDERS if role == "render" else NOT_RESULTS))
    angles = _read_angles(raw)
    files = {place.key: _build_file(place, role=role, angles=angles) for place in places}
    url = main.get("download_url")
    if is_address(url):
        url = str(url)
        path = Place((MAIN,), url).path
        if all(place.path != path for place in places):
            files = {MAIN: _build_main(url, role), **files}
    return _number_images(list(files.values()))


def _number_images(files: list[RemoteFile]) -> list[RemoteFile]:
    """Tell pictures apart that the vendor gives no names."""
    numbers = itertools.count(1)
    return [
        dataclasses.replace(file, label=f"image {next(numbers)}") if file.role == "image" and not file.label else file
        for file in files
    ]


def _walk(value: Any, names: tuple[str, ...], *, leave_out: re.Pattern[str]) -> Iterator[Place]:
    if isinstance(value, str):
        if is_address(value) and _get_suffix(value) not in OTHER_SUFFIXES:
            yield Place(names, value)
    elif isinstance(value, Mapping):
        hint = _read_hint(value)
        for name, item in value.items():
            if leave_out.search(str(name)):
                continue
            for place in _walk(item, (*names, str(name)), leave_out=leave_out):
                yield Place(place.names, place.url, place.label or hint[0], place.style or hint[1])
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _walk(item, (*names, str(number)), leave_out=leave_out)


def _read_hint(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return angle and style where an object says them beside its address."""
    label = next((item[name] for name in ("angle", "camera_angle", "label", "view") if name in item), "")
    style = next((item[name] for name in ("style", "render_type", "type", "mode") if name in item), "")
    return (label if isinstance(label, str) else "")[:40], (style if isinstance(style, str) else "")[:20]


def _build_file(place: Place, *, role: str, angles: list[str]) -> RemoteFile:
    own_role = _get_role(place, role)
    if own_role == "texture_map":
        channel = find_channel(place.names) or find_channel([_get_stem(place)])
        return RemoteFile(key=place.key, url=place.url, role=own_role, label=channel)
    if own_role != "render":
        return RemoteFile(key=place.key, url=place.url, role=own_role)
    return RemoteFile(
        key=place.key,
        url=place.url,
        role=own_role,
        label=place.label or _find_angle(place) or _get_by_number(place, angles),
        style=place.style or _find_style(place),
    )


def _get_role(place: Place, role: str) -> str:
    words = " ".join(place.names).lower()
    suffix = _get_suffix(place.url)
    is_image, is_model = suffix in IMAGE_SUFFIXES, suffix in MODEL_SUFFIXES
    if not is_image and (is_model or "model" in words):
        return "model"
    if "texture" in words or (role == "model" and find_channel(place.names)):
        return "texture_map"
    if RENDERS in words or "render" in words:
        return "render"
    if is_image or "image" in words:
        return role if role in ("render", "image") else "image"
    return "model"


def _build_main(url: str, role: str) -> RemoteFile:
    if role != "render":
        return RemoteFile(key=MAIN, url=url, role=role)
    place = Place((MAIN,), url)
    return RemoteFile(key=MAIN, url=url, role=role, label=_find_angle(place), style=_find_style(place))


def _get_suffix(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def _get_stem(place: Place) -> str:
    return unquote(PurePosixPath(urlsplit(place.url).path).stem)


def _get_file_words(place: Place) -> str:
    return _get_stem(place).lower().replace("_", "-")


def _find_angle(place: Place) -> str:
    words = f"-{_get_file_words(place)}-"
    return next((name for name in ANGLE_NAMES if f"-{name}-" in words), "")


def _find_style(place: Place) -> str:
    words = f"-{'-'.join(place.names).lower()}-{_get_file_words(place)}-".replace("_", "-")
    return next((style for style in ("white", "rgb") if f"-{style}-" in words), "")


def _read_angles(raw: Mapping[str, Any]) -> list[str]:
    echo = raw.get("input")
    angles = echo.get("camera_angles") if isinstance(echo, Mapping) else None
    return [str(angle)[:40] for angle in angles] if isinstance(angles, list) else []


def _get_by_number(place: Place, angles: list[str]) -> str:
    """Return the angle that was asked for at this place of the list."""
    last = place.names[-1]
    return angles[int(last)] if last.isdigit() and int(last) < len(angles) else ""
