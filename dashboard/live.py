"""One address serves a page to a browser, and to htmx the parts of it that change by themselves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_live(request: HttpRequest, page: str, parts: str, context: dict[str, Any]) -> HttpResponse:
    """Render `page`, or `parts` alone when htmx asks.

    `wants_viewer` is true where the person's page still waits for the 3D view: it comes once, and no later answer
    touches it.
    """
    asked_by_htmx = bool(request.headers.get("HX-Request"))
    context = context | {"wants_viewer": request.GET.get("want") == "viewer"}
    response = render(request, parts if asked_by_htmx else page, context)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store" if asked_by_htmx else "private, no-cache"
    return response
