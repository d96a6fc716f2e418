"""Tasks as Meshy's answers show them, in both ages of its pages."""

from typing import Any

from sandbox.meshy.assets import RETENTION_S, sign
from sandbox.meshy.profiles import SEED, Profile
from sandbox.parts import Parts
from sandbox.rows import SandboxTask

STATUSES = {
    "PENDING": "PENDING",
    "QUEUED": "PENDING",
    "RUNNING": "IN_PROGRESS",
    "SUCCESS": "SUCCEEDED",
    "FAILED": "FAILED",
    "CANCELLED": "CANCELED",
    "EXPIRED": "EXPIRED",
}
GIVEN_BACK = frozenset({"FAILED", "CANCELLED", "EXPIRED"})
# The page is real, its anchors are invented.
DOCS = "https://docs.meshy.ai/en/api/errors"

# Our word for a failure, or the one that was wished for: the vendor's type and code.
ERRORS = {
    "refused": ("invalid_input", "invalid_input"),
    "unreadable": ("invalid_input", "invalid_input"),
    "unsupported": ("invalid_input", "invalid_input"),
    "invalid_input": ("invalid_input", "invalid_input"),
    "image_too_complex": ("invalid_input", "image_too_complex"),
    "model_missing_uv": ("invalid_input", "model_missing_uv"),
    "model_insufficient_uv": ("invalid_input", "model_insufficient_uv"),
    "moderation_blocked": ("invalid_input", "moderation_blocked"),
    "timeout": ("timeout", "timeout"),
    "format_conversion_failed": ("server_error", "format_conversion_failed"),
    "service_unavailable": ("service_unavailable", ""),
    "busy": ("service_unavailable", ""),
    "missing": ("service_unavailable", ""),
}
OTHER_ERROR = ("server_error", "")


def build_task(task: SandboxTask, profile: Profile, *, parts: Parts, base_url: str) -> dict[str, Any]:
    """The whole task, as retrieve and list give it."""
    is_current = profile is not SEED
    shown: dict[str, Any] = {"id": task.id}
    if is_current:
        shown["type"] = task.flow
    shown |= {"status": STATUSES[task.status], "progress": task.progress}
    shown |= _build_files(task, is_current=is_current, parts=parts, base_url=base_url)
    shown |= _build_echo(task, is_current=is_current, parts=parts, base_url=base_url)
    shown |= _build_moments(task)
    is_waiting = task.status in ("PENDING", "QUEUED")
    shown["preceding_tasks"] = max(0, parts.runner.get_position(task) - 1) if is_waiting else 0
    shown["task_error"] = build_error(task, is_current=is_current)
    if is_current:
        shown["consumed_credits"] = 0 if task.status in GIVEN_BACK else task.cost_credits
    return shown


def build_short(task: SandboxTask) -> dict[str, Any]:
    """What a stream tells of a task that is not done."""
    return {"id": task.id, "progress": task.progress, "status": STATUSES[task.status]}


def _build_files(task: SandboxTask, *, is_current: bool, parts: Parts, base_url: str) -> dict[str, Any]:
    """Formats and maps that a task does not have are absent, not empty."""
    models: dict[str, str] = {}
    textures: dict[str, str] = {}
    shown: dict[str, Any] = {"model_urls": models, "thumbnail_url": "", "texture_urls": []}
    for file in task.files:
        url = sign(task, "output", file.name, parts=parts, base_url=base_url)
        role, _, name = file.role.partition(":")
        if role == "model":
            models[name] = url
        elif role == "texture":
            textures[name] = url
        elif role == "thumbnail":
            shown["thumbnail_url"] = url
        elif is_current:
            shown["alpha_thumbnail_url"] = url
    if textures:
        shown["texture_urls"] = [textures]
    return shown


def _build_echo(task: SandboxTask, *, is_current: bool, parts: Parts, base_url: str) -> dict[str, Any]:
    if task.flow != "retexture":
        return {}
    pictures = [sign(task, "input", key.rpartition("/")[2], parts=parts, base_url=base_url) for key in task.pictures]
    is_multiview = task.params["is_multiview"]
    shown: dict[str, Any] = {
        "text_style_prompt": task.sent.get("text_style_prompt", ""),
        "image_style_url": pictures[0] if pictures and not is_multiview else "",
    }
    if is_multiview and is_current:
        shown["multiview_image_urls"] = pictures
    if not is_current:
        shown["art_style"] = task.sent.get("art_style", "realistic")
    return shown


def _build_moments(task: SandboxTask) -> dict[str, int]:
    """Milliseconds; 0 for what has not come."""
    expires_at = None if task.completed_at is None else task.completed_at + RETENTION_S
    return {
        "created_at": _as_ms(task.created_at),
        "started_at": _as_ms(task.started_at),
        "finished_at": _as_ms(task.completed_at),
        "expires_at": _as_ms(expires_at),
    }


def _as_ms(moment: float | None) -> int:
    return 0 if moment is None else int(moment * 1000)


def build_error(task: SandboxTask, *, is_current: bool) -> dict[str, str]:
    if task.error is None:
        return {"message": ""}
    message = {"message": task.error["message"]}
    if not is_current:
        return message
    kind, code = ERRORS.get(task.error["kind"], OTHER_ERROR)
    if not code:
        return {"type": kind, **message}
    return {"type": kind, "code": code, **message, "doc_url": f"{DOCS}#{code.replace('_', '-')}"}
