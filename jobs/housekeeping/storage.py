"""Walks over the stored files: what rows refer to and is not there, what is there and no row refers to.

The storage is listed through Django's storage interface, so that it may be any. Files without a row are deleted only
in the local folder: there a file can be taken aside first, looked at again and put back, which an object store cannot.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import Q

from jobs import queue
from jobs.files import get_storage_name
from jobs.housekeeping.findings import CHUNK, Finding, count, pick
from jobs.models import Asset, LightWish

KEPT = timedelta(days=1)  # a file may be stored before its row is written
DOOMED = ".doomed"
HASH = re.compile(r"[0-9a-f]{64}")
FOLDER = re.compile(r"[0-9a-f]{2}")


@dataclass(frozen=True)
class Stray:
    """A stored file that no row refers to."""

    sha256: str
    size_bytes: int


def walk(*, now: datetime, mend: bool = True, delete: bool = False) -> list[Finding]:
    """Compare rows and storage. `mend` makes posters and light models again, `delete` deletes files without a row."""
    wanted = read_hashes()  # before the listing: what is stored after it is not missed
    try:
        stored = list_stored()
    except (OSError, NotImplementedError) as error:
        what = f"The storage cannot be listed ({type(error).__name__})."
        return [Finding("storage", 1, what, is_mended=False, now_do="Look whether the folder is there and readable.")]
    lost = [sha256 for sha256 in sorted(wanted - stored) if not default_storage.exists(get_storage_name(sha256))]
    strays = list(find_strays(stored - read_hashes(), now=now))  # rows read after the listing: none is missed
    found = [*list_lost_originals(lost), *remake_previews(lost, now=now, mend=mend)]
    return found + (delete_strays(strays, now=now) if delete else list_strays(strays))


def read_hashes() -> set[str]:
    """Return every hash that a row refers to."""
    rows = Asset.objects.values_list("sha256", "poster_sha256", "light_sha256")
    found = {sha256 for row in rows.iterator(chunk_size=2_000) for sha256 in row if sha256}
    return found.union(LightWish.objects.exclude(sha256="").values_list("sha256", flat=True))


def list_stored() -> set[str]:
    """Return the hashes of the stored files; put back what a killed deletion left aside.

    :raises OSError: when the storage cannot be read
    """
    found: set[str] = set()
    if isinstance(default_storage, FileSystemStorage) and not Path(default_storage.location).exists():
        return found  # nothing was stored yet
    for folder in default_storage.listdir("")[0]:
        if not FOLDER.fullmatch(folder):
            continue
        for name in default_storage.listdir(folder)[1]:
            if name.endswith(DOOMED) and HASH.fullmatch(name.removesuffix(DOOMED)):
                put_back(name.removesuffix(DOOMED))
                name = name.removesuffix(DOOMED)
            if HASH.fullmatch(name) and name.startswith(folder):
                found.add(name)
    return found


# --- Rows without a file ----------------------------------------------------------------------------------------------


def find_assets(lost: Iterable[str], *columns: str) -> Iterator[Asset]:
    """Yield the files of which one of `columns` is among the lost hashes."""
    hashes = list(lost)
    for start in range(0, len(hashes), CHUNK):
        part = hashes[start : start + CHUNK]
        either = Q()
        for column in columns:
            either |= Q(**{f"{column}__in": part})
        yield from Asset.objects.filter(either).order_by("pk")


def list_lost_originals(lost: list[str]) -> list[Finding]:
    assets = list(find_assets(lost, "sha256"))
    results = [asset.pk for asset in assets if asset.task_id]
    uploads = [asset.pk for asset in assets if not asset.task_id]
    kinds = [
        (
            "lost_results",
            results,
            "result",
            "Run: manage.py housekeeping --fetch-again (free; vendors keep files days).",
        ),
        ("lost_uploads", uploads, "upload", "Put the storage folder back from a backup, or upload the files again."),
    ]
    return [
        Finding(
            key,
            len(pks),
            f"{count(len(pks), word)} whose bytes are not in the storage; the row is there.",
            is_mended=False,
            now_do=now_do,
            examples=pick(pks),
        )
        for key, pks, word, now_do in kinds
        if pks
    ]


def remake_previews(lost: list[str], *, now: datetime, mend: bool) -> list[Finding]:
    """Let posters and light models that are lost be made again, where the original is there."""
    gone = set(lost)
    if mend:  # the next guest's page wishes for it again
        LightWish.objects.filter(sha256__in=lost[:CHUNK]).delete()
    found = find_assets(lost, "poster_sha256", "light_sha256")
    assets = [asset for asset in found if asset.sha256 not in gone and asset.preview != Asset.Preview.WAITING]
    if not assets:
        return []
    for asset in assets if mend else []:
        remake_preview(asset, gone, now=now)
    what = f"{count(len(assets), 'file')} without its poster or light model"
    pks = pick(asset.pk for asset in assets)
    if mend:
        return [Finding("previews", len(assets), f"{what}; they are made again.", is_mended=True, examples=pks)]
    now_do = "Run: manage.py housekeeping (it makes them again)."
    return [Finding("previews", len(assets), f"{what}.", is_mended=False, now_do=now_do, examples=pks)]


def remake_preview(asset: Asset, lost: set[str], *, now: datetime) -> None:
    values: dict[str, Any] = {"preview": Asset.Preview.WAITING, "preview_tries": 0, "preview_next_at": now}
    if asset.poster_sha256 in lost:
        values["poster_sha256"] = ""
    if asset.light_sha256 in lost:
        values |= {"light_sha256": "", "light_size_bytes": None}
    same = Asset.objects.filter(pk=asset.pk, poster_sha256=asset.poster_sha256, light_sha256=asset.light_sha256)
    if same.update(preview_problem="", **values):
        queue.send(queue.PREVIEW, asset.pk)


# --- Files without a row ----------------------------------------------------------------------------------------------


def find_strays(hashes: Iterable[str], *, now: datetime) -> Iterator[Stray]:
    """Yield those that have been there for a day."""
    for sha256 in sorted(hashes):
        name = get_storage_name(sha256)
        with contextlib.suppress(OSError):
            if default_storage.get_modified_time(name) < now - KEPT:
                yield Stray(sha256, default_storage.size(name))


def list_strays(strays: list[Stray]) -> list[Finding]:
    if not strays:
        return []
    size_bytes = sum(stray.size_bytes for stray in strays)
    return [
        Finding(
            "strays",
            len(strays),
            f"{count(len(strays), 'stored file')} ({size_bytes / 1e6:,.1f} MB) without a row.",
            is_mended=False,
            now_do="To delete them: manage.py housekeeping --delete-unreferenced",
            examples=pick(stray.sha256 for stray in strays),
            size_bytes=size_bytes,
        )
    ]


def delete_strays(strays: list[Stray], *, now: datetime) -> list[Finding]:
    if not strays:
        return []
    if not isinstance(default_storage, FileSystemStorage):
        listed = list_strays(strays)[0]
        now_do = "They are not deleted in an object store: what is uploaded in that moment could be lost."
        return [Finding(listed.key, listed.count, listed.text, is_mended=False, now_do=now_do)]
    deleted = [stray for stray in strays if delete_stray(stray.sha256, now=now)]
    size_bytes = sum(stray.size_bytes for stray in deleted)
    text = f"{count(len(deleted), 'stored file')} ({size_bytes / 1e6:,.1f} MB) without a row deleted."
    hashes = pick(stray.sha256 for stray in deleted)
    return [Finding("strays", len(deleted), text, is_mended=True, examples=hashes, size_bytes=size_bytes)]


def delete_stray(sha256: str, *, now: datetime) -> bool:
    """Delete a file unless it is wanted after all.

    It is taken aside first. Who stores the same bytes before that moment makes the file new (files.store), which is
    seen here and it is put back; who comes after it finds no file and stores it again.
    """
    path = Path(default_storage.path(get_storage_name(sha256)))
    aside = path.with_name(f"{sha256}{DOOMED}")
    try:
        path.rename(aside)
        is_new = aside.stat().st_mtime > (now - KEPT).timestamp()
        if is_new or is_referenced(sha256):
            put_back(sha256)
            return False
        aside.unlink()
    except FileNotFoundError:  # another process is at it
        return False
    return True


def is_referenced(sha256: str) -> bool:
    rows = Asset.objects.filter(Q(sha256=sha256) | Q(poster_sha256=sha256) | Q(light_sha256=sha256))
    return rows.exists() or LightWish.objects.filter(sha256=sha256).exists()


def put_back(sha256: str) -> None:
    """Give a file that was taken aside its name again; the same bytes may be there since."""
    path = Path(default_storage.path(get_storage_name(sha256)))
    with contextlib.suppress(FileNotFoundError):
        path.with_name(f"{sha256}{DOOMED}").replace(path)
