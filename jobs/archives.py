"""Several files as one ZIP that is made while it is sent, with a list of what is in it (manifest.json)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from zipstream import ZipStream

from jobs import files
from jobs.models import Asset

COPY_BYTES = 1 << 20
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Archive:
    """A ZIP: its pieces, and how many bytes they will be."""

    pieces: Iterator[bytes]
    size_bytes: int


def build_archive(assets: Iterable[Asset], *, title: str, now: datetime) -> Archive:
    """Pack originals as they are, each under a readable name of its own. A file whose bytes are lost is only listed.

    The assets come with `task`, `created_by` and `tags` at hand.
    """
    stream = ZipStream(sized=True)
    entries, taken = [], {MANIFEST}
    for asset in assets:
        is_there = default_storage.exists(files.get_storage_name(asset.sha256))
        name = find_free_name(asset, taken) if is_there else None
        if name:
            stream.add(_read(asset.sha256), name, size=asset.size_bytes)
        entries.append(describe(asset, name))
    listed = {"title": title, "made_at": now.isoformat(timespec="seconds"), "files": entries}
    stream.add(json.dumps(listed, indent=2, ensure_ascii=False), MANIFEST)
    return Archive(iter(stream), len(stream))


def find_free_name(asset: Asset, taken: set[str]) -> str:
    """Return the file's name as a ZIP may hold it, with a number where it is taken: disks may know no case."""
    stem = files.clean_name(asset.name).replace("\\", "_").replace("/", "_").replace(":", "_")
    name, number = f"{stem}.{asset.extension}", 2
    while name.casefold() in taken:
        name, number = f"{stem} {number}.{asset.extension}", number + 1
    taken.add(name.casefold())
    return name


def describe(asset: Asset, name: str | None) -> dict[str, Any]:
    """Return what the manifest says of a file; nothing in it is secret to who may download the file."""
    task = asset.task
    return {
        "file": name,
        "number": asset.pk,
        "name": asset.name,
        "kind": asset.kind,
        "format": asset.format,
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256,
        "version": asset.version,
        "made_from": asset.parent_id,
        "angle": asset.label or None,
        "tags": [tag.name for tag in asset.tags.all()],
        "pick": asset.picked_at is not None,
        "review": asset.review or None,
        "added_by": str(asset.created_by) if asset.created_by else None,
        "added_at": asset.created_at.isoformat(timespec="seconds"),
        "task": task and {"number": task.pk, "operation": task.operation, "parameters": task.params},
    }


def _read(sha256: str) -> Iterator[bytes]:
    with files.open_file(sha256) as file:
        while piece := file.read(COPY_BYTES):
            yield piece
