"""Brings the model and the pictures that a request names into the task's own folder."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sandbox.fetching import CannotFetch, fetch, read_url
from sandbox.files import RESULTS_PREFIX, STORAGE_PREFIX, read_suffix
from sandbox.meshy import assets
from sandbox.meshy.answers import invalid
from sandbox.meshy.body import Spill, Spilled
from sandbox.meshy.endpoint import VENDOR, Call
from sandbox.meshy.families import Family
from sandbox.meshy.fields import Written
from sandbox.meshy.inspection import sniff_model
from sandbox.meshy.profiles import SEED
from sandbox.meshy.tasks import is_gone
from sandbox.meshy.validation import Wish
from sandbox.parts import Parts
from sandbox.rows import SandboxTask

# The vendor's listing of its own tools: 400 MB for a model's address. Its client takes pictures up to 20 MB.
MODEL_LIMIT_BYTES = 400 * 10**6
PICTURE_LIMIT_BYTES = 20 * 10**6
MODEL_TYPE = "application/octet-stream"
PICTURE_SUFFIXES = ("jpg", "jpeg", "png")
PICTURE_TYPES = {"image/jpeg": "jpg", "image/jpg": "jpg", "image/png": "png"}
SEED_MODELS = frozenset({"meshy-4", "meshy-5"})


class Sources:
    """The files of one new task. `discard` removes them when the task does not come to be."""

    def __init__(self, call: Call, task_id: str) -> None:
        self._call = call
        self._parts: Parts = call.parts
        self._task_id = task_id
        self._folder = self._parts.files.get_path(f"{assets.INPUTS_PREFIX}{task_id}")

    def discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _get_key(self, name: str) -> str:
        return f"{assets.INPUTS_PREFIX}{self._task_id}/{name}"

    async def take_model(self, wish: Wish, family: Family) -> str:
        """Return the key of the model that the work starts from.

        :raises ApiError: 400, as the vendor's Failure Modes say
        """
        self._folder.mkdir(parents=True)
        if wish.input_task_id:
            return self._take_from_task(wish.input_task_id, family)
        assert wish.model is not None
        return await asyncio.to_thread(self._take, wish.model, "model", self._take_model_data, self._check_model_suffix)

    def _take_from_task(self, task_id: str, family: Family) -> str:
        task = self._parts.store.tasks.get(task_id.lower())
        if (
            task is None
            or is_gone(task, self._parts)
            or (task.account_id, task.vendor) != (self._call.account.id, VENDOR)
        ):
            raise invalid("input_task_id: no task of yours has this id")
        if task.status != "SUCCESS" or task.flow not in family.inputs:
            raise invalid(f"input_task_id must be a SUCCEEDED task of {', '.join(sorted(family.inputs))}")
        if self._call.profile is SEED and task.params.get("ai_model", "meshy-5") not in SEED_MODELS:
            raise invalid("input_task_id must have been made with meshy-4 or meshy-5")
        return self._link(self._find_model_of(task), "model.glb")

    def _find_model_of(self, task: SandboxTask) -> Path:
        path = self._parts.files.get_path(f"{RESULTS_PREFIX}{task.id}/{assets.BASE_MODEL}")
        if not path.is_file():
            raise invalid("input_task_id: the task has no model")
        return path

    async def take_picture(self, written: Written, number: int) -> str:
        """Return the key of a picture that guides the work.

        :raises ApiError: 400, it is no JPEG or PNG by its extension or type, or cannot be had
        """
        name = f"style_{number}"
        return await asyncio.to_thread(self._take, written, name, self._take_picture_data, _check_picture_suffix)

    def _take(
        self, written: Written, name: str, take_data: Callable[[Spilled, str], str], check: Callable[[str], None]
    ) -> str:
        if isinstance(written, Spilled):
            return take_data(written, name)
        if written.startswith("data:"):
            spill = Spill(written, self._folder / "data")
            spill.close()
            return take_data(spill.file, name)
        if not written.startswith(("http://", "https://")):
            raise invalid("Files must be named by a public URL or a data URI")
        try:
            url = read_url(written)
        except CannotFetch as error:
            raise invalid(str(error)) from error
        suffix = read_suffix(url.path)
        check(suffix)
        return self._take_from_url(written, f"{name}.{suffix}")

    def _check_model_suffix(self, suffix: str) -> None:
        if suffix not in self._call.profile.suffixes:
            raise invalid(f"Invalid model file extension: .{suffix}")

    def _take_model_data(self, data: Spilled, name: str) -> str:
        if data.problem:
            raise invalid(data.problem)
        if data.media_type != MODEL_TYPE:
            raise invalid(f"Models must be data URIs of {MODEL_TYPE}; got {data.media_type[:60]}")
        suffix = sniff_model(data.path)
        self._check_model_suffix(suffix)
        return self._move(data.path, f"{name}.{suffix}")

    def _take_picture_data(self, data: Spilled, name: str) -> str:
        if data.problem:
            raise invalid(data.problem)
        if data.media_type not in PICTURE_TYPES:
            raise invalid(f"Invalid image type: {data.media_type[:60]}. Use image/jpeg or image/png")
        if data.size_bytes > PICTURE_LIMIT_BYTES:
            raise invalid(f"An image may have {PICTURE_LIMIT_BYTES // 10**6} MB")
        return self._move(data.path, f"{name}.{PICTURE_TYPES[data.media_type]}")

    def _take_from_url(self, written: str, name: str) -> str:
        limit_bytes = MODEL_LIMIT_BYTES if name.startswith("model.") else PICTURE_LIMIT_BYTES
        url = read_url(written)
        if url.path.startswith(STORAGE_PREFIX):
            key = self._parts.files.find_signed(url)
            own = None if key is None else self._parts.files.get_path(key)
        elif url.path.startswith(assets.ASSETS_PREFIX):
            own = assets.find_signed(url, self._parts)
        else:
            try:
                fetch(written, self._folder / name, limit_bytes=limit_bytes)
            except CannotFetch as error:
                raise invalid(f"{name.partition('.')[0]} could not be downloaded. {error}") from error
            return self._get_key(name)
        if own is None:
            raise invalid("The URL could not be downloaded: it has expired, or its signature is wrong")
        return self._link(own, name)

    def _move(self, path: Path, name: str) -> str:
        path.rename(self._folder / name)
        return self._get_key(name)

    def _link(self, path: Path, name: str) -> str:
        os.link(path, self._folder / name)
        return self._get_key(name)


def _check_picture_suffix(suffix: str) -> None:
    if suffix not in PICTURE_SUFFIXES:
        raise invalid(f"Invalid image file extension: .{suffix}")
