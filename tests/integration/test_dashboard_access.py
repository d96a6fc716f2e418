"""Who reaches which address: members by their role, strangers nothing, the signed-out the sign-in page."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from dashboard import access, urls
from jobs.models import Asset, Membership, Project, User
from tests.conftest import sign_in
from tests.factories import MembershipFactory
from tests.stored import store_shown_cube

pytestmark = pytest.mark.django_db

SECRET = "secret cube"


@pytest.fixture
def asset(project: Project) -> Asset:
    return store_shown_cube(project, name=SECRET)


@pytest.fixture
def addresses(asset: Asset) -> dict[str, str]:
    """The addresses of these pages by name, all for one project and its one file."""
    slug, pk = asset.project.slug, asset.pk
    member = MembershipFactory(project=asset.project, role=Membership.Role.REVIEWER, user__username="somebody")
    arguments: dict[str, list[object]] = {
        **{name: [slug] for name in ("project", "upload", "project-settings", "project-trash", "member-add")},
        **{name: [slug] for name in ("project-delete", "project-restore")},
        **{name: [slug, pk] for name in ("asset-rename", "asset-delete", "asset-restore")},
        **{name: [slug, member.pk] for name in ("member-change", "member-remove")},
        "file": [pk, asset.sha256, asset.file_name],
        "poster": [pk, asset.poster_sha256],
        "light": [pk, asset.light_sha256],
    }
    return {name: reverse(name, args=values) for name, values in arguments.items()}


LOOKING = ["project", "project-settings", "project-trash", "file", "poster", "light"]
EDITING = ["upload", "asset-rename"]
EDITING_BY_POST = ["asset-delete", "asset-restore"]
MANAGING_BY_POST = ["member-add", "member-change", "member-remove", "project-delete"]
BY_POST = [*EDITING_BY_POST, *MANAGING_BY_POST, "project-restore"]
ALL = [*LOOKING, *EDITING, *BY_POST]


def ask(client: Client, name: str, address: str) -> int:
    """Ask for a page, or send a form where the address takes only forms."""
    response = client.post(address) if name in BY_POST else client.get(address)
    if response.streaming:
        response.close()  # else it was, and a second time would close the connection to PostgreSQL
    return response.status_code


def test_every_address_of_a_project_is_asked_below(addresses: dict[str, str]) -> None:
    """A new address has to be listed here, so that the stranger is tested for it too."""
    elsewhere = {"asset", "asset-preview", "task-new", "project-tasks"}  # tested with the pages of files and tasks
    elsewhere |= {"prompt-improve"}  # tested with improving prompts
    listed = {pattern.name for pattern in (*urls.project_urls, *urls.file_urls)} - elsewhere

    assert listed == set(ALL) == set(addresses)


@pytest.mark.parametrize("name", ALL)
def test_a_stranger_gets_404_and_reads_nothing_of_the_project(
    name: str, addresses: dict[str, str], stranger: User, asset: Asset
) -> None:
    client = sign_in(stranger)

    for response in (client.get(addresses[name]), client.post(addresses[name])):
        assert response.status_code in (404, 405)
        content = response.content
        assert SECRET.encode() not in content
        assert b"Robots" not in content
    asset.refresh_from_db()
    assert asset.trashed_at is None
    assert asset.project.memberships.count() == 1


@pytest.mark.parametrize("name", ALL)
def test_the_signed_out_are_sent_to_sign_in(name: str, addresses: dict[str, str]) -> None:
    response = Client().get(addresses[name])

    assert response.status_code == 302
    way_back = "/" if name in BY_POST else addresses[name]
    assert response["Location"] == f"{reverse('login')}?next={quote(way_back)}"


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("role", Membership.Role.values)
def test_every_member_may_look(name: str, role: str, addresses: dict[str, str], request: pytest.FixtureRequest) -> None:
    assert ask(sign_in(request.getfixturevalue(role)), name, addresses[name]) == 200


@pytest.mark.parametrize("name", [*EDITING, *EDITING_BY_POST])
@pytest.mark.parametrize(("role", "may"), [("owner", True), ("editor", True), ("reviewer", False), ("viewer", False)])
def test_owners_and_editors_change_files_and_others_are_told_why_not(
    name: str, role: str, may: bool, addresses: dict[str, str], request: pytest.FixtureRequest
) -> None:
    status = ask(sign_in(request.getfixturevalue(role)), name, addresses[name])

    assert status in ((200, 302) if may else (403,))


@pytest.mark.parametrize("name", MANAGING_BY_POST)
@pytest.mark.parametrize("role", ["editor", "reviewer", "viewer"])
def test_only_owners_manage_members_and_the_project(
    name: str, role: str, addresses: dict[str, str], request: pytest.FixtureRequest
) -> None:
    client = sign_in(request.getfixturevalue(role))

    assert ask(client, name, addresses[name]) == 403
    assert Project.objects.kept().filter(slug="robots").exists()


def test_a_refusal_says_what_is_needed_and_who_can_give_it(viewer: User, addresses: dict[str, str]) -> None:
    response = sign_in(viewer).get(addresses["upload"])

    assert access.REFUSALS["edit"] in response.content.decode()


@pytest.mark.parametrize("name", ["home", "project-new", "trash", "password_change"])
def test_pages_without_a_project_need_an_account(name: str, stranger: User) -> None:
    assert Client().get(reverse(name)).status_code == 302
    assert sign_in(stranger).get(reverse(name)).status_code == 200


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
