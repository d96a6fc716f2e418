"""Reads a vendor's list from its newest task back; no rows here, so that threads may call it."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from jobs.vendors.base import Listed, Vendor

PAGE_SIZE = 50
PAGES_MAX = 40


@dataclass
class Listing:
    """What the list holds, by the vendor's ID. `is_complete` says that nothing that was looked for can be missing."""

    items: dict[str, Listed] = field(default_factory=dict)
    is_complete: bool = False


def read_list(
    vendor: Vendor, *, back_to: datetime | None = None, wanted: Iterable[str] = (), pages_max: int = PAGES_MAX
) -> Listing:
    """Read pages until all of `wanted` are seen, or until tasks are older than `back_to`, or to the list's end.

    Tasks move from page to page while new ones come: each counts once.

    :raises VendorError: when a page does not come
    """
    missing = set(wanted)
    looks_for_ids = bool(missing)
    listing = Listing()
    for page in range(1, min(pages_max, PAGES_MAX) + 1):
        found = vendor.fetch_page(page, page_size=PAGE_SIZE)
        listing.items |= {item.status.remote_id: item for item in found if item.status.remote_id}
        missing -= listing.items.keys()
        is_enough = (looks_for_ids and not missing) or (back_to is not None and reaches_back(found, back_to))
        if is_enough or len(found) < PAGE_SIZE:
            listing.is_complete = True
            break
    return listing


def reaches_back(found: list[Listed], back_to: datetime) -> bool:
    """Return whether a page ends before `back_to`; one that is not newest first proves nothing."""
    moments = [item.created_at for item in found]
    known = [moment for moment in moments if moment is not None]
    is_sorted = all(first >= second for first, second in itertools.pairwise(known))
    return bool(known) and len(known) == len(moments) and is_sorted and known[-1] < back_to
