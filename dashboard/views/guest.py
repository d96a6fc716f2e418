"""What a guest gets through a link: its page, the page of a file, a comparison, and the files themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_safe

from dashboard.comparing import PANES_MIN, build_comparison, read_wanted
from dashboard.guest_page import build_rows, get_file_page, get_stage, get_wall
from dashboard.guests import Guest, Locked, NoLink, open_link, unlock
from dashboard.views import files
from jobs import light_models, sharing
from jobs.models import Asset, ShareLink

Rest = ParamSpec("Rest")
GuestView = Callable[Concatenate[HttpRequest, Guest, Rest], HttpResponseBase]
ROBOTS = "noindex, nofollow, noarchive, noimageindex"
PAGE_CACHING = "private, no-store"
FILE_CACHING = "private, no-cache"
"""A browser may keep a file and has to ask before it shows it again; nobody between may keep it at all."""
PASSWORD_MAX_LENGTH = 128
STEPS = frozenset({"a", "mode", "show", "after", "before"})
"""An address with one of these is a step of somebody who is here already, and no view of its own."""


def for_guests(view: GuestView[Rest]) -> Callable[Concatenate[HttpRequest, str, Rest], HttpResponseBase]:
    """Let in whom the link lets in, as it is at this moment. All others get one and the same answer."""

    @wraps(view)
    def answer(request: HttpRequest, token: str, *args: Rest.args, **named: Rest.kwargs) -> HttpResponseBase:
        try:
            response = view(request, open_link(request, token, now=timezone.now()), *args, **named)
        except Locked as locked:
            response = answer_locked(request, locked.link, token, is_front=not args and not named)
        except (NoLink, Http404):
            response = build_nothing(request)
        return guard(response)

    return answer


def guard(response: HttpResponseBase) -> HttpResponseBase:
    """Keep what a guest gets out of search engines and of caches that others share."""
    response["X-Robots-Tag"] = ROBOTS
    response["Cache-Control"] = FILE_CACHING if response.has_header("ETag") else PAGE_CACHING
    patch_vary_headers(response, ["Cookie"])
    return response


def build_nothing(request: HttpRequest) -> HttpResponse:
    """Answer a link that is over, was revoked or never was, and a file that a link does not show: always the same."""
    return render(request, "guest/nothing.html", status=404)


def answer_locked(request: HttpRequest, link: ShareLink, token: str, *, is_front: bool) -> HttpResponseBase:
    """Ask for the password where the link's page is wanted; everything behind it is not there yet."""
    if not is_front:
        return build_nothing(request)
    if request.method != "POST":
        return render(request, "guest/password.html", {"token": token})
    return try_password(request, link, token)


@sensitive_variables("password")
def try_password(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    password = request.POST.get("password", "")[:PASSWORD_MAX_LENGTH]
    outcome = unlock(request, link, password, now=timezone.now())
    if outcome == "right":
        return redirect("guest", token)
    wait_s = int(sharing.TRIES_WITHIN.total_seconds())
    context = {"token": token, "outcome": outcome, "wait_minutes": wait_s // 60}
    response = render(request, "guest/password.html", context, status=429 if outcome == "wait" else 422)
    if outcome == "wait":
        response["Retry-After"] = str(wait_s)
    return response


@sensitive_post_parameters("password")
@for_guests
def front(request: HttpRequest, guest: Guest) -> HttpResponseBase:
    """Show what the link is for: one file, several, a gallery or a comparison."""
    if request.method == "POST":  # a password where none is wanted any more
        return redirect(guest.front)
    if request.method == "GET" and not guest.is_preview and STEPS.isdisjoint(request.GET):
        sharing.count_view(guest.link, now=timezone.now())
    if guest.link.scope == ShareLink.Scope.COMPARISON:
        assets = find_wanted(request, guest) if "a" in request.GET else sharing.get_chosen(guest.link)
        return show_comparison(request, guest, assets, str(guest.link.options.get("mode", "")))
    wall = get_wall(guest, request.GET)
    cards = wall["cards"]
    if guest.link.scope == ShareLink.Scope.ASSETS and len(cards) == 1:
        return show_file(request, guest, cards[0].asset, is_front=True)
    return render(request, "guest/wall.html", {"guest": guest} | wall)


@for_guests
def asset(request: HttpRequest, guest: Guest, pk: int) -> HttpResponseBase:
    return show_file(request, guest, guest.get_file(pk), is_front=False)


@for_guests
def compare(request: HttpRequest, guest: Guest) -> HttpResponseBase:
    """Compare files of the link that the guest has chosen."""
    return show_comparison(request, guest, find_wanted(request, guest), "")


def find_wanted(request: HttpRequest, guest: Guest) -> list[Asset]:
    """Return the files that the address names, in its order, as far as the link shows them."""
    wanted = read_wanted(request.GET)
    found = {asset.pk: asset for asset in guest.get_files().filter(pk__in=wanted.pks)}
    return [found[pk] for pk in wanted.pks if pk in found]


def show_file(request: HttpRequest, guest: Guest, asset: Asset, *, is_front: bool) -> HttpResponse:
    light_models.put_in([asset])
    page = get_file_page(guest, asset, now=timezone.now())
    context = {"guest": guest, "file": page, "is_front": is_front, "poll": page.stage.state == "coming"}
    return render(request, "guest/file.html", context)


def show_comparison(request: HttpRequest, guest: Guest, assets: list[Asset], mode: str) -> HttpResponseBase:
    """Show the comparison; fewer than two are a wall, since there is nothing to compare them with."""
    compared = [asset for asset in assets if asset.kind != Asset.Kind.TEXTURE_MAP]
    if len(compared) < PANES_MIN:
        context = {"guest": guest} | get_wall(guest, request.GET)
        return render(request, "guest/wall.html", context | {"too_few": True})
    light_models.put_in(compared)
    states = {get_stage(guest, asset, now=timezone.now()).state for asset in compared}
    context = {
        "guest": guest,
        "comparison": build_comparison(compared, mode=request.GET.get("mode", mode), address=guest.build_address),
        "rows": build_rows(compared),
        "poll": "coming" in states,
    }
    return render(request, "guest/compare.html", context)


@for_guests
def poster(request: HttpRequest, guest: Guest, pk: int, sha256: str) -> HttpResponseBase:
    asset = guest.get_file(pk)
    expected = asset.poster_sha256 if sharing.may_see_poster(guest.rights, asset) else ""
    return files.send(request, asset, sha256, expected=expected, name=f"{asset.name}.webp")


@for_guests
def light(request: HttpRequest, guest: Guest, pk: int, sha256: str) -> HttpResponseBase:
    asset = guest.get_file(pk)
    expected = asset.light_sha256 if sharing.may_see_light(guest.rights, asset) else ""
    return files.send(request, asset, sha256, expected=expected, name=f"{asset.name}-light.glb")


@for_guests
def file(request: HttpRequest, guest: Guest, pk: int, sha256: str, name: str) -> HttpResponseBase:
    asset = guest.get_file(pk)
    expected = asset.sha256 if sharing.may_have_file(guest.rights, asset) else ""
    attach = "download" in request.GET or asset.extension not in files.SHOWN_EXTENSIONS
    return files.send(request, asset, sha256, expected=expected, name=asset.file_name, attach=attach)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out. A guest's page says `noindex` itself, which a robot has to read: a closed one may be listed."""
    return HttpResponse("User-agent: *\nAllow: /s/\nDisallow: /\n", content_type="text/plain")
