"""Members of a project: their roles, the permission to spend, and that somebody is always left to manage it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import projects, sharing
from jobs.models import Membership, Project, ShareLink, User
from tests.conftest import sign_in
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User) -> Client:
    return sign_in(owner)


@pytest.fixture
def page_address(project: Project) -> str:
    return reverse("project-members", args=[project.slug])


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def add(client: Client, project: Project, **values: str) -> str:
    data = {f"add-{name}": value for name, value in values.items()}
    response = client.post(reverse("member-add", args=[project.slug]), data, follow=True)
    return response.content.decode()


# --- The page ------------------------------------------------------------------------------------------------------


def test_members_see_who_is_here_and_owners_change_it(client: Client, viewer: User, page_address: str) -> None:
    as_owner, as_viewer = read(client, page_address), read(sign_in(viewer), page_address)

    assert "viewer" in as_owner
    assert "owner" in as_viewer
    assert "Make a link" in as_owner
    assert "Make a link" not in as_viewer
    assert "<select" not in as_viewer
    assert "Leave project" in as_viewer


def test_a_long_list_comes_in_pages_and_is_searched(client: Client, project: Project, page_address: str) -> None:
    for number in range(60):
        MembershipFactory(project=project, user__username=f"somebody{number:02}", user__last_name="x" * 150)

    first, second = read(client, page_address), read(client, f"{page_address}?page=2")
    found = read(client, f"{page_address}?name=BODY07")

    assert "1–50 of 61" in first
    assert first.index(">owner<") < first.index("somebody00")
    assert "somebody59" in second
    assert "somebody07" in found
    assert "somebody08" not in found
    assert "Nobody here is called “nobody”" in read(client, f"{page_address}?name=nobody")


def test_many_members_cost_no_more_than_a_few(
    client: Client, project: Project, page_address: str, django_assert_max_num_queries: object
) -> None:
    MembershipFactory.create_batch(40, project=project)

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(page_address)


# --- Adding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "may_spend"), [({}, False), ({"may_spend": "on"}, True)])
def test_an_owner_adds_a_member_by_name_with_a_role(
    client: Client, project: Project, switch: dict[str, str], may_spend: bool
) -> None:
    person = UserFactory(username="Tom")

    add(client, project, user_name="tom", role="editor", **switch)

    membership = project.memberships.get(user=person)
    assert (membership.role, membership.may_spend) == ("editor", may_spend)


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("nobody", "editor", "Nobody here is called “nobody”"),
        ("owner", "editor", "is a member already"),
        ("", "editor", "This field is required"),
        ("tom", "emperor", "Select a valid choice"),
    ],
)
def test_a_member_that_cannot_be_added_is_explained_and_what_was_typed_is_kept(
    client: Client, project: Project, name: str, role: str, words: str
) -> None:
    UserFactory(username="tom")

    page = add(client, project, user_name=name, role=role)

    assert words in page
    assert not name or f'value="{name}"' in page
    assert project.memberships.count() == 1


# --- Roles and spending --------------------------------------------------------------------------------------------


def test_a_role_is_changed_and_spending_is_given_apart(client: Client, project: Project, viewer: User) -> None:
    member = project.memberships.get(user=viewer)
    arguments = [project.slug, member.pk]

    page = client.post(reverse("member-change", args=arguments), {"role": "editor"}, follow=True).content.decode()
    member.refresh_from_db()
    assert (member.role, member.may_spend) == ("editor", False)
    assert "may not spend credits yet" in page

    client.post(reverse("member-spending", args=arguments), {"may_spend": "on"})
    member.refresh_from_db()
    assert member.allows("spend")

    client.post(reverse("member-spending", args=arguments))
    member.refresh_from_db()
    assert not member.allows("spend")


def test_who_starts_no_tasks_any_more_loses_the_permission_and_does_not_get_it_back_by_itself(
    client: Client, project: Project, editor: User
) -> None:
    member = project.memberships.get(user=editor)
    address = reverse("member-change", args=[project.slug, member.pk])

    client.post(address, {"role": "reviewer"})
    client.post(address, {"role": "editor"})

    member.refresh_from_db()
    assert (member.role, member.may_spend) == ("editor", False)


def test_a_reviewer_cannot_be_let_spend(client: Client, project: Project, reviewer: User) -> None:
    member = project.memberships.get(user=reviewer)
    address = reverse("member-spending", args=[project.slug, member.pk])

    page = client.post(address, {"may_spend": "on"}, follow=True).content.decode()

    assert "Only owners and editors start tasks" in page
    member.refresh_from_db()
    assert not member.allows("spend")


# --- Leaving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"), [("member-change", {"role": "viewer"}), ("member-remove", {}), ("member-leave", {})]
)
def test_the_last_owner_stays(client: Client, project: Project, owner: User, name: str, data: dict[str, str]) -> None:
    MembershipFactory(project=project, role=Membership.Role.OWNER, user__is_active=False)
    member = project.memberships.get(user=owner)
    arguments = [project.slug] if name == "member-leave" else [project.slug, member.pk]

    page = client.post(reverse(name, args=arguments), data, follow=True).content.decode()

    member.refresh_from_db()
    assert member.role == "owner"
    assert "A project needs an owner" in page


def test_an_owner_whose_account_is_switched_off_can_go(project: Project, owner: User) -> None:
    gone = MembershipFactory(project=project, role=Membership.Role.OWNER, user__is_active=False)

    projects.remove_member(gone)

    assert [member.user for member in project.memberships.all()] == [owner]


@pytest.mark.parametrize("role", ["owner", "editor", "reviewer", "viewer"])
def test_who_leaves_lands_on_the_first_page_and_is_out(client: Client, project: Project, role: str) -> None:
    leaver = MembershipFactory(project=project, role=role).user
    own = sign_in(leaver)

    response = own.post(reverse("member-leave", args=[project.slug]))

    assert response["Location"] == "/"
    assert read(own, "/").count("You have left") == 1
    assert own.get(reverse("project", args=[project.slug])).status_code == 404


def test_a_removed_member_is_out_at_once_and_what_they_made_stays(
    client: Client, project: Project, editor: User
) -> None:
    member = project.memberships.get(user=editor)

    page = client.post(reverse("member-remove", args=[project.slug, member.pk]), follow=True).content.decode()

    assert "What they made stays" in page
    assert sign_in(editor).get(reverse("project", args=[project.slug])).status_code == 404


def test_the_open_links_of_who_goes_are_told(client: Client, project: Project, editor: User, owner: User) -> None:
    member = project.memberships.get(user=editor)
    for user, scope in ((editor, "gallery"), (editor, "assets"), (owner, "gallery")):
        sharing.create_link(project=project, user=user, scope=scope)
    sharing.revoke_link(ShareLink.objects.get(scope="assets"), now=timezone.now())

    page = client.post(reverse("member-remove", args=[project.slug, member.pk]), follow=True).content.decode()

    assert "A share link of theirs still opens: look at Share links" in page


def test_a_member_of_another_project_is_not_reached_through_ones_own(client: Client, project: Project) -> None:
    other = MembershipFactory(role=Membership.Role.OWNER)

    for name in ("member-remove", "member-change", "member-spending"):
        assert client.post(reverse(name, args=[project.slug, other.pk])).status_code == 404
    assert Membership.objects.filter(pk=other.pk, role="owner").exists()


def test_who_was_given_no_leave_to_spend_gets_none_by_a_project_of_their_own(viewer: User) -> None:
    client = sign_in(viewer)

    client.post(reverse("project-new"), {"name": "My own"})

    own = Project.objects.get(slug="my-own")
    mine = Membership.objects.get(project=own, user=viewer)
    assert (mine.role, mine.may_spend) == ("owner", False)
    friend = UserFactory(username="friend")
    wishes = {
        reverse("member-spending", args=[own.slug, mine.pk]): {"may_spend": "on"},
        reverse("member-add", args=[own.slug]): {
            "add-user_name": "friend",
            "add-role": "editor",
            "add-may_spend": "on",
        },
        reverse("invitation-new", args=[own.slug]): {"invite-role": "editor", "invite-may_spend": "on"},
    }
    for address, wish in wishes.items():
        response = client.post(address, wish)
        assert response.status_code == 403, address
        assert "cannot give leave" in response.content.decode()
    assert not own.memberships.filter(may_spend=True).exists()
    assert not own.memberships.filter(user=friend).exists()
    assert not own.invitations.exists()


def test_who_may_spend_somewhere_may_spend_in_a_project_of_their_own(editor: User) -> None:
    sign_in(editor).post(reverse("project-new"), {"name": "My own"})

    assert Membership.objects.get(project__slug="my-own", user=editor).may_spend
