"""What a person reads when there is no page, no right, or a mistake of ours."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def not_allowed(request: HttpRequest, methods: Iterable[str]) -> HttpResponse:
    """Answer a method that the address does not have: mostly a form's address that was typed in."""
    response = render(request, "405.html", status=405)
    response["Allow"] = ", ".join(methods)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was open for too long, or came from another place."""
    return render(request, "403.html", {"stale_form": True}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without asking anything that may be the very thing that failed: no query, no context processor."""
    return render(None, "500.html", status=500)
