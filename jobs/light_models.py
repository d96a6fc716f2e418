"""Light GLBs for guests who may look at a model and not have it.

The team's viewer loads a small GLB as it is, so no light one is made of it (previews.py). Guests without the right to
the file need one. The page that lacks it wishes for it, and asks again while somebody waits: a lost hint is sent once
more by whoever looks next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from engine import client as engine
from jobs import files, leases, previews, queue
from jobs.models import Asset, LightWish

TRIES_MAX = 2
HINT_EVERY = timedelta(seconds=10)
POSTER_PX = 64
"""The engine renders one in any case; nobody sees it."""


def wish(asset: Asset, *, now: datetime) -> bool:
    """Have a light GLB made; return whether it, or the preview that comes first, is on its way."""
    if asset.preview == Asset.Preview.WAITING:
        return True
    if asset.preview != Asset.Preview.READY or asset.light_sha256 or not engine.is_available():
        return False
    entry, _ = LightWish.objects.get_or_create(asset=asset)
    if entry.sha256 or entry.tries >= TRIES_MAX:
        return False
    due = LightWish.objects.filter(pk=entry.pk, next_at__lte=now)
    if due.update(next_at=now + HINT_EVERY):
        queue.send(queue.PREVIEW, asset.pk)
    return True


def put_in(assets: Iterable[Asset]) -> None:
    """Give the models that have no light GLB the one that was made for guests, in memory alone."""
    without = {asset.pk: asset for asset in assets if asset.kind == Asset.Kind.MODEL and not asset.light_sha256}
    for made in LightWish.objects.filter(asset_id__in=without).exclude(sha256="") if without else ():
        asset = without[made.asset_id]
        asset.light_sha256, asset.light_size_bytes = made.sha256, made.size_bytes


def make_wished(pk: int) -> None:
    """Make the light GLB of a file that one is wished for, unless the machine's place for it is taken."""
    entry = LightWish.objects.filter(asset_id=pk, sha256="", tries__lt=TRIES_MAX).select_related("asset").first()
    if entry is None or entry.asset.light_sha256 or not leases.take(previews.SLOT, seconds=previews.SLOT_S):
        return
    try:
        LightWish.objects.filter(pk=entry.pk).update(tries=F("tries") + 1)  # before, so that a deadly file ends
        _make(entry)
    finally:
        leases.release(previews.SLOT)
    for other in previews.find_next_model(timezone.now()) or _find_next():
        queue.send(queue.PREVIEW, other)


def _find_next() -> list[int]:
    """Return the oldest model that guests wait for; one that failed comes after those that did not."""
    waiting = LightWish.objects.filter(sha256="", tries__lt=TRIES_MAX).order_by("tries", "pk")
    return list(waiting.values_list("asset_id", flat=True)[:1])


def _make(entry: LightWish) -> None:
    try:
        values = _copy_from_twin(entry.asset) or _run_engine(entry.asset)
    except (engine.EngineError, files.FileRefused) as error:
        values = {"problem": error.message[:300]}
    except (files.StorageTrouble, OSError) as error:
        values = {"problem": str(error)[:300]}
    LightWish.objects.filter(pk=entry.pk).update(**values)


def _copy_from_twin(asset: Asset) -> dict[str, object]:
    twin = LightWish.objects.filter(asset__sha256=asset.sha256).exclude(sha256="").first()
    return {"sha256": twin.sha256, "size_bytes": twin.size_bytes} if twin else {}


def _run_engine(asset: Asset) -> dict[str, object]:
    with files.make_temporary_folder() as out, files.get_local_path(asset.sha256) as path:
        options = {"poster_px": POSTER_PX, "light_over_bytes": 0}
        answer = engine.run("preview", file=path, out=out, options=options, timeout_s=previews.ENGINE_TIMEOUT_S)
        light = files.store(out / answer["light"], kind="model", name="light")
    return {"sha256": light.sha256, "size_bytes": light.size_bytes}
