"""One address serves a page to a browser and its living part to htmx, which asks again every two seconds.

The part carries a digest of what it shows; when nothing has changed since, the answer is 204 and the page stays as it
is: no flicker, no closed menu, no picture fetched twice.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page (HtmxMiddleware sets it)."""
    return bool(getattr(request, "htmx", False))


def render_page(request: HttpRequest, page: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """Render `page`, which shows `{{ living }}`; or `living` alone (from the template `part`) when htmx asks."""
    context = context | {"here": build_address(request)}
    inside = render_to_string(part, context, request)
    digest = hashlib.sha256(inside.encode()).hexdigest()[:16]
    if is_htmx(request) and request.GET.get("seen") == digest:
        response = HttpResponse(status=204)
    else:
        frame = context | {"inside": inside, "digest": digest, "frame_address": build_address(request, seen=digest)}
        template = "_living.html" if is_htmx(request) else page
        response = render(request, template, frame)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store" if is_htmx(request) else "private, no-cache"
    return response


def build_address(request: HttpRequest, *, seen: str = "") -> str:
    """Return the page's own address, without the digest of an earlier answer and with the one given."""
    query = request.GET.copy()
    query.pop("seen", None)
    if seen:
        query["seen"] = seen
    return f"{request.path}?{query.urlencode()}" if query else request.path
