"""What is done to several chosen files at once: the boxes of a page send their numbers as `a`."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.finding import read_number
from dashboard.views.gallery import get_next
from jobs import archives, picks, projects, tags
from jobs.models import Asset, Project

AT_MOST = 200
COMPARED = range(2, 5)


@require_POST
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    project, assets = get_chosen(request, slug)
    if len(assets) not in COMPARED:
        messages.info(request, f"Choose two to four files to compare. You have chosen {len(assets)}.")
        return go_back(request, project)
    return redirect(f"{reverse('compare', args=[slug])}?{join(assets)}")


@require_POST
def share(request: HttpRequest, slug: str) -> HttpResponse:
    project, assets = get_chosen(request, slug)
    access.check(access.get_user(request), project, "share")
    if not assets:
        return say_none(request, project)
    return redirect(f"{reverse('share-new', args=[slug])}?{join(assets)}&scope=assets", preserve_request=True)


@require_POST
def download(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Send the originals as one ZIP, made while it is sent."""
    project, assets = get_chosen(request, slug)
    if not assets:
        return say_none(request, project)
    archive = archives.build_archive(assets, title=project.name, now=timezone.now())
    response = StreamingHttpResponse(archive.pieces, content_type="application/zip")
    name = f"{project.slug}-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Length"] = str(archive.size_bytes)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a tag on the files, or take it off (`off`)."""
    project, assets = get_chosen(request, slug, act="edit")
    if not assets:
        return say_none(request, project)
    name = request.POST.get("off") or request.POST.get("tag", "")
    if request.POST.get("off") is not None:
        tags.remove_tag(project, assets, name or request.POST.get("tag", ""))
        messages.success(request, f"{count(assets)} without the tag “{name}”.")
        return go_back(request, project)
    try:
        added = tags.add_tag(project, assets, name)
    except tags.TagRefused as error:
        messages.error(request, f"{error.message} Nothing was changed.")
    else:
        messages.success(request, f"{count(assets)} tagged “{added}”.")
    return go_back(request, project)


@require_POST
def pick(request: HttpRequest, slug: str) -> HttpResponse:
    project, assets = get_chosen(request, slug, act="edit")
    if not assets:
        return say_none(request, project)
    user, now = access.get_user(request), timezone.now()
    for asset in assets:
        if request.POST.get("on"):
            picks.pick(asset, user=user, now=now)
        else:
            picks.unpick(asset)
    done = "picked for the team" if request.POST.get("on") else "no longer picked"
    messages.success(request, f"{count(assets)} {done}.")
    return go_back(request, project)


@require_POST
def trash(request: HttpRequest, slug: str) -> HttpResponse:
    project, assets = get_chosen(request, slug, act="edit")
    if not assets:
        return say_none(request, project)
    for asset in assets:
        projects.trash(asset)
    said = f"“{assets[0].name}” is" if len(assets) == 1 else f"{len(assets)} files are"
    undo = f"{reverse('selected-restore', args=[slug])}?{join(assets)}"
    messages.success(request, f"{said} in the trash.", extra_tags=undo)
    return go_back(request, project)


@require_POST
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring back what was thrown away in one go."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "edit")
    assets = read_chosen(Asset.objects.trashed().filter(project=project), request.GET)
    for asset in assets:
        projects.restore(asset)
    messages.success(request, f"{count(assets)} back." if assets else "Nothing to bring back: it is there already.")
    return go_back(request, project)


def get_chosen(request: HttpRequest, slug: str, *, act: str = "view") -> tuple[Project, list[Asset]]:
    """Return the project and those of its files that were chosen, in the order of the page."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, act)  # type: ignore[arg-type]  # one of access' own words
    rows = Asset.objects.kept().filter(project=project).select_related("task", "created_by").prefetch_related("tags")
    return project, read_chosen(rows, request.POST)


def read_chosen(rows: QuerySet[Asset], values: QueryDict) -> list[Asset]:
    """Return the files whose numbers were sent, `AT_MOST` of them; numbers of others are passed over."""
    texts = [text for value in values.getlist("a") for text in value.split(",")]
    pks = [pk for text in texts[:AT_MOST] if (pk := read_number(text)) is not None]
    found = rows.in_bulk(pks)
    return [found[pk] for pk in dict.fromkeys(pks) if pk in found]


def join(assets: list[Asset]) -> str:
    return urlencode({"a": ",".join(str(asset.pk) for asset in assets)}, safe=",")


def count(assets: list[Asset]) -> str:
    return f"{len(assets)} file{'' if len(assets) == 1 else 's'}"


def say_none(request: HttpRequest, project: Project) -> HttpResponse:
    messages.info(request, "Choose files first: tick their boxes.")
    return go_back(request, project)


def go_back(request: HttpRequest, project: Project) -> HttpResponse:
    return redirect(get_next(request, reverse("project", args=[project.slug])))
