"""What a task has come to, as plain data: for `run_operation --json` and for the pages."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from jobs.files import open_file
from jobs.models import END_STATES, Asset, Task

TEXT = "text"
Paths = dict[int | str, str]  # where outputs were copied to, by the asset's number, or TEXT


def is_settled(task: Task) -> bool:
    """Return whether the task has ended and every output has its facts, or will never have them."""
    return task.state in END_STATES and not task.outputs.filter(preview=Asset.Preview.WAITING).exists()


def build_report(task: Task, paths: Paths | None = None) -> dict[str, Any]:
    """Return the task as docs/command-line.md tells; `paths` tells where outputs were copied."""
    paths = paths or {}
    error = {"what": task.error_what, "charged": task.error_charged, "now": task.error_now}
    return {
        "task": task.pk,
        "operation": task.operation,
        "state": task.state,
        "remote_id": task.remote_id,
        "error": error if task.error_what else None,
        "credits": task.charged_credits,
        "moments": {state: at.isoformat().replace("+00:00", "Z") for state, at in task.get_moments().items()},
        "outputs": [
            *(build_output(asset, paths.get(asset.pk)) for asset in task.outputs.order_by("pk")),
            *([build_text_output(task, paths.get(TEXT))] if task.result_text else []),
        ],
    }


def build_output(asset: Asset, path: str | None) -> dict[str, Any]:
    return {
        "asset": asset.pk,
        "name": asset.file_name,
        "role": asset.kind,
        "format": asset.format,
        "path": path,
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256,
        "facts": asset.facts,
        "verdict": asset.verdict,
    }


def build_text_output(task: Task, path: str | None) -> dict[str, Any]:
    """Return the words that a task gave back as an output like a file's."""
    content = task.result_text.encode()
    return {
        "asset": None,
        "name": f"{slugify(task.spec.label)}.txt",
        "role": TEXT,
        "format": "txt",
        "text": task.result_text,
        "path": path,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "facts": {},
        "verdict": [],
    }


def save_outputs(task: Task, folder: Path) -> Paths:
    """Copy the outputs into `folder` under readable names and return where each of them is."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: Paths = {}
    for asset in task.outputs.order_by("pk"):
        base, number = slugify(asset.name) or asset.kind, 2
        target = folder / f"{base}.{asset.extension}"
        while str(target) in paths.values():
            target, number = folder / f"{base}-{number}.{asset.extension}", number + 1
        with open_file(asset.sha256) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        paths[asset.pk] = str(target)
    if task.result_text:
        target = folder / build_text_output(task, None)["name"]
        target.write_bytes(task.result_text.encode())
        paths[TEXT] = str(target)
    return paths
