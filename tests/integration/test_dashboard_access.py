"""What the rules rest on: deleted projects, members who left, addresses that name two projects."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dashboard import access
from jobs.models import Asset, Membership, Project, User
from tests.conftest import sign_in
from tests.factories import MembershipFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(project: Project) -> Asset:
    return store_shown_cube(project, name="secret cube")


@pytest.fixture
def addresses(asset: Asset) -> dict[str, str]:
    """The addresses of these pages by name, all for one project and its one file."""
    slug, pk = asset.project.slug, asset.pk
    arguments: dict[str, list[object]] = {
        **{name: [slug] for name in ("project", "upload", "project-delete")},
        "file": [pk, asset.sha256, asset.file_name],
        "poster": [pk, asset.poster_sha256],
        "light": [pk, asset.light_sha256],
    }
    return {name: reverse(name, args=values) for name, values in arguments.items()}


def test_a_refusal_says_what_is_needed_and_who_can_give_it(viewer: User, addresses: dict[str, str]) -> None:
    response = sign_in(viewer).get(addresses["upload"])

    assert access.REFUSALS["edit"] in response.content.decode()


@pytest.mark.parametrize("name", ["project", "file", "poster", "light", "upload"])
def test_nothing_of_a_deleted_project_is_reached_any_more(
    name: str, addresses: dict[str, str], owner: User, project: Project
) -> None:
    client = sign_in(owner)
    client.post(addresses["project-delete"])

    assert client.get(addresses[name]).status_code == 404


def test_a_member_who_was_removed_reaches_no_file(editor: User, owner: User, addresses: dict[str, str]) -> None:
    member = Membership.objects.get(user=editor)
    sign_in(owner).post(reverse("member-remove", args=["robots", member.pk]))

    assert sign_in(editor).get(addresses["file"]).status_code == 404


def test_the_address_of_another_project_does_not_lend_its_rights(
    stranger: User, asset: Asset, make_own_project: Callable[[User], Project]
) -> None:
    own = make_own_project(stranger)

    response = sign_in(stranger).post(reverse("asset-delete", args=[own.slug, asset.pk]))

    asset.refresh_from_db()
    assert response.status_code == 404
    assert asset.trashed_at is None


@pytest.fixture
def make_own_project() -> Callable[[User], Project]:
    def make(user: User) -> Project:
        return MembershipFactory(user=user, role=Membership.Role.OWNER).project

    return make


def test_spending_needs_an_editor_who_may_spend(project: Project, editor: User, viewer: User) -> None:
    assert access.can(editor, project, "spend")
    assert not access.can(viewer, project, "spend")

    Membership.objects.filter(user=editor).update(may_spend=False)

    assert not access.can(editor, project, "spend")
    assert access.can(editor, project, "edit")


def test_health_is_told_to_everybody(client: Client) -> None:
    response = client.get(reverse("healthz"))

    assert response.status_code == 200
    assert response.json() == {"ok": True}
