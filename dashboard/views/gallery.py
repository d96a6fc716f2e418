"""A project's gallery, and what is done to one file from it: rename, delete, undo."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from dashboard import access
from dashboard.forms import AssetNameForm
from dashboard.fragments import is_htmx, render_page
from dashboard.gallery import build_gallery
from dashboard.uploading import get_upload_rules
from dashboard.uses import list_file_uses
from jobs import projects
from jobs.models import Act

ACTS: tuple[Act, ...] = ("edit", "spend", "share", "manage")


@require_safe
def gallery(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    context = build_gallery(project, user, request.GET) | {
        "section": "projects",
        **{f"may_{act}": access.can(user, project, act) for act in ACTS},
        "upload_rules": get_upload_rules(),
    }
    return render_page(request, "projects/gallery.html", "projects/_gallery.html", context)


@require_safe
def actions(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show what can be done with a file: as the items of its card's menu where htmx asks, else on a page of its own."""
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    back = read_path(request, request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    context = {
        "project": asset.project,
        "asset": asset,
        "uses": list_file_uses(asset),
        "next": back or reverse("project", args=[slug]),
        "section": "projects",
        **{f"may_{act}": access.can(user, asset.project, act) for act in ACTS},
    }
    template = "projects/_actions.html" if is_htmx(request) else "projects/actions.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show the name in a form: in a dialog where htmx asks, else on a page of its own."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    asset = access.get_asset(user, pk)
    access.check(user, asset.project, "edit")
    back = get_next(request, reverse("project", args=[project.slug]))
    form = AssetNameForm(request.POST or None, instance=asset)
    if request.method == "POST" and form.is_valid():
        projects.rename_asset(asset, name=form.cleaned_data["name"])
        return HttpResponseClientRedirect(back) if is_htmx(request) else redirect(back)
    template = "projects/_rename.html" if is_htmx(request) else "projects/rename.html"
    context = {"project": project, "asset": asset, "form": form, "next": back}
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    access.check(user, asset.project, "edit")
    projects.trash(asset)
    undo = reverse("asset-restore", args=[slug, pk])
    messages.success(request, f"“{asset.name}” is in the trash.", extra_tags=undo)
    return redirect(get_next(request, reverse("project", args=[asset.project.slug])))


@require_POST
def restore(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    user = access.get_user(request)
    asset = access.get_asset_or_trashed(user, pk)
    access.check(user, asset.project, "edit")
    projects.restore(asset)
    messages.success(request, f"“{asset.name}” is back.")
    return redirect(get_next(request, reverse("project", args=[asset.project.slug])))


def read_path(request: HttpRequest, address: str) -> str:
    """Return the path and query of an address, if it is one of ours."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def get_next(request: HttpRequest, fallback: str) -> str:
    """Return where the person came from, if it is a page of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target.startswith("/") and safe else fallback
