"""The trash: what was deleted and can come back."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.paging import count_up_to, get_page
from jobs.models import Asset, Membership, Project

PAGE_SIZE = 48


@require_safe
def trash(request: HttpRequest) -> HttpResponse:
    """Show the deleted projects that the person owns, and the deleted files of all their projects."""
    user = access.get_user(request)
    owned = Project.objects.trashed().filter(memberships__user_id=user.pk, memberships__role=Membership.Role.OWNER)
    assets = Asset.objects.filter(project__in=[item.project_id for item in access.list_memberships(user)])
    editable = access.list_editable_pks(user)
    return render_trash(request, assets, {"trashed_projects": owned.order_by("-trashed_at"), "editable": editable})


@require_safe
def project_trash(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    context = {"project": project, "editable": access.list_editable_pks(user)}
    return render_trash(request, Asset.objects.filter(project=project), context)


def render_trash(request: HttpRequest, assets: QuerySet[Asset], context: dict[str, object]) -> HttpResponse:
    rows = assets.filter(trashed_at__isnull=False)
    page = get_page(rows.select_related("project"), request.GET, size=PAGE_SIZE, by="-trashed_at")
    section = "projects" if context.get("project") else "trash"
    context |= {"page": page, "page_query": "?", "count": count_up_to(trash=rows)["trash"], "section": section}
    return render(request, "projects/trash.html", context)
