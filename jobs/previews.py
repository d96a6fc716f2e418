"""Posters, light models and facts, made after a file is stored: by Pillow for pictures, by the engine for models."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from PIL import Image, ImageOps

from engine import client as engine
from jobs import files, glb_maps, leases, queue, uvs, verdicts
from jobs.models import Asset
from jobs.shared_flags import is_stopping
from jobs.vendors.reading import clean_text

POSTER_PX = 640
LIGHT_OVER_BYTES = 8_000_000
TRIES_MAX = 3
SLOT = "preview"
SLOT_S = 1_200.0  # a dead holder on this machine is noticed at once
ENGINE_TIMEOUT_S = 240.0
PICTURE_BUSY = timedelta(seconds=20)
MODEL_BUSY = timedelta(seconds=5)  # the slot keeps others away; this is how soon a killed one is tried again
PICTURES_AT_ONCE = 8
VALIDATED = frozenset({"glb", "gltf"})
# What another try cannot change.
LASTING = frozenset({"refused", "unreadable", "unsupported"})
FACT_LENGTH = 500
"""So many signs of a text out of a file are kept."""


def retry_lacking() -> int:
    """Try again what waited for an engine, if there is one now; return how many."""
    lacking = Asset.objects.filter(preview=Asset.Preview.LACKING)
    values = {"preview": Asset.Preview.WAITING, "preview_tries": 0, "preview_problem": ""}
    return lacking.update(**values) if engine.is_available() else 0


def get_due(*, now: datetime) -> list[int]:
    """Return which files should be hinted at now: some pictures, and one model if none is being worked on."""
    pictures = find_waiting(now).exclude(kind=Asset.Kind.MODEL).values_list("pk", flat=True)[:PICTURES_AT_ONCE]
    return [*pictures, *(find_next_model(now) if leases.is_free(SLOT, now=now) else [])]


def find_waiting(now: datetime) -> QuerySet[Asset]:
    return Asset.objects.filter(preview=Asset.Preview.WAITING, preview_next_at__lte=now).order_by("pk")


def find_next_model(now: datetime) -> list[int]:
    return list(find_waiting(now).filter(kind=Asset.Kind.MODEL).values_list("pk", flat=True)[:1])


def make_preview(pk: int) -> None:
    """Make poster, light model and facts of a file, unless somebody is at it."""
    asset = Asset.objects.filter(pk=pk, preview=Asset.Preview.WAITING, preview_next_at__lte=timezone.now()).first()
    if asset is None or _copy_from_twin(asset):
        return
    if asset.kind != Asset.Kind.MODEL:
        if _take(asset):
            _finish(asset, lambda: preview_picture(asset))
        return
    if not leases.take(SLOT, seconds=SLOT_S):
        return  # who holds it sends the next hint
    try:
        if _take(asset):
            _finish(asset, lambda: preview_model(asset))
    finally:
        leases.release(SLOT)
    for other in find_next_model(timezone.now()):
        queue.send(queue.PREVIEW, other)


def _take(asset: Asset) -> bool:
    """Count the try before it is made, so that a file that kills its worker is not tried for ever."""
    mine = Asset.objects.filter(pk=asset.pk, preview=Asset.Preview.WAITING, preview_next_at=asset.preview_next_at)
    if asset.preview_tries >= TRIES_MAX:
        mine.update(preview=Asset.Preview.FAILED, preview_problem=asset.preview_problem or "The preview did not end.")
        return False
    until = timezone.now() + (MODEL_BUSY if asset.kind == Asset.Kind.MODEL else PICTURE_BUSY)
    return bool(mine.update(preview_next_at=until, preview_tries=F("preview_tries") + 1))


def _copy_from_twin(asset: Asset) -> bool:
    """Take over what was made for the same content before."""
    twin = Asset.objects.filter(sha256=asset.sha256, preview=Asset.Preview.READY).exclude(pk=asset.pk).first()
    if twin is None:
        return False
    return _write_ready(
        asset,
        facts=twin.facts,
        poster_sha256=twin.poster_sha256,
        light_sha256=twin.light_sha256,
        light_size_bytes=twin.light_size_bytes,
        uv_sha256=twin.uv_sha256,
    )


def _write(asset: Asset, **values: Any) -> bool:
    return bool(Asset.objects.filter(pk=asset.pk, preview=Asset.Preview.WAITING).update(**values))


def _write_ready(asset: Asset, **values: Any) -> bool:
    """Write what was made, with the verdict that follows from it, so that whoever waits for the one has the other."""
    values["facts"] = make_storable(values["facts"])
    asset.facts, asset.preview = values["facts"], Asset.Preview.READY
    is_early = asset.task is not None and asset.task.is_open
    verdict = verdicts.build_columns(asset)
    is_written = _write(asset, preview=Asset.Preview.READY, preview_problem="", **values, **verdict)
    if is_written and is_early:  # the task may have ended meanwhile: judge by what is known now
        verdicts.judge(Asset.objects.get(pk=asset.pk))
    return is_written


def make_storable(value: Any) -> Any:
    """Return facts as every database and page takes them: files hold half signs, NULs and numbers that are none."""
    if isinstance(value, dict):
        return {make_storable(name): make_storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [make_storable(item) for item in value]
    if isinstance(value, str):
        return clean_text(value[:FACT_LENGTH])
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Interrupted(Exception):
    """The worker is to end: the file is given back, and the next worker takes it."""


def _check_stop(progress: float, text: str) -> None:
    if is_stopping():
        raise Interrupted


def _finish(asset: Asset, make: Callable[[], dict[str, Any]]) -> None:
    """Run `make` and write what it gives; a problem is written down and tried again a few times."""
    try:
        values = make()
    except Interrupted:
        _write(asset, preview_tries=asset.preview_tries, preview_next_at=timezone.now())
    except engine.EngineError as error:
        _note_engine_problem(asset, error)
    except files.FileRefused as error:
        _note_problem(asset, error.message, is_lasting=True)
    except files.StorageTrouble as error:
        _note_problem(asset, f"{error.message} {error}", is_lasting=False)
    except OSError as error:
        _note_problem(asset, str(error) or type(error).__name__, is_lasting=False)
    else:
        _write_ready(asset, **values)


def _note_engine_problem(asset: Asset, error: engine.EngineError) -> None:
    if error.kind == "missing":
        _write(asset, preview=Asset.Preview.LACKING, preview_problem=error.message[:300])
    elif error.kind == "busy":
        next_at = timezone.now() + timedelta(seconds=5)
        _write(asset, preview_tries=asset.preview_tries, preview_next_at=next_at)
    else:
        _note_problem(asset, error.message, is_lasting=error.kind in LASTING)


def _note_problem(asset: Asset, problem: str, *, is_lasting: bool) -> None:
    tries = asset.preview_tries + 1
    if is_lasting or tries >= TRIES_MAX:
        _write(asset, preview=Asset.Preview.FAILED, preview_problem=problem[:300])
    else:
        next_at = timezone.now() + timedelta(seconds=5 * 4**tries)
        _write(asset, preview_problem=problem[:300], preview_next_at=next_at)


def preview_picture(asset: Asset) -> dict[str, Any]:
    """Make a picture's poster, at most POSTER_PX wide and high, and its facts."""
    with files.make_temporary_folder() as folder:
        target = folder / "poster.webp"
        with files.open_file(asset.sha256) as stream, Image.open(stream) as image:
            mode = image.mode
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((POSTER_PX, POSTER_PX))
            has_alpha = "A" in mode or "transparency" in image.info
            upright.convert("RGBA" if has_alpha else "RGB").save(target, "WEBP", quality=82)
        poster = files.store(target, kind="image", name="poster")
    facts = {
        "format": asset.format,
        "size_bytes": asset.size_bytes,
        "width": asset.width_px,
        "height": asset.height_px,
        "mode": mode,
        "has_alpha": has_alpha,
    }
    return {"poster_sha256": poster.sha256, "facts": facts}


def validate(asset: Asset, path: Path) -> dict[str, Any]:
    """Return the fact `validator`, where the file is one for Khronos' validator and it can be asked here."""
    found = engine.validate_gltf(path) if asset.extension in VALIDATED else None
    return {"validator": found} if found else {}


def read_maps(path: Path, *, file: str) -> dict[str, Any]:
    """Return the fact `maps`: what lies where in `file` ("original" or "light"), where there is anything."""
    materials = glb_maps.read_maps(path)
    has_any = any(material["maps"] for material in materials)
    return {"maps": {"file": file, "materials": materials}} if has_any else {}


def preview_model(asset: Asset) -> dict[str, Any]:
    """Let the engine make a model's poster, its light GLB where one is needed, and its facts."""
    with (
        files.make_temporary_folder() as out,
        files.get_local_path(asset.sha256) as path,
    ):
        answer = engine.run(
            "preview",
            file=path,
            out=out,
            options={"poster_px": POSTER_PX, "light_over_bytes": LIGHT_OVER_BYTES},
            timeout_s=ENGINE_TIMEOUT_S,
            on_progress=_check_stop,
        )
        is_glb = asset.extension == "glb"
        values: dict[str, Any] = {
            "facts": answer["facts"] | validate(asset, path) | (read_maps(path, file="original") if is_glb else {}),
            "uv_sha256": uvs.hash_layout(path) if is_glb else "",
        }
        if answer.get("poster"):
            values["poster_sha256"] = files.store(out / answer["poster"], kind="image", name="poster").sha256
        if answer.get("light"):
            if not is_glb:
                values["facts"] |= read_maps(out / answer["light"], file="light")
            light = files.store(out / answer["light"], kind="model", name="light")
            values |= {"light_sha256": light.sha256, "light_size_bytes": light.size_bytes}
    return values
