"""The page of one file: a model in the viewer beside its renders, or a picture."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard import access
from dashboard.asset_page import Page, build_page
from dashboard.commenting import CommentForm, build_comments
from dashboard.live import render_live
from dashboard.uses import find_words_field, list_file_uses
from jobs import lifecycle
from jobs.models import Asset

POLL = "2s"
POLL_LATER = "5s"
LATER = timedelta(minutes=2)
PREVIEW_PATIENCE = timedelta(minutes=30)
"""So long after a file came its page still waits for poster and facts."""


@require_safe
def detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show the file. htmx gets what changes by itself: the panel, the lineage, and the viewer while it is awaited."""
    asset = access.get_asset(access.get_user(request), pk)
    if asset.project.slug != slug:
        raise Http404("This file belongs to another project.")
    if asset.kind != Asset.Kind.MODEL:
        return render(request, "assets/picture.html", build_picture_context(request, asset))
    context = build_model_context(request, asset, now=timezone.now())
    return render_live(request, "assets/model.html", "assets/_live.html", context)


@require_POST
def remake_preview(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make poster, facts and light GLB once more, where that failed."""
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    access.check(user, asset.project, "edit")
    lifecycle.remake_preview(asset)
    return redirect("asset", asset.project.slug, asset.pk)


def build_context(request: HttpRequest, asset: Asset) -> dict[str, Any]:
    user = access.get_user(request)
    asset.is_starred = asset.stars.filter(user=user).exists()  # type: ignore[attr-defined]  # as with_marks adds it
    return {
        "section": "projects",
        "project": asset.project,
        "asset": asset,
        "asset_tags": asset.tags.all(),
        "can_edit": access.can(access.get_user(request), asset.project, "edit"),
        "can_spend": access.can(access.get_user(request), asset.project, "spend"),
        "can_share": access.can(user, asset.project, "share"),
        "can_comment": access.can(user, asset.project, "comment"),
        "can_manage": access.can(user, asset.project, "manage"),
        "comments": build_comments(asset, user),
        "comment_form": CommentForm(),
    }


def build_model_context(request: HttpRequest, asset: Asset, *, now: datetime) -> dict[str, Any]:
    page = build_page(asset)
    return build_context(request, asset) | {"page": page, "poll": get_poll_interval(asset, page, now=now)}


def build_picture_context(request: HttpRequest, asset: Asset) -> dict[str, Any]:
    """Return what the page of a picture needs, with the model that it shows where there is one."""
    parent = asset.parent if asset.parent and asset.parent.trashed_at is None else None
    siblings = Asset.objects.kept().filter(task_id=asset.task_id, kind=asset.kind) if asset.task_id else []
    return build_context(request, asset) | {
        "made_from": parent,
        "siblings": siblings,
        "next_steps": list_file_uses(asset),
        "words": asset.task.params.get(find_words_field(asset.task.spec), "") if asset.task else "",
    }


def get_poll_interval(asset: Asset, page: Page, *, now: datetime) -> str:
    """Return htmx's interval: a task runs, or posters and facts are being made; "" when nothing changes by itself."""
    renders = (tile.asset for sheet in page.sheets for tile in sheet.tiles if tile.asset)
    awaited = (asset, *renders, *(version.asset for version in page.versions))
    newest = [now - item.created_at for item in awaited if item.preview == Asset.Preview.WAITING]
    is_awaited = bool(newest) and min(newest) < PREVIEW_PATIENCE
    if not page.running and not is_awaited:
        return ""
    age = min([*newest, *(now - task.created_at for task in page.running)])
    return POLL if age < LATER else POLL_LATER
