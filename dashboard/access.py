"""Who may reach what. Every page finds its objects here: what a person may not see does not exist (404)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from jobs.models import REFUSALS, ROLES_FOR, Act, Asset, Membership, Project, Task, User
from jobs.vendors import CLIENTS

Role = Membership.Role


def get_user(request: HttpRequest) -> User:
    """Return the signed-in person; every page but the open ones has one (LoginRequiredMiddleware)."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def get_projects(user: User) -> QuerySet[Project]:
    """Return the projects that the person is a member of, without the trash."""
    return Project.objects.kept().filter(memberships__user_id=user.pk)


def get_project(user: User, slug: str) -> Project:
    return get_object_or_404(get_projects(user), slug=slug)


def get_trashed_project(user: User, slug: str) -> Project:
    """Return a project that lies in the trash, to one of its owners."""
    trashed = Project.objects.trashed().filter(memberships__user_id=user.pk, memberships__role=Role.OWNER)
    return get_object_or_404(trashed, slug=slug)


def get_asset(user: User, pk: int) -> Asset:
    return get_object_or_404(_assets(user).kept(), pk=pk)


def get_asset_or_trashed(user: User, pk: int) -> Asset:
    """Return an asset even from its project's trash, which shows posters too and gives things back."""
    return get_object_or_404(_assets(user), pk=pk)


def get_visible_tasks(user: User) -> QuerySet[Task]:
    """Return the tasks of all the projects that the person is a member of."""
    return Task.objects.filter(project__in=get_projects(user))


def get_task(user: User, pk: int) -> Task:
    return get_object_or_404(get_visible_tasks(user).select_related("project", "created_by"), pk=pk)


def get_own_tasks(user: User) -> QuerySet[Task]:
    """Return the tasks that the person started, in the projects that they are still a member of."""
    return get_visible_tasks(user).filter(created_by=user)


def get_membership(user: User, project: Project) -> Membership:
    membership = project.memberships.filter(user_id=user.pk).first()
    if membership is None:
        raise Http404
    return membership


def can(user: User, project: Project, act: Act) -> bool:
    """Tell whether the person may `act` in the project; False for strangers."""
    membership = project.memberships.filter(user_id=user.pk).first()
    return membership is not None and membership.allows(act)


def check(user: User, project: Project, act: Act) -> None:
    """Refuse a member who may look but not `act`.

    :raises PermissionDenied: with a sentence for the person
    """
    if not can(user, project, act):
        raise PermissionDenied(REFUSALS[act])


def _assets(user: User) -> Any:
    return Asset.objects.select_related("project", "created_by").filter(project__in=get_projects(user))


def list_account_vendors(user: User) -> list[str]:
    """Return the vendors whose accounts the person may look into.

    An account is the whole team's: it is open to those who may spend its credits in some project, and to the staff.
    """
    memberships = Membership.objects.filter(user_id=user.pk, role__in=ROLES_FOR["spend"], may_spend=True)
    if not user.is_staff and not memberships.filter(project__trashed_at=None).exists():
        return []
    return [vendor for vendor, client in CLIENTS.items() if client.lists]


def get_editable_projects(user: User) -> QuerySet[Project]:
    """Return the projects whose files the person may change."""
    return get_projects(user).filter(pk__in=list_editable_pks(user))


def list_editable_pks(user: User) -> set[int]:
    """Return the projects whose files the person may change."""
    memberships = Membership.objects.filter(user_id=user.pk, role__in=ROLES_FOR["edit"])
    return set(memberships.values_list("project_id", flat=True))
