"""The card of two tasks that one wish started; for a browser the way to their comparison."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from dashboard import access
from dashboard.pair_card import build_pair_card


@require_safe
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Give htmx the card as it is now; lead a browser to the comparison, or to the task as long as there is none.

    A page that waits for the comparison (`THEN_COMPARE`) is led there too.
    """
    task = access.get_task(access.get_user(request), pk)
    card = build_pair_card(task)
    if card is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect(card.compare) if card.compare else redirect("task", pk)
    if card.compare and request.GET.get("then") == "compare":
        return HttpResponseClientRedirect(card.compare)
    response = render(request, "tasks/_pair.html", {"task": task, "pair": card})
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response
