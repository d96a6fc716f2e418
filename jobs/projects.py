"""Projects and people: make, rename, join, leave, trash; the first account and the sample project."""

import secrets
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from engine import client as engine
from jobs.lifecycle import add_upload
from jobs.models import Asset, Membership, Project, Setup, User, make_slug

SAMPLE_SLUG = "sample"
SAMPLE_MODEL = "sample"
SAMPLE_NAME = "Robot.glb"


class Refused(Exception):
    """Why a wish cannot be met, in a sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def create_project(*, user: User, name: str) -> Project:
    """Create a project that `user` owns."""
    with transaction.atomic():
        slug = make_slug(name, Project.objects.values_list("slug", flat=True))
        project = Project.objects.create(name=name, slug=slug)
        Membership.objects.create(project=project, user=user, role=Membership.Role.OWNER)
    return project


def rename_project(project: Project, *, name: str) -> None:
    """Give the project another name; its address stays, so that links keep working."""
    project.name = name
    project.save(update_fields=["name"])


def rename_asset(asset: Asset, *, name: str) -> None:
    asset.name = name
    asset.save(update_fields=["name"])


def add_member(project: Project, *, user_name: str, role: str) -> Membership:
    """Make the person called `user_name` a member.

    :raises Refused: when there is no such person, or they are a member already
    """
    user = User.objects.filter(username__iexact=user_name.strip(), is_active=True).first()
    if user is None:
        raise Refused(f"Nobody here is called “{user_name}”. Check the spelling, or ask an administrator to add them.")
    membership, created = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not created:
        raise Refused(f"{user.username} is a member already.")
    return membership


def change_role(membership: Membership, *, role: str) -> None:
    """Give a member another role.

    :raises Refused: when the project would have no owner left
    """
    with transaction.atomic():
        if role != Membership.Role.OWNER:
            _keep_an_owner(membership)
        membership.role = role
        membership.save(update_fields=["role"])


def remove_member(membership: Membership) -> None:
    """Take a member out of the project; what they made stays.

    :raises Refused: when the project would have no owner left
    """
    with transaction.atomic():
        _keep_an_owner(membership)
        membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(project=membership.project, role=Membership.Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
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
