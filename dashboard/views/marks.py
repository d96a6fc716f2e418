"""A person's star and the team's pick on one file. Script sends them without leaving the page; a form comes back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.views.gallery import get_next
from jobs import picks, stars
from jobs.models import Asset


@require_POST
def star(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    change = stars.star if request.POST.get("on") else stars.unstar
    change(asset, user=user)
    return answer(request, asset)


@require_POST
def pick(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    access.check(user, asset.project, "edit")
    if request.POST.get("on"):
        picks.pick(asset, user=user, now=timezone.now())
    else:
        picks.unpick(asset)
    return answer(request, asset)


def answer(request: HttpRequest, asset: Asset) -> HttpResponse:
    """Say nothing to a script that has shown the mark already; lead a form back to where it was."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect(get_next(request, reverse("asset", args=[asset.project.slug, asset.pk])))
