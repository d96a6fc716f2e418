"""Projects: the first page, making one, and its settings: name and trash."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access
from dashboard.forms import ProjectForm
from dashboard.fragments import render_page
from dashboard.home import build_home
from dashboard.paging import count_up_to
from dashboard.uploading import get_upload_rules
from jobs import projects
from jobs.models import Project


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
    """Show the name to every member; an owner changes it."""
    project = access.get_project(access.get_user(request), slug)
    form = ProjectForm(request.POST or None, initial={"name": project.name})
    if request.method == "POST" and form.is_valid():
        projects.rename_project(project, name=form.cleaned_data["name"])
        messages.success(request, "The project has its new name. Its address stays the same.")
        return redirect("project-settings", slug=project.slug)
    return render_settings(request, project, form=form)


@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(access.get_user(request), slug)
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


def render_settings(request: HttpRequest, project: Project, *, form: ProjectForm) -> HttpResponse:
    context = {
        "project": project,
        "section": "projects",
        "tab": "project",
        "form": form,
        "may_manage": access.can(access.get_user(request), project, "manage"),
        "file_count": count_up_to(files=project.assets.kept())["files"],
    }
    return render(request, "projects/settings.html", context, status=422 if form.errors else 200)
