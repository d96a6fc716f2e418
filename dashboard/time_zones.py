"""Writes the times of a page in its viewer's zone: the chosen one, else the browser's (static/js/zone.js)."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"
Answer = Callable[[HttpRequest], HttpResponse]


def use_viewers_zone(get_response: Answer) -> Answer:
    """Activate the viewer's zone for this request; the site's own (TIME_ZONE) where it is not known."""

    def answer(request: HttpRequest) -> HttpResponse:
        name = find_zone(request)
        if not name:
            timezone.deactivate()
            return get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return get_response(request)

    return answer


def find_zone(request: HttpRequest) -> str:
    """Return the name of a zone that there is, or ""."""
    chosen = getattr(getattr(request, "user", None), "time_zone", "")
    for name in (chosen, unquote(request.COOKIES.get(COOKIE, ""))):
        if name in list_zones():
            return name
    return ""


@cache
def list_zones() -> dict[str, str]:
    """Return the names of all zones that have a place or are UTC, each with its words: Europe/Paris, Europe · Paris."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return {name: name.replace("_", " ").replace("/", " · ") for name in ["UTC", *names]}
