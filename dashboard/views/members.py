"""Who works in a project: roles, the permission to spend credits, invitations, and leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from dashboard import access
from dashboard.forms import InvitationForm, MemberForm, RoleForm, SpendingForm
from jobs import invitations, projects, sharing
from jobs.models import Invitation, Membership, Project

PAGE_SIZE = 50
INVITATIONS_SHOWN = 100
Role = Membership.Role


def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who is here to every member; an owner changes it."""
    return render_members(request, access.get_project(access.get_user(request), slug))


def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Make somebody a member who has an account."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    form = MemberForm(request.POST, prefix="add")
    if form.is_valid():
        if form.cleaned_data["may_spend"]:
            access.check_giving_spending(user, project)
        try:
            membership = projects.add_member(project, **form.cleaned_data)
        except projects.Refused as error:
            form.add_error("user_name", error.message)
        else:
            messages.success(request, f"{membership.user} is a member now.")
            return redirect("project-members", slug=project.slug)
    return render_members(request, project, add_form=form)


def change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give a member another role."""
    project, membership = find_member(request, slug, pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        could_spend = membership.allows("spend")
        try:
            projects.change_role(membership, role=form.cleaned_data["role"])
            messages.success(request, build_role_text(membership, could_spend=could_spend))
        except projects.Refused as error:
            messages.error(request, error.message)
    return redirect("project-members", slug=project.slug)


def build_role_text(membership: Membership, *, could_spend: bool) -> str:
    text = f"{membership.user}: {membership.get_role_display().lower()}."
    if could_spend and not membership.may_spend:
        return f"{text} They may not spend credits any more."
    if projects.may_use_spending(membership.role) and not membership.may_spend:
        return f"{text} They may not spend credits yet: switch it on if they are to start tasks."
    return text


def change_spending(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let a member spend credits, or stop letting them."""
    project, membership = find_member(request, slug, pk)
    form = SpendingForm(request.POST)
    if form.is_valid():
        may_spend = form.cleaned_data["may_spend"]
        if may_spend:
            access.check_giving_spending(access.get_user(request), project)
        try:
            projects.change_spending(membership, may_spend=may_spend)
            word = "may spend credits now" if may_spend else "may not spend credits any more"
            messages.success(request, f"{membership.user} {word}.")
        except projects.Refused as error:
            messages.error(request, error.message)
    return redirect("project-members", slug=project.slug)


def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project, membership = find_member(request, slug, pk)
    return take_out(request, project, membership)


def leave(request: HttpRequest, slug: str) -> HttpResponse:
    user = access.get_user(request)
    project = access.get_project(user, slug)
    return take_out(request, project, access.get_membership(user, project))


def take_out(request: HttpRequest, project: Project, membership: Membership) -> HttpResponse:
    is_self = membership.user_id == access.get_user(request).pk
    try:
        projects.remove_member(membership)
    except projects.Refused as error:
        messages.error(request, error.message)
        return redirect("project-members", slug=project.slug)
    if is_self:
        messages.success(request, f"You have left “{project.name}”.")
        return redirect("home")
    text = f"{membership.user} is no member any more. What they made stays."
    if links := sharing.count_links_of(membership.user, project, now=timezone.now()):
        what = "A share link of theirs still opens" if links == 1 else f"{links} share links of theirs still open"
        messages.warning(request, f"{text} {what}: look at Share links, and revoke what is to end.")
    else:
        messages.success(request, text)
    return redirect("project-members", slug=project.slug)


def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Make an invitation; its link is there to copy then."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    form = InvitationForm(request.POST, prefix="invite")
    if not form.is_valid():
        return render_members(request, project, invite_form=form)
    if form.cleaned_data["may_spend"]:
        access.check_giving_spending(user, project)
    invitation = invitations.invite(project, by=user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, "The invitation is made. Copy its link and send it.")
    response = redirect("project-members", slug=project.slug)
    response["Location"] += f"#invitation-{invitation.pk}"
    return response


def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    project = access.get_project(access.get_user(request), slug)
    invitation = get_object_or_404(Invitation, project=project, pk=pk)
    if invitations.revoke(invitation, now=timezone.now()):
        messages.success(request, "The invitation is revoked: its link lets nobody in any more.")
    else:
        messages.info(request, "This invitation had ended already.")
    return redirect("project-members", slug=project.slug)


def find_member(request: HttpRequest, slug: str, pk: int) -> tuple[Project, Membership]:
    project = access.get_project(access.get_user(request), slug)
    return project, get_object_or_404(project.memberships.select_related("user", "project"), pk=pk)


def list_members(project: Project, *, name: str) -> QuerySet[Membership]:
    """Return the members by what they may do, owners first, then by name; those alone that are called `name`."""
    rank = Case(
        *(When(role=role, then=Value(place)) for place, role in enumerate(Role.values)), output_field=IntegerField()
    )
    rows = project.memberships.select_related("user").order_by(rank, "user__username")
    if not name:
        return rows
    parts = ("username", "first_name", "last_name")
    return rows.filter(Q.create([(f"user__{part}__icontains", name) for part in parts], connector=Q.OR))


def render_members(
    request: HttpRequest, project: Project, *, add_form: MemberForm | None = None, invite_form: Any = None
) -> HttpResponse:
    user = access.get_user(request)
    may_manage = access.can(user, project, "manage")
    name = request.GET.get("name", "").replace("\0", "").strip()[:80]
    page = Paginator(list_members(project, name=name), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "section": "projects",
        "tab": "members",
        "page": page,
        "name": name,
        "is_long": bool(name) or page.paginator.num_pages > 1,
        "roles": Role.choices,
        "may_manage": may_manage,
        "invitations": list_invitations(request, project) if may_manage else [],
        "add_form": add_form or MemberForm(prefix="add"),
        "invite_form": invite_form or InvitationForm(prefix="invite"),
    }
    is_wrong = any(form is not None and form.errors for form in (add_form, invite_form))
    return render(request, "members/members.html", context, status=422 if is_wrong else 200)


def list_invitations(request: HttpRequest, project: Project) -> list[tuple[Invitation, str]]:
    """Return the open invitations with their addresses, the newest first."""
    rows = invitations.get_open(now=timezone.now()).filter(project=project).select_related("created_by")
    return [
        (row, request.build_absolute_uri(reverse("join", args=[invitations.build_token(row)])))
        for row in rows[:INVITATIONS_SHOWN]
    ]
