"""A project's links for guests: made with one click, adjusted, seen as guests see them, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access, paging
from dashboard.finding import read_number
from dashboard.guests import start_preview
from dashboard.share_forms import RIGHT_LABELS, ShareForm, count_days_left
from jobs import light_models, sharing
from jobs.models import Asset, Project, SharedAsset, ShareLink

PAGE_SIZE = 50
PREPARED_MAX = 20
"""So many models of a new link are made ready at once; others when a guest opens them."""
MODE_MAX_LENGTH = 20


@require_safe
def shares(request: HttpRequest, slug: str) -> HttpResponse:
    """List the links with how they stand; the newest first."""
    project = get_project(request, slug)
    now = timezone.now()
    page = paging.get_page(get_links(project), request.GET, size=PAGE_SIZE)
    rows = [build_row(request, link, now=now) for link in page.rows]
    context = {"project": project, "section": "projects", "rows": rows, "page": page}
    return render(request, "shares/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what a link would show; make it when asked to: it is there to copy then, and to be adjusted."""
    user, project = access.get_user(request), get_project(request, slug)
    # A form may come with what it shares in its address: a choice in the gallery is sent on from there.
    query = request.GET if request.GET else request.POST
    scope, assets = read_wanted(project, query)
    policy = sharing.get_policy()
    if request.method != "POST":
        context = {"assets": assets, "scope": scope, "mode": read_mode(query), "section": "projects"}
        more = {"project": project, "days": sharing.get_default_days(policy), "rights": describe_rights()}
        return render(request, "shares/new.html", context | more)
    pks = [asset.pk for asset in assets]
    link = sharing.find_repeated(user, project, scope=scope, pks=pks, now=timezone.now())
    if link is None:
        mode = read_mode(query)
        options = {"mode": mode} if mode else {}
        link = sharing.create_link(project=project, user=user, scope=scope, assets=assets, options=options)
        prepare(link, assets)
    return redirect(f"{reverse('share', args=[project.slug, link.pk])}?made")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show the link to copy, with its form."""
    project = get_project(request, slug)
    link = get_link(project, pk)
    now = timezone.now()
    days_left = count_days_left(link, now=now)
    form = ShareForm(request.POST or None, link=link, days_left=days_left)
    if request.method == "POST":
        if link.is_over:
            raise Http404("It has ended; what ended stays ended.")
        if form.is_valid():
            sharing.change_link(link, form.build_wish())
            prepare(link, sharing.get_chosen(link))
            messages.success(request, "The link is changed. Guests meet it so with their next click.")
            return redirect("share", project.slug, link.pk)
    context = {
        "project": project,
        "section": "projects",
        "row": build_row(request, link, now=now),
        "form": form,
        "assets": sharing.get_chosen(link) if link.scope != ShareLink.Scope.GALLERY else [],
        "is_made": "made" in request.GET,
        "rights": describe_rights(),
    }
    return render(request, "shares/share.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project = get_project(request, slug)
    sharing.revoke_link(get_link(project, pk), now=timezone.now())
    messages.success(request, "The link is revoked. Whoever has it finds nothing there now.")
    return redirect("shares", project.slug)


@require_safe
def preview(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Open the link as a guest does: uncounted, and without its password."""
    link = get_link(get_project(request, slug), pk)
    start_preview(request, link)
    return redirect("guest", sharing.make_token(link))


def prepare(link: ShareLink, assets: Sequence[Asset]) -> None:
    """Have light GLBs made of models that guests will look at and may not have, before somebody waits for them."""
    rights = sharing.get_rights(link)
    for asset in assets[:PREPARED_MAX]:
        if sharing.may_see_light(rights, asset) and not sharing.may_have_file(rights, asset):
            light_models.wish(asset, now=timezone.now())


def get_project(request: HttpRequest, slug: str) -> Project:
    """Return the project to somebody who may share what is in it."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "share")
    return project


def get_links(project: Project) -> QuerySet[ShareLink]:
    """Return the project's links, each with the number of its files and the name of the first."""
    places = SharedAsset.objects.filter(link=OuterRef("pk"))
    numbers = places.order_by().values("link").annotate(number=Count("pk")).values("number")
    return project.share_links.select_related("created_by", "project").annotate(
        first_name=Subquery(places.values("asset__name")[:1]), file_count=Subquery(numbers)
    )


def get_link(project: Project, pk: int) -> ShareLink:
    return get_object_or_404(get_links(project), pk=pk)


def build_name(link: Any) -> str:
    """Return what a link is called: its title, or what it shows."""
    if link.title or not link.first_name:
        return str(link.title or link.get_scope_display())
    more = f" and {link.file_count - 1} more" if link.file_count > 1 else ""
    return f"{link.first_name}{more}"


def build_row(request: HttpRequest, link: ShareLink, *, now: datetime) -> dict[str, Any]:
    """Return a link with its address, and how it stands: living, ended or revoked."""
    state = "revoked" if link.revoked_at else "ended" if link.expires_at <= now else "living"
    token = sharing.make_token(link)
    return {
        "link": link,
        "name": build_name(link),
        "state": state,
        "address": request.build_absolute_uri(reverse("guest", args=[token])) if state == "living" else "",
        "rights": [RIGHT_LABELS[right][0] for right in sharing.RIGHTS if right in sharing.get_rights(link)],
        "days_left": count_days_left(link, now=now),
    }


def describe_rights() -> list[tuple[str, str, str, bool]]:
    """Return (name, label, what it means, whether a new link has it) of each right."""
    return [(right, *RIGHT_LABELS[right], right in sharing.DEFAULT_RIGHTS) for right in sharing.RIGHTS]


def read_wanted(project: Project, query: QueryDict) -> tuple[str, list[Asset]]:
    """Return what is to be shared: the scope and its files, in the order of the address.

    :raises Http404: when a file is not there any more, or is another project's
    """
    texts = ",".join(query.getlist("a")).split(",")
    numbers = [number for text in texts if (number := read_number(text)) is not None]
    pks = list(dict.fromkeys(numbers))[: sharing.FILES_MAX]
    scope = query.get("scope", "")
    if scope == ShareLink.Scope.GALLERY or (not scope and not any(texts)):
        return ShareLink.Scope.GALLERY, []
    found = {asset.pk: asset for asset in project.assets.kept().filter(pk__in=pks)}
    if not pks or len(found) < len(pks):
        raise Http404
    assets = [found[pk] for pk in pks]
    is_comparison = scope == ShareLink.Scope.COMPARISON and len(assets) in sharing.COMPARED
    return (ShareLink.Scope.COMPARISON if is_comparison else ShareLink.Scope.ASSETS), assets


def read_mode(query: QueryDict) -> str:
    mode = query.get("mode", "")
    return mode if mode.isalnum() and len(mode) <= MODE_MAX_LENGTH else ""
