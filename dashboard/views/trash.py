"""The trash: what was deleted and can come back."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard import access
from jobs.models import Asset, Membership, Project

PAGE_SIZE = 48


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    """Show the deleted projects that the person owns, and the deleted files of all their projects."""
    user = access.get_user(request)
    owned = Project.objects.trashed().filter(memberships__user_id=user.pk, memberships__role=Membership.Role.OWNER)
    assets = Asset.objects.filter(project__in=access.get_projects(user))
    editable = access.list_editable_pks(user)
    return render_trash(request, assets, {"trashed_projects": owned.order_by("-trashed_at"), "editable": editable})


@require_safe
def project_trash(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    context = {"project": project, "editable": access.list_editable_pks(user)}
    return render_trash(request, Asset.objects.filter(project=project), context)


def render_trash(request: HttpRequest, assets: object, context: dict[str, object]) -> HttpResponse:
    rows = assets.trashed().select_related("project").order_by("-trashed_at", "-pk")  # type: ignore[attr-defined]
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    section = "projects" if context.get("project") else "trash"
    return render(request, "projects/trash.html", context | {"page": page, "section": section})
