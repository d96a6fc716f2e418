"""Who may reach what: one rule for each address, and the doors by which pages find their objects.

What a person may not see does not exist (404); what they may see and not do is refused with a sentence (403).
`dashboard/door.py` asks `RULES` before any view runs, and refuses an address that has no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from jobs.models import REFUSALS, ROLES_FOR, Act, Asset, Membership, Project, Task, User
from jobs.vendors import CLIENTS

Role = Membership.Role

# --- The rules ---------------------------------------------------------------------------------------------------

Need = Act | Literal["open", "link", "signed-in", "account", "restore", "staff"]
"""What an address asks of a person: an act in the project that it belongs to, or else

open       nothing at all
link       a token in the address; the page itself finds out what it opens, and answers 404 where it opens nothing
signed-in  an account
account    leave to look into a vendor's account (`list_account_vendors`)
restore    to own the project, which lies in the trash
staff      to be one of the staff
"""

WITHOUT_ACCOUNT = frozenset({"open", "link"})


@dataclass(frozen=True)
class Rule:
    """Who may ask for a page (GET, HEAD) and who may send to it (POST); None: there is no such method."""

    get: Need | None = None
    post: Need | None = None
    of: Literal["project", "asset", "task"] | None = None
    """What the address names, and with it the project in which the act is asked for."""


RULES: Mapping[str, Rule] = {
    # Without an account, or before there is one
    "healthz": Rule(get="open"),
    "setup": Rule(get="link", post="link"),
    "vendor-notices": Rule(get="open"),
    "tab-counts": Rule(get="open"),
    "login": Rule(get="open", post="open"),
    "logout": Rule(post="open"),
    "password_reset": Rule(get="open", post="open"),
    "password_reset_done": Rule(get="open"),
    "password_reset_confirm": Rule(get="link", post="link"),
    "password_reset_complete": Rule(get="open"),
    "join": Rule(get="link", post="link"),
    # A guest's link
    "robots": Rule(get="open"),
    "guest": Rule(get="link", post="link"),
    "guest-asset": Rule(get="link"),
    "guest-compare": Rule(get="link"),
    "guest-poster": Rule(get="link"),
    "guest-light": Rule(get="link"),
    "guest-file": Rule(get="link"),
    # A person's own
    "home": Rule(get="signed-in"),
    "preferences": Rule(get="signed-in", post="signed-in"),
    "tasks": Rule(get="signed-in"),
    "tasks-chosen": Rule(get="signed-in", post="signed-in"),  # each task is looked at by itself, as its own page does
    "tasks-undismiss": Rule(post="signed-in"),
    "trash": Rule(get="signed-in"),
    "credits": Rule(get="signed-in"),
    "search": Rule(get="signed-in"),
    "references": Rule(get="signed-in"),
    "reference": Rule(get="signed-in"),
    "project-new": Rule(get="signed-in", post="signed-in"),
    "password_change": Rule(get="signed-in", post="signed-in"),
    "password_change_done": Rule(get="signed-in"),
    # A project
    "project": Rule(get="view", of="project"),
    "project-tasks": Rule(get="view", of="project"),
    "project-trash": Rule(get="view", of="project"),
    "project-settings": Rule(get="view", post="manage", of="project"),
    "project-delete": Rule(post="manage", of="project"),
    "project-restore": Rule(post="restore"),
    "project-members": Rule(get="view", of="project"),
    "member-add": Rule(post="manage", of="project"),
    "member-change": Rule(post="manage", of="project"),
    "member-spending": Rule(post="manage", of="project"),
    "member-remove": Rule(post="manage", of="project"),
    "member-leave": Rule(post="view", of="project"),
    "invitation-new": Rule(post="manage", of="project"),
    "invitation-revoke": Rule(post="manage", of="project"),
    "shares": Rule(get="share", of="project"),
    "share-new": Rule(get="share", post="share", of="project"),
    "share": Rule(get="share", post="share", of="project"),
    "share-revoke": Rule(post="share", of="project"),
    "share-preview": Rule(get="share", of="project"),
    "upload": Rule(get="edit", post="edit", of="project"),
    "task-new": Rule(get="spend", post="spend", of="project"),
    "task-price": Rule(post="spend", of="project"),
    "prompt-improve": Rule(post="spend", of="project"),
    "compare": Rule(get="view", of="project"),
    "compare-keep": Rule(post="edit", of="project"),
    "compare-discard": Rule(post="edit", of="project"),
    "contact-sheet": Rule(get="view", of="project"),
    # Files that were chosen in its gallery
    "selected-compare": Rule(post="view", of="project"),
    "selected-download": Rule(post="view", of="project"),
    "selected-tag": Rule(post="edit", of="project"),
    "selected-pick": Rule(post="edit", of="project"),
    "selected-share": Rule(post="share", of="project"),
    "selected-trash": Rule(post="edit", of="project"),
    "selected-restore": Rule(post="edit", of="project"),
    # A file
    "asset": Rule(get="view", of="asset"),
    "asset-preview": Rule(post="edit", of="asset"),
    "asset-picture": Rule(post="edit", of="asset"),
    "asset-actions": Rule(get="view", of="asset"),
    "asset-rename": Rule(get="edit", post="edit", of="asset"),
    "asset-delete": Rule(post="edit", of="asset"),
    "asset-restore": Rule(post="edit", of="asset"),
    "asset-star": Rule(post="view", of="asset"),
    "asset-pick": Rule(post="edit", of="asset"),
    "comments": Rule(get="view", post="comment", of="asset"),
    "comment-edit": Rule(get="comment", post="comment", of="asset"),
    "comment-resolve": Rule(post="comment", of="asset"),
    "comment-delete": Rule(post="comment", of="asset"),
    "comment-restore": Rule(post="comment", of="asset"),
    "poster": Rule(get="view", of="asset"),
    "light": Rule(get="view", of="asset"),
    "file": Rule(get="view", of="asset"),
    "file-map": Rule(get="view", of="asset"),
    # A task
    "task": Rule(get="view", of="task"),
    "prompt-improved": Rule(get="view", of="task"),
    "task-again": Rule(post="spend", of="task"),
    "task-pair": Rule(get="view", of="task"),
    "task-cancel": Rule(post="edit", of="task"),
    "task-recheck": Rule(post="edit", of="task"),
    "task-fetch": Rule(post="edit", of="task"),
    "task-dismiss": Rule(post="edit", of="task"),
    "task-undismiss": Rule(post="edit", of="task"),
    "task-send-again": Rule(post="spend", of="task"),
    "task-adopt": Rule(post="spend", of="task"),
    "task-delete-at-vendor": Rule(get="spend", post="spend", of="task"),
    # A vendor's account
    "remote-tasks": Rule(get="account"),
    "remote-open": Rule(get="account"),
    "remote-import": Rule(post="account"),
    # The administration: every page of it
    "admin:*": Rule(get="staff", post="staff"),
}


def get_rule(name: str) -> Rule | None:
    """Return the rule of the address called `name`; all of `space:...` may have one, called `space:*`."""
    return RULES.get(name) or RULES.get(f"{name.rpartition(':')[0]}:*")


def enforce(user: User, need: Need, *, of: str | None, named: Mapping[str, Any]) -> None:
    """Refuse who may not do what the address asks of a signed-in person; `named` are the parts of the address.

    :raises Http404: when they may not even know of it
    :raises PermissionDenied: with a sentence for the person
    """
    if need == "staff" and not user.is_staff:
        raise PermissionDenied("The administration is for the staff of this installation.")
    if need == "account" and named["vendor"] not in list_account_vendors(user):
        raise Http404
    if need == "restore":
        get_trashed_project(user, named["slug"])
    if of is not None:
        project = find_project(user, of, named)
        check(user, project, need)  # type: ignore[arg-type]  # an address of something asks for an act


def find_project(user: User, of: str, named: Mapping[str, Any]) -> Project:
    """Return the project of what an address names, to a person who may know of it.

    :raises Http404: when they may not, or when the file is one of another project
    """
    if of == "project":
        return get_project(user, named["slug"])
    project = get_asset_or_trashed(user, named["pk"]).project if of == "asset" else get_task(user, named["pk"]).project
    if named.get("slug", project.slug) != project.slug:
        raise Http404
    return project


# --- What a request has read already -----------------------------------------------------------------------------


@dataclass
class Read:
    """What one request has read, so that the door, the view and its template ask the database once."""

    memberships: dict[tuple[int, int | str], Membership | None] = field(default_factory=dict)
    """By person and project; the project by its number or by its address."""
    assets: dict[tuple[int, int], Asset] = field(default_factory=dict)
    tasks: dict[tuple[int, int], Task] = field(default_factory=dict)
    all_memberships: dict[int, list[Membership]] = field(default_factory=dict)


_read: ContextVar[Read | None] = ContextVar("read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Remember memberships, files and tasks until the request is answered. Outside of it everything is read anew."""
    token = _read.set(Read())
    try:
        yield
    finally:
        _read.reset(token)


def forget() -> None:
    """Read memberships anew from here on: somebody has just joined, left, or got another role."""
    if (read := _read.get()) is not None:
        read.memberships.clear()
        read.all_memberships.clear()


def _find_membership(user: User, key: int | str) -> Membership | None:
    """Return the person's membership in the project with this number or address, as long as it is not in the trash."""
    if isinstance(key, str) and "\0" in key:
        return None  # PostgreSQL refuses to be asked
    read = _read.get()
    if read is not None and (user.pk, key) in read.memberships:
        return read.memberships[user.pk, key]
    column = "project_id" if isinstance(key, int) else "project__slug"
    rows = Membership.objects.select_related("project").filter(user_id=user.pk, **{column: key})
    # A project's page shows all of the person's projects at its side: they are read once, for both.
    listed = list_memberships(user) if read is not None and isinstance(key, str) else []
    membership = next((item for item in listed if item.project.slug == key), None) or rows.first()
    if read is not None:
        read.memberships[user.pk, key] = membership
        if membership is not None:
            read.memberships[user.pk, membership.project_id] = membership
    return membership


# --- The objects -------------------------------------------------------------------------------------------------


def get_user(request: HttpRequest) -> User:
    """Return the signed-in person; every page but the open ones has one (LoginRequiredMiddleware)."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def get_projects(user: User) -> QuerySet[Project]:
    """Return the projects that the person is a member of, without the trash."""
    return Project.objects.kept().filter(memberships__user_id=user.pk)


def get_project(user: User, slug: str) -> Project:
    membership = _find_membership(user, slug)
    if membership is None or membership.project.trashed_at is not None:
        raise Http404
    return membership.project


def get_trashed_project(user: User, slug: str) -> Project:
    """Return a project that lies in the trash, to one of its owners."""
    trashed = Project.objects.trashed().filter(memberships__user_id=user.pk, memberships__role=Role.OWNER)
    return get_object_or_404(trashed, slug=slug)


def get_asset(user: User, pk: int) -> Asset:
    asset = get_asset_or_trashed(user, pk)
    if asset.trashed_at is not None:
        raise Http404
    return asset


def get_asset_or_trashed(user: User, pk: int) -> Asset:
    """Return an asset even from its project's trash, which shows posters too and gives things back."""
    read = _read.get()
    asset = read and read.assets.get((user.pk, pk))
    if not asset:
        asset = get_object_or_404(get_assets(user), pk=pk)
        if read is not None:
            read.assets[user.pk, pk] = asset
    return asset


def get_assets(user: User) -> Any:
    """Return the files of all the projects that the person is a member of, those in the trash too."""
    return Asset.objects.select_related("project", "created_by").filter(project__in=get_projects(user))


def get_visible_tasks(user: User) -> QuerySet[Task]:
    """Return the tasks of all the projects that the person is a member of."""
    return Task.objects.filter(project__in=get_projects(user))


def get_task(user: User, pk: int) -> Task:
    read = _read.get()
    task = read and read.tasks.get((user.pk, pk))
    if not task:
        task = get_object_or_404(get_visible_tasks(user).select_related("project", "created_by"), pk=pk)
        if read is not None:
            read.tasks[user.pk, pk] = task
    return task


def get_own_tasks(user: User) -> QuerySet[Task]:
    """Return the tasks that the person started, in the projects that they are still a member of."""
    return get_visible_tasks(user).filter(created_by=user)


def get_membership(user: User, project: Project) -> Membership:
    membership = _find_membership(user, project.pk)
    if membership is None:
        raise Http404
    return membership


def list_memberships(user: User) -> list[Membership]:
    """Return the person's memberships with their projects, by the projects' names, without the trash."""
    read = _read.get()
    if read is not None and user.pk in read.all_memberships:
        return read.all_memberships[user.pk]
    kept = Membership.objects.select_related("project").filter(user_id=user.pk, project__trashed_at=None)
    found = list(kept.order_by("project__name", "project_id"))
    if read is not None:
        read.all_memberships[user.pk] = found
    return found


def list_pks_for(user: User, act: Act) -> set[int]:
    """Return the projects in which the person may `act`."""
    return {item.project_id for item in list_memberships(user) if item.allows(act)}


def can(user: User, project: Project, act: Act) -> bool:
    """Tell whether the person may `act` in the project; False for strangers."""
    membership = _find_membership(user, project.pk)
    return membership is not None and membership.allows(act)


def check_giving_spending(user: User, project: Project) -> None:
    """Refuse who would give others leave to spend the team's credits, or themselves, without having it.

    :raises PermissionDenied: with a sentence for the person
    """
    if not user.is_staff and not can(user, project, "spend"):
        raise PermissionDenied(
            "You may not spend credits in this project yourself, so you cannot give leave to. "
            "Another owner who may, or the staff, can."
        )


def check(user: User, project: Project, act: Act) -> None:
    """Refuse a member who may look but not `act`.

    :raises PermissionDenied: with a sentence for the person
    """
    if not can(user, project, act):
        raise PermissionDenied(REFUSALS[act])


def list_account_vendors(user: User) -> list[str]:
    """Return the vendors whose accounts the person may look into.

    An account is the whole team's: it is open to those who may spend its credits in some project, and to the staff.
    """
    if not user.is_staff and not list_pks_for(user, "spend"):
        return []
    return [vendor for vendor, client in CLIENTS.items() if client.lists]


def get_editable_projects(user: User) -> QuerySet[Project]:
    """Return the projects whose files the person may change."""
    return get_projects(user).filter(pk__in=list_editable_pks(user))


def list_editable_pks(user: User) -> set[int]:
    """Return the projects whose files the person may change."""
    memberships = Membership.objects.filter(user_id=user.pk, role__in=ROLES_FOR["edit"])
    return set(memberships.values_list("project_id", flat=True))
