"""Search over everything that a person may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.searching import build_search


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    user = access.get_user(request)
    response = render(request, "search/search.html", build_search(user, request.GET) | {"section": "search"})
    response["Cache-Control"] = "private, no-cache"
    return response
