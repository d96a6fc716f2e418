"""Projects and people: make, rename, join, leave, trash; the first account and the sample project."""

import secrets
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from engine import client as engine
from jobs import search
from jobs.lifecycle import add_upload
from jobs.models import ROLES_FOR, Asset, Membership, Project, Setup, User, make_slug

SAMPLE_SLUG = "sample"
SAMPLE_MODEL = "sample"
SAMPLE_NAME = "Robot.glb"


class Refused(Exception):
    """Why a wish cannot be met, in a sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def create_project(*, user: User, name: str) -> Project:
    """Create a project that `user` owns. They may spend credits in it only if somebody gave them that leave before."""
    with transaction.atomic():
        slug = make_slug(name, Project.objects.values_list("slug", flat=True))
        project = Project.objects.create(name=name, slug=slug)
        owner = Membership.Role.OWNER
        Membership.objects.create(project=project, user=user, role=owner, may_spend=has_leave_to_spend(user))
    return project


def has_leave_to_spend(user: User) -> bool:
    """Tell whether the person is one of the staff, or may spend credits in some project."""
    return user.is_staff or user.memberships.filter(role__in=ROLES_FOR["spend"], may_spend=True).exists()


def rename_project(project: Project, *, name: str) -> None:
    """Give the project another name; its address stays, so that links keep working."""
    project.name = name
    project.save(update_fields=["name"])


def rename_asset(asset: Asset, *, name: str) -> None:
    asset.name = name
    asset.save(update_fields=["name"])
    search.index_assets([asset.pk])


def add_member(project: Project, *, user_name: str, role: str, may_spend: bool = False) -> Membership:
    """Make the person called `user_name` a member.

    :raises Refused: when there is no such person, or they are a member already
    """
    user = User.objects.filter(username__iexact=user_name.strip(), is_active=True).first()
    if user is None:
        raise Refused(f"Nobody here is called “{user_name}”. Check the spelling, or send them an invitation.")
    wanted = {"role": role, "may_spend": may_spend and may_use_spending(role)}
    membership, created = Membership.objects.get_or_create(project=project, user=user, defaults=wanted)
    if not created:
        raise Refused(f"{user.username} is a member already.")
    return membership


def may_use_spending(role: str) -> bool:
    """Tell whether a member of this role can use the permission to spend credits."""
    return role in ROLES_FOR["spend"]


def change_role(membership: Membership, *, role: str) -> None:
    """Give a member another role. Who cannot start tasks any more loses the permission to spend: it is given anew.

    :raises Refused: when the project would have no owner left
    """
    with transaction.atomic():
        if role != Membership.Role.OWNER:
            _keep_an_owner(membership)
        membership.may_spend = membership.allows("spend") and may_use_spending(role)
        membership.role = role
        membership.save(update_fields=["role", "may_spend"])


def change_spending(membership: Membership, *, may_spend: bool) -> None:
    """Let a member start tasks, which spends the team's credits, or stop letting them.

    :raises Refused: when their role starts no tasks
    """
    if may_spend and not may_use_spending(membership.role):
        raise Refused("Only owners and editors start tasks. Give another role first.")
    Membership.objects.filter(pk=membership.pk).update(may_spend=may_spend)
    membership.may_spend = may_spend


def remove_member(membership: Membership) -> None:
    """Take a member out of the project; what they made stays.

    :raises Refused: when the project would have no owner left
    """
    with transaction.atomic():
        _keep_an_owner(membership)
        membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    """Refuse a change that would leave the project without anybody who can sign in and manage it.

    Owners who leave at the same moment wait for each other at the project's row.
    """
    project = Project.objects.select_for_update().get(pk=membership.project_id)
    owners = project.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists() and owners.filter(pk=membership.pk).exists():
        raise Refused("A project needs an owner. Make somebody else an owner first.")


def trash(thing: Project | Asset) -> None:
    """Put a project or a file into the trash; nothing is lost, and `restore` brings it back."""
    thing.trashed_at = timezone.now()
    thing.save(update_fields=["trashed_at"])


def restore(thing: Project | Asset) -> None:
    thing.trashed_at = None
    thing.save(update_fields=["trashed_at"])


def make_sample_project(owner: User) -> Project:
    """Return the project `sample` with its model; make what is missing of it, and change nothing else.

    Without the engine the project is made without its model: `manage.py sample_project` adds it later.

    :raises engine.EngineError: when the engine is there and fails
    """
    project = Project.objects.filter(slug=SAMPLE_SLUG).first()
    if project is None:
        with transaction.atomic():
            project = Project.objects.create(name="Sample", slug=SAMPLE_SLUG)
            Membership.objects.create(project=project, user=owner, role=Membership.Role.OWNER)
    if not project.assets.exists():
        _add_sample_model(project, owner)
    return project


def _add_sample_model(project: Project, owner: User) -> None:
    """Add the model that set-up has made; make it now where there is none (half a minute)."""
    with tempfile.TemporaryDirectory(prefix="patina-sample-") as folder:
        path = Path(settings.SAMPLE_MODEL)
        if not path.exists():
            if not engine.is_available():
                return
            path = Path(folder) / engine.run("sample", out=Path(folder), options={"name": SAMPLE_MODEL})["file"]
        with path.open("rb") as file:
            add_upload(project=project, user=owner, file=file, name=SAMPLE_NAME)


def get_setup_token() -> str | None:
    """Return the one-time token of the first-run page; None as soon as there is an account."""
    if User.objects.exists():
        return None
    return Setup.objects.get_or_create(pk=1)[0].token


def create_first_account(*, token: str, username: str, email: str, password: str) -> User:
    """Make the first account, a superuser, and use the token up.

    :raises Refused: when the token is wrong, or an account exists already
    """
    with transaction.atomic():
        setup = Setup.objects.select_for_update().filter(pk=1).first()
        if setup is None or User.objects.exists() or not secrets.compare_digest(setup.token, token):
            raise Refused("This address has been used. Sign in instead.")
        setup.delete()
        return User.objects.create_superuser(username=username, email=email, password=password)
