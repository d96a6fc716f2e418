"""Did we get what we asked for? Each output beside the parameters that say how it should be.

A verdict is a list of rows `{key, label, asked, got, met}`; `met` is None where it cannot be told. It is a notice and
no failure. Most checks hang on a parameter's name, so that a new operation with the same parameter is judged by them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobs.models import Asset, State, Task

FACES_TOLERANCE = 0.1  # of the target; no vendor's page promises more
QUADS_LEAST = 0.75  # "quad-dominant": small parts and poles stay triangles
MAP_FORMATS = frozenset({"glb", "gltf"})  # files that surely carry their textures
PBR_CHANNELS = ("metallic", "roughness", "normal")
RESOLUTION_PX = {"2k": 2048, "4k": 4096, "8k": 8192}
LOSSY = frozenset({"KHR_draco_mesh_compression", "KHR_mesh_quantization", "EXT_meshopt_compression"})
FORMAT_NAMES = {"jpg": "jpeg"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """An output with its task's parameters as the vendor saw them."""

    asset: Asset
    task: Task

    def get(self, name: str) -> Any:
        """Return what was sent for a parameter, else the vendor's default."""
        item = self.task.spec.fields[name]
        return self.task.params.get(name, item.initial)

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.asset.facts

    @property
    def is_model(self) -> bool:
        return self.asset.kind == Asset.Kind.MODEL

    @cached_property
    def siblings(self) -> list[Asset]:
        """All outputs of this kind, in the order in which they came."""
        return list(self.task.outputs.filter(kind=self.asset.kind).order_by("pk"))

    @property
    def is_first(self) -> bool:
        return bool(self.siblings) and self.siblings[0].pk == self.asset.pk

    @property
    def is_complete(self) -> bool:
        return self.task.state == State.SUCCEEDED

    @cached_property
    def channels(self) -> set[str]:
        found = {channel for item in self.facts.get("textures", []) for channel in item.get("channels", [])}
        return found | ({"metallic", "roughness"} if "metallic_roughness" in found else set())

    def measure_textures(self, channel: str) -> int | None:
        """Return the longer side of the largest texture of this channel; None where the file names none."""
        sizes = [
            max(item.get("width") or 0, item.get("height") or 0)
            for item in self.facts.get("textures", [])
            if channel in item.get("channels", [])
        ]
        return max(sizes, default=0) or None


def build_row(key: str, label: str, *, asked: Any, got: Any, met: bool | None) -> Row:
    return {"key": key, "label": label, "asked": asked, "got": got, "met": met}


# --- What each parameter asks of an output ----------------------------------------------------------------------------


def check_face_count(output: Output) -> Row | None:
    asked, got = output.get("target_face_count"), output.facts.get("faces")
    if not output.is_model or not asked:
        return None
    met = None if got is None else abs(got - asked) <= FACES_TOLERANCE * asked
    return build_row("faces", f"Faces, ± {FACES_TOLERANCE:.0%}", asked=asked, got=got, met=met)


def check_polygon_limit(output: Output) -> Row | None:
    asked, got = output.get("polygon_limit"), output.facts.get("faces")
    if not output.is_model or not asked:
        return None
    return build_row("polygon_limit", "Faces at most", asked=asked, got=got, met=None if got is None else got <= asked)


def check_face_type(output: Output) -> Row | None:
    asked = output.get("face_type")
    faces = output.facts.get("faces")
    if not output.is_model:
        return None
    if not faces:
        return build_row("face_type", "Face type", asked=asked, got=None, met=None)
    share = output.facts.get(f"{asked}s", 0) / faces
    least = QUADS_LEAST if asked == "quad" else 1.0
    label = f"Face type, {least:.0%} or more"
    return build_row("face_type", label, asked=asked, got=f"{asked}s: {share:.0%}", met=share >= least)


def check_export_format(output: Output) -> Row | None:
    asked = output.get("export_format") or ("fbx" if output.get("face_type") == "quad" else "glb")
    return _check_format(output, asked) if output.is_model else None


def check_target_format(output: Output) -> Row | None:
    return _check_format(output, output.get("target_format")) if output.is_model else None


def check_render_format(output: Output) -> Row | None:
    return _check_format(output, output.get("render_format")) if output.asset.kind == Asset.Kind.RENDER else None


def _check_format(output: Output, asked: str) -> Row:
    """Compare with what the bytes are, whatever the file is called."""
    wanted = FORMAT_NAMES.get(asked.lower(), asked.lower())
    got = output.asset.format
    return build_row("format", "Format", asked=wanted.upper(), got=got.upper(), met=got == wanted)


def check_target_formats(output: Output) -> Row | None:
    """Look at all models of the task at once; the first of them carries the row."""
    asked = output.get("target_formats")
    if not output.is_model or not output.is_first or not asked:
        return None
    got = sorted({item.format for item in output.siblings})
    met = set(asked) <= set(got) if output.is_complete else None
    return build_row("formats", "Formats", asked=list(asked), got=got, met=met)


def check_texture_size(output: Output) -> Row | None:
    asked = output.get("texture_size")
    return _check_texture(output, asked) if asked else None


def check_texture_resolution(output: Output) -> Row | None:
    asked = RESOLUTION_PX.get(str(output.get("texture_resolution")).lower())
    return _check_texture(output, asked) if asked else None


def _check_texture(output: Output, asked: int) -> Row | None:
    """Compare the base color: of 8K textures the other maps are smaller (Meshy, Retexture, read 2026-11-21)."""
    if output.asset.kind == Asset.Kind.TEXTURE_MAP and "base color" in output.asset.label:
        got = max(output.asset.width_px or 0, output.asset.height_px or 0)
    elif output.is_model:
        got = output.measure_textures("base_color") or 0
        if not got and (not output.facts or output.asset.format not in MAP_FORMATS):
            return None
    else:
        return None
    return build_row("texture_size", "Texture size", asked=asked, got=got, met=got == asked)


def check_maps(output: Output) -> Row | None:
    """An operation that gives texture maps gives a base color at least, and the PBR maps if it was asked for them."""
    gives_maps = any(item.role == Asset.Kind.TEXTURE_MAP for item in output.task.spec.outputs)
    if not gives_maps or not output.is_model or not output.facts or output.asset.format not in MAP_FORMATS:
        return None
    wants_pbr = "enable_pbr" in output.task.spec.fields and bool(output.get("enable_pbr"))
    asked = ["base_color", *(PBR_CHANNELS if wants_pbr else ())]
    got = [channel for channel in ("base_color", *PBR_CHANNELS) if channel in output.channels]
    words = [[name.replace("_", " ") for name in names] for names in (asked, got)]
    return build_row("maps", "Maps", asked=words[0], got=words[1], met=set(asked) <= set(got))


def check_original_uvs(output: Output) -> Row | None:
    """Say so when UVs were kept; other UVs are told only where no other rounding can be the cause."""
    parent = output.asset.parent
    if not output.is_model or not output.get("enable_original_uv") or parent is None:
        return None
    before, after = parent.facts.get("uv_sha256"), output.facts.get("uv_sha256")
    is_same = before == after if before and after else None
    formats = {parent.format, output.asset.format}
    used = {*parent.facts.get("extensions_used", []), *output.facts.get("extensions_used", [])}
    met = is_same if is_same or (formats == {"glb"} and not used & LOSSY) else None
    return build_row("uvs", "Original UVs", asked=True, got=met, met=met)


def check_resolution(output: Output) -> Row | None:
    if output.asset.kind != Asset.Kind.RENDER:
        return None
    asked = str(output.get("resolution")).lower()
    got = f"{output.asset.width_px}x{output.asset.height_px}"
    return build_row("resolution", "Resolution", asked=asked, got=got, met=got == asked)


def check_angles(output: Output) -> Row | None:
    """Look at all renders of the task at once; the first of them carries the row."""
    asked = output.get("camera_angles") or []
    if output.asset.kind != Asset.Kind.RENDER or not output.is_first or not asked:
        return None
    labels = list(dict.fromkeys(item.label for item in output.siblings if item.label))
    met = set(asked) <= set(labels) if output.is_complete and labels else None
    return build_row("angles", "Angles", asked=list(asked), got=labels, met=met)


def check_image_count(output: Output) -> Row | None:
    """Count all pictures of the task; the first of them carries the row. Of renders, each style has so many."""
    asked = output.get("image_count")
    if output.is_model or output.asset.kind == Asset.Kind.TEXTURE_MAP or not output.is_first or not asked:
        return None
    switches = [name for name in ("enable_rgb_render", "enable_white_render") if name in output.task.spec.fields]
    wanted = asked * max(sum(bool(output.get(name)) for name in switches), 1)
    got = len(output.siblings)
    return build_row("count", "Pictures", asked=wanted, got=got, met=got == wanted if output.is_complete else None)


def check_validator(output: Output) -> Row | None:
    found = output.facts.get("validator")
    if not output.is_model or not found:
        return None
    errors, warnings = found["errors"], found["warnings"]
    words = [
        write_count(errors, "error") if errors else "no errors",
        *([write_count(warnings, "warning")] if warnings else []),
    ]
    got = ", ".join(words)
    return build_row("validator", "glTF validator", asked="no errors", got=got, met=errors == 0)


def write_count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# By the parameter that asks for it; what no parameter asks for is looked at in every output.
CHECKS: Mapping[str, Callable[[Output], Row | None]] = {
    "target_face_count": check_face_count,
    "polygon_limit": check_polygon_limit,
    "face_type": check_face_type,
    "export_format": check_export_format,
    "target_format": check_target_format,
    "target_formats": check_target_formats,
    "texture_size": check_texture_size,
    "texture_resolution": check_texture_resolution,
    "enable_original_uv": check_original_uvs,
    "image_count": check_image_count,
    "camera_angles": check_angles,
    "resolution": check_resolution,
    "render_format": check_render_format,
}
ALWAYS = (check_maps, check_validator)


def build_verdict(asset: Asset) -> list[Row]:
    """Compare an output with what was asked for; empty for uploads, and while a model's facts are being made."""
    task = asset.task
    is_early = asset.kind == Asset.Kind.MODEL and not asset.facts and asset.preview == Asset.Preview.WAITING
    if task is None or is_early:
        return []
    output = Output(asset, task)
    # What was asked for elsewhere is known as far as the vendor repeats it, and its defaults are not known at all.
    names = task.params if task.is_imported else task.spec.fields
    checks = [*(check for name, check in CHECKS.items() if name in names), *ALWAYS]
    return [row for check in checks if (row := check(output)) is not None]


def summarize(rows: Iterable[Row]) -> str:
    """Return the state of a verdict: missed if one row is, met if one is and none is missed, else empty."""
    found = {row["met"] for row in rows}
    if False in found:
        return Asset.VerdictState.MISSED
    return Asset.VerdictState.MET if True in found else ""


def build_columns(asset: Asset) -> dict[str, Any]:
    """Return the columns of the asset's row that hold its verdict."""
    rows = build_verdict(asset)
    return {"verdict": rows, "verdict_state": summarize(rows)}


def judge(asset: Asset) -> list[Row]:
    """Compare an output with what was asked for, and write it down."""
    columns = build_columns(asset)
    Asset.objects.filter(pk=asset.pk).update(**columns)
    asset.verdict, asset.verdict_state = columns["verdict"], columns["verdict_state"]
    return asset.verdict


def judge_outputs(task: Task) -> None:
    """Judge all outputs of a task that is done: only now it is known how many came."""
    for asset in task.outputs.select_for_update().order_by("pk"):  # a preview may be writing its facts
        asset.task = task
        judge(asset)
