"""Finds a finished task's files in Meshy's answers. Source: its page Retexture, read on 2026-11-21.

A format that is not there is an absent key, null or an empty text; textures come as a list of objects, or as one.
"""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from jobs.vendors.base import Companion, RemoteFile
from jobs.vendors.channels import find_channel
from jobs.vendors.reading import as_dict, is_address

MATERIALS = "mtl"
LABEL_MAX_LENGTH = 40
NAME_MAX_LENGTH = 100  # of a key's last part; the whole has its place in a row
SETS_MAX, MAPS_MAX = 20, 20  # one set of four or five is usual


def build_results(raw: Mapping[str, Any]) -> list[RemoteFile]:
    """Return models, texture maps, and the thumbnail that was asked for; the ordinary thumbnail is no result."""
    files = list(_find_models(raw))
    files += [RemoteFile(key=key, url=url, role="texture_map", label=label) for key, label, url in _find_maps(raw)]
    thumbnail = raw.get("alpha_thumbnail_url")
    if is_address(thumbnail):
        files.append(RemoteFile(key="alpha_thumbnail_url", url=str(thumbnail), role="image", label="thumbnail"))
    return files


def _find_models(raw: Mapping[str, Any]) -> Iterator[RemoteFile]:
    urls = {str(name): str(url) for name, url in as_dict(raw.get("model_urls")).items() if is_address(url)}
    for name, url in sorted(urls.items(), key=lambda item: item[0] != "glb"):
        if name != MATERIALS:
            companions = _find_companions(urls, raw) if name == "obj" else ()
            yield RemoteFile(key=f"model_urls.{name[:NAME_MAX_LENGTH]}", url=url, role="model", companions=companions)


def _find_companions(urls: Mapping[str, str], raw: Mapping[str, Any]) -> tuple[Companion, ...]:
    """Return what an OBJ needs beside it: its materials, and the textures that these name."""
    if MATERIALS not in urls:
        return ()
    maps = [Companion(name=_get_name(url), url=url, channel=label) for _, label, url in _find_maps(raw)]
    return Companion(name=_get_name(urls[MATERIALS]), url=urls[MATERIALS], channel=MATERIALS), *maps


def _find_maps(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield key, label and address of each texture map."""
    found = raw.get("texture_urls")
    sets = found if isinstance(found, list) else [found]
    for number, item in enumerate(sets[:SETS_MAX]):
        for name, url in itertools.islice(as_dict(item).items(), MAPS_MAX):
            if is_address(url):
                label = find_channel([str(name)]) or str(name).replace("_", " ")
                label = f"{label} {number + 1}" if number else label
                yield f"texture_urls.{number}.{name[:NAME_MAX_LENGTH]}", label[:LABEL_MAX_LENGTH], str(url)


def _get_name(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name[:100]
