"""One page of a whole gallery as a guest sees it, newest first, with bounded work however many files there are.

Where a right gives all files of a kind, each kind's index is read to the length of a page. Where it gives a part of a
kind (uploads alone, or results alone), a window of the newest files is looked through, and a page that does not fill
says from where the next one goes on.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from django.db.models import QuerySet
from django.http import QueryDict

from dashboard.finding import PAGE_SIZE, PARTS, WINDOW, page_by_number
from dashboard.guests import Guest
from dashboard.paging import Page
from jobs import sharing
from jobs.models import Asset

BESIDE = tuple(kind for kind in Asset.Kind.values if kind not in PARTS)
"""Texture maps stand on the page of their model."""


def get_page(guest: Guest, query: QueryDict, *, kinds: Collection[str] = BESIDE) -> Page[Asset]:
    """Return the page that the address asks for, of the files of these kinds that the guest may see."""
    whole, parted = sort_kinds(guest.rights, kinds)

    def fetch(key: int | None, back: bool) -> tuple[list[Asset], int | None]:
        if parted:
            return _look_through(guest, [*whole, *parted], key, back=back)
        return _merge(guest, whole, key, back=back), None

    return page_by_number(fetch, after=query.get("after", ""), before=query.get("before", ""), size=PAGE_SIZE)


def sort_kinds(rights: Collection[sharing.Right], kinds: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the kinds of which all files are shown, and those of which some may be."""
    has_both = {"models", "sources"} <= set(rights)
    whole = [kind for kind in kinds if _get_key(kind) in rights or (kind == Asset.Kind.MODEL and has_both)]
    is_any = not {"models", "sources"}.isdisjoint(rights)
    return whole, [kind for kind in kinds if kind not in whole] if is_any else []


def _get_key(kind: str) -> sharing.Right:
    return "look" if kind == Asset.Kind.MODEL else "renders"


def _merge(guest: Guest, kinds: Collection[str], key: int | None, *, back: bool) -> list[Asset]:
    found: list[Asset] = []
    for kind in kinds:
        rows = _go_on(Asset.objects.kept().filter(project_id=guest.link.project_id, kind=kind), key, back=back)
        found += rows[: PAGE_SIZE + 1]
    return list(islice(sorted(found, key=lambda asset: asset.pk, reverse=not back), PAGE_SIZE + 1))


def _look_through(
    guest: Guest, kinds: Collection[str], key: int | None, *, back: bool
) -> tuple[list[Asset], int | None]:
    kept = Asset.objects.kept().filter(project_id=guest.link.project_id)
    window = list(_go_on(kept, key, back=back).values_list("pk", flat=True)[: WINDOW + 1])
    shown = guest.get_files().filter(pk__in=window[:WINDOW], kind__in=kinds).order_by("pk" if back else "-pk")
    found = list(shown[: PAGE_SIZE + 1])
    is_end = len(window) <= WINDOW or len(found) > PAGE_SIZE
    return found, None if is_end else window[WINDOW - 1]


def _go_on(rows: QuerySet[Asset], key: int | None, *, back: bool) -> QuerySet[Asset]:
    """Return what stands beyond the number, in the order in which it is read."""
    beyond = rows if key is None else rows.filter(**{"pk__gt" if back else "pk__lt": key})
    return beyond.order_by("pk" if back else "-pk")
