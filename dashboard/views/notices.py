"""The line above every page that says which vendor does not answer; it asks for itself while the page is open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def vendor_notices(request: HttpRequest) -> HttpResponse:
    """Give the line alone, as it is now; nothing, and no way to the sign-in, where a session has ended meanwhile."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    return render(request, "_vendor_notices.html")
