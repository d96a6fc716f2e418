"""Projects: the first page, making one, and its settings: name, members, trash."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access
from dashboard.forms import MemberForm, ProjectForm, RoleForm
from dashboard.fragments import render_page
from dashboard.home import build_home
from dashboard.uploading import get_upload_rules
from jobs import projects
from jobs.models import Membership, Project


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = build_home(access.get_user(request), request.GET) | {"section": "projects"}
    return render_page(request, "projects/home.html", "projects/_home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = projects.create_project(user=access.get_user(request), name=form.cleaned_data["name"])
        return redirect("project", slug=project.slug)
    context = {"form": form, "section": "projects", "upload_rules": get_upload_rules()}
    return render(request, "projects/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show name and members to every member; an owner changes them."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    form = ProjectForm(request.POST or None, initial={"name": project.name})
    if request.method == "POST":
        access.check(user, project, "manage")
        if form.is_valid():
            projects.rename_project(project, name=form.cleaned_data["name"])
            messages.success(request, "The project has its new name. Its address stays the same.")
            return redirect("project-settings", slug=project.slug)
    return render_settings(request, project, form=form)


@require_POST
def add_member(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "manage")
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            membership = projects.add_member(project, **form.cleaned_data)
        except projects.Refused as error:
            form.add_error("user_name", error.message)
        else:
            messages.success(request, f"{membership.user} is a member now.")
            return redirect("project-settings", slug=project.slug)
    return render_settings(request, project, member_form=form)


@require_POST
def change_member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project, membership = find_member(request, slug, pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            projects.change_role(membership, role=form.cleaned_data["role"])
            messages.success(request, f"{membership.user}: {membership.get_role_display().lower()}.")
        except projects.Refused as error:
            messages.error(request, error.message)
    return redirect("project-settings", slug=project.slug)


@require_POST
def remove_member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project, membership = find_member(request, slug, pk)
    try:
        projects.remove_member(membership)
    except projects.Refused as error:
        messages.error(request, error.message)
        return redirect("project-settings", slug=project.slug)
    if membership.user_id == access.get_user(request).pk:
        messages.success(request, f"You have left “{project.name}”.")
        return redirect("home")
    messages.success(request, f"{membership.user} is no member any more. What they made stays.")
    return redirect("project-settings", slug=project.slug)


@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "manage")
    projects.trash(project)
    undo = reverse("project-restore", args=[project.slug])
    messages.success(request, f"“{project.name}” is in the trash.", extra_tags=undo)
    return redirect("home")


@require_POST
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_trashed_project(access.get_user(request), slug)
    projects.restore(project)
    messages.success(request, f"“{project.name}” is back.")
    return redirect("project", slug=project.slug)


def find_member(request: HttpRequest, slug: str, pk: int) -> tuple[Project, Membership]:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "manage")
    return project, get_object_or_404(project.memberships.select_related("user"), pk=pk)


def sort_members(membership: Membership) -> tuple[int, str]:
    """Order members by what they may do, owners first, then by name."""
    return Membership.Role.values.index(membership.role), membership.user.username


def render_settings(
    request: HttpRequest, project: Project, *, form: ProjectForm | None = None, member_form: MemberForm | None = None
) -> HttpResponse:
    form = form or ProjectForm(initial={"name": project.name})
    member_form = member_form or MemberForm()
    wrong = bool(form.errors or member_form.errors)
    context = {
        "project": project,
        "section": "projects",
        "form": form,
        "member_form": member_form,
        "members": sorted(project.memberships.select_related("user"), key=sort_members),
        "roles": Membership.Role.choices,
        "may_manage": access.can(access.get_user(request), project, "manage"),
        "file_count": project.assets.kept().count(),
    }
    return render(request, "projects/settings.html", context, status=422 if wrong else 200)
