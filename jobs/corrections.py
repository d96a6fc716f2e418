"""Values that would fail at a vendor with the files as they are: changed right before a task leaves, and said so.

The form does the same where the files' facts are known by then; a file that was uploaded a moment ago has none.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.claims import write
from jobs.files import StorageTrouble, get_local_path
from jobs.models import Asset, Task
from jobs.operations import AssetLike
from jobs.uvs import has_uvs


@dataclass
class LookedAt:
    """A file with the facts that matter here, read from its bytes where the engine has not looked yet."""

    asset: Asset

    def __post_init__(self) -> None:
        self.pk, self.name, self.kind = self.asset.pk, self.asset.name, self.asset.kind
        self.format, self.extension = self.asset.format, self.asset.extension
        self.size_bytes = self.asset.size_bytes

    @property
    def facts(self) -> Mapping[str, Any]:
        facts = self.asset.facts
        if "has_uvs_everywhere" in facts or self.asset.kind != Asset.Kind.MODEL:
            return facts
        with contextlib.suppress(FileNotFoundError, StorageTrouble), get_local_path(self.asset.sha256) as path:
            return {**facts, "has_uvs_everywhere": has_uvs(path, self.asset.format)}
        return facts


def correct(task: Task) -> None:
    """Make the task's values fit its files."""
    if not task.spec.corrections:
        return
    inputs = task.task_inputs.select_related("asset")
    assets: dict[str, AssetLike] = {item.field: LookedAt(item.asset) for item in inputs}
    for name, correction in task.spec.corrections.items():
        value = task.params.get(name, task.spec.fields[name].initial)
        if (better := correction.correct(value, assets)) is None:
            continue
        changed, reason = better
        if write(task, params={**task.params, name: changed}):
            task.add_note(f"{task.spec.fields[name].label}: {reason}")
