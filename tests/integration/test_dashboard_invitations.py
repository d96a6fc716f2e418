"""Invitations: one person each, until a day, revoked at once; what is over tells nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import invitations
from jobs.link_tokens import make_token
from jobs.models import Invitation, Membership, Project, SharingPolicy, User
from tests.conftest import sign_in
from tests.factories import PASSWORD, MembershipFactory

pytestmark = pytest.mark.django_db

ACCOUNT = {"username": "ana", "email": "", "password": "a-long-enough-passphrase"}


@pytest.fixture
def client(owner: User) -> Client:
    return sign_in(owner)


def invite(project: Project, owner: User, *, role: str = "editor", may_spend: bool = False) -> Invitation:
    return invitations.invite(project, by=owner, role=role, may_spend=may_spend, now=timezone.now())


def get_address(invitation: Invitation) -> str:
    return reverse("join", args=[invitations.build_token(invitation)])


@pytest.fixture
def invitation(project: Project, owner: User) -> Invitation:
    return invite(project, owner, may_spend=True)


# --- Making and revoking -------------------------------------------------------------------------------------------


def test_an_owner_makes_a_link_with_role_and_spending_and_finds_it_in_the_list(
    client: Client, project: Project, owner: User
) -> None:
    data = {"invite-for_whom": "Ana of lighting", "invite-role": "editor", "invite-may_spend": "on"}

    page = client.post(reverse("invitation-new", args=[project.slug]), data, follow=True).content.decode()

    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.may_spend, invitation.created_by) == ("editor", True, owner)
    assert invitation.expires_at - invitation.created_at > timedelta(days=6)
    assert f"http://testserver{get_address(invitation)}" in page
    assert "Ana of lighting" in page
    assert "Made by owner" in page


def test_the_staff_say_how_long_an_invitation_lasts(project: Project, owner: User) -> None:
    SharingPolicy.objects.all().delete()
    SharingPolicy.objects.create(invitation_days=2)

    invitation = invite(project, owner)

    assert timedelta(days=1) < invitation.expires_at - timezone.now() < timedelta(days=3)


def test_a_viewer_is_never_invited_to_spend(project: Project, owner: User) -> None:
    assert not invite(project, owner, role="viewer", may_spend=True).may_spend


def test_only_owners_see_links(editor: User, invitation: Invitation, project: Project) -> None:
    page = sign_in(editor).get(reverse("project-members", args=[project.slug])).content.decode()

    assert "/join/" not in page


def test_a_revoked_link_opens_nothing_from_then_on(
    client: Client, invitation: Invitation, project: Project, stranger: User
) -> None:
    page = client.post(reverse("invitation-revoke", args=[project.slug, invitation.pk]), follow=True).content.decode()

    assert "lets nobody in any more" in page
    assert "/join/" not in page
    assert sign_in(stranger).post(get_address(invitation)).status_code == 404
    assert not stranger.memberships.exists()


@pytest.mark.parametrize("end", ["removed", "demoted", "switched off"])
def test_who_owns_the_project_no_more_comes_back_by_no_invitation_of_theirs(
    project: Project, owner: User, client: Client, end: str
) -> None:
    other = MembershipFactory(project=project, role=Membership.Role.OWNER)
    kept = invite(project, other.user, role="owner")
    if end == "removed":
        client.post(reverse("member-remove", args=[project.slug, other.pk]))
    elif end == "demoted":
        client.post(reverse("member-change", args=[project.slug, other.pk]), {"role": "viewer"})
    else:
        User.objects.filter(pk=other.user_id).update(is_active=False)

    answer = Client().post(get_address(kept), ACCOUNT)

    assert answer.status_code == 404
    assert not User.objects.filter(username=ACCOUNT["username"]).exists()
    assert get_address(kept) not in client.get(reverse("project-members", args=[project.slug])).content.decode()


def test_an_invitation_of_another_project_is_not_reached_through_ones_own(client: Client, project: Project) -> None:
    other = MembershipFactory(role="owner")
    invitation = invite(other.project, other.user)

    assert client.post(reverse("invitation-revoke", args=[project.slug, invitation.pk])).status_code == 404
    assert invitations.find(invitations.build_token(invitation), now=timezone.now()) == invitation


# --- Joining -------------------------------------------------------------------------------------------------------


def test_who_is_signed_in_joins_with_one_click(stranger: User, invitation: Invitation, project: Project) -> None:
    client = sign_in(stranger)
    page = client.get(get_address(invitation)).content.decode()
    assert "Join as stranger" in page
    assert not stranger.memberships.exists()

    response = client.post(get_address(invitation), follow=True)

    membership = project.memberships.get(user=stranger)
    assert (membership.role, membership.may_spend) == ("editor", True)
    assert response.redirect_chain == [(reverse("project", args=[project.slug]), 302)]
    assert "Welcome to “Robots”" in response.content.decode()


def test_who_has_no_account_makes_one_and_is_in_with_one_form(invitation: Invitation, project: Project) -> None:
    client = Client()
    assert "Create account and join" in client.get(get_address(invitation)).content.decode()

    response = client.post(get_address(invitation), ACCOUNT)

    person = User.objects.get(username="ana")
    assert response["Location"] == reverse("project", args=[project.slug])
    assert client.get(response["Location"]).status_code == 200
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert project.memberships.get(user=person).may_spend


def test_who_has_an_account_signs_in_and_comes_back_to_the_invitation(
    stranger: User, invitation: Invitation, project: Project
) -> None:
    client = Client()
    values = {"username": "stranger", "password": PASSWORD, "next": get_address(invitation)}

    back = client.post(reverse("login"), values)
    client.post(back["Location"])

    assert back["Location"] == get_address(invitation)
    assert project.memberships.filter(user=stranger).exists()


@pytest.mark.parametrize("change", [{"username": "owner"}, {"password": "12345678"}, {"username": ""}])
def test_an_account_that_cannot_be_made_uses_nothing_up(invitation: Invitation, change: dict[str, str]) -> None:
    response = Client().post(get_address(invitation), ACCOUNT | change)

    invitation.refresh_from_db()
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert invitation.accepted_at is None
    assert not User.objects.filter(username="ana").exists()


def test_an_invitation_lets_one_person_in(invitation: Invitation, stranger: User, project: Project) -> None:
    Client().post(get_address(invitation), ACCOUNT)

    response = sign_in(stranger).post(get_address(invitation))

    assert response.status_code == 404
    assert not stranger.memberships.exists()


def test_of_two_at_the_same_moment_one_gets_in_and_no_account_is_left_over(
    invitation: Invitation, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = invitations.find

    def find_before_the_other(*arguments: object, **named: object) -> Invitation | None:
        found = find(*arguments, **named)  # type: ignore[arg-type]
        Invitation.objects.update(accepted_at=timezone.now(), accepted_by=stranger)
        return found

    monkeypatch.setattr(invitations, "find", find_before_the_other)

    response = Client().post(get_address(invitation), ACCOUNT)

    assert response.status_code == 404
    assert not User.objects.filter(username="ana").exists()


@pytest.mark.parametrize(
    ("had", "invited", "has"),
    [
        (("owner", True), ("viewer", False), ("owner", True)),
        (("editor", True), ("reviewer", False), ("editor", True)),
        (("editor", True), ("editor", False), ("editor", True)),
        (("viewer", False), ("editor", False), ("editor", False)),
        (("viewer", True), ("editor", False), ("editor", False)),
        (("editor", False), ("editor", True), ("editor", True)),
        (("editor", True), ("owner", False), ("owner", True)),
    ],
)
def test_a_membership_is_raised_and_never_lowered(
    project: Project, owner: User, had: tuple[str, bool], invited: tuple[str, bool], has: tuple[str, bool]
) -> None:
    member = MembershipFactory(project=project, role=had[0], may_spend=had[1])
    invitation = invite(project, owner, role=invited[0], may_spend=invited[1])

    sign_in(member.user).post(get_address(invitation))

    member.refresh_from_db()
    assert (member.role, member.allows("spend")) == has


def test_a_member_who_would_gain_nothing_leaves_the_link_to_whom_it_is_meant_for(
    editor: User, invitation: Invitation, stranger: User, project: Project
) -> None:
    client = sign_in(editor)
    assert "You are a member already" in client.get(get_address(invitation)).content.decode()

    assert client.post(get_address(invitation))["Location"] == reverse("project", args=[project.slug])

    sign_in(stranger).post(get_address(invitation))
    assert project.memberships.filter(user=stranger).exists()


# --- What is over --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_ended_used_revoked_and_wrong_links_look_alike(
    project: Project, owner: User, stranger: User, is_signed_in: bool
) -> None:
    now = timezone.now()
    ended, used, revoked, trashed = (invite(project, owner) for _ in range(4))
    Invitation.objects.filter(pk=ended.pk).update(expires_at=now)
    Invitation.objects.filter(pk=used.pk).update(accepted_at=now)
    Invitation.objects.filter(pk=revoked.pk).update(revoked_at=now)
    other = MembershipFactory(role="owner")
    Invitation.objects.filter(pk=trashed.pk).update(project=other.project)
    Project.objects.filter(pk=other.project_id).update(trashed_at=now)
    tokens = [invitations.build_token(row) for row in (ended, used, revoked, trashed)]
    tokens += ["nonsense", "a.b", "\u202e", make_token("invitation", "never-made"), make_token("share", ended.nonce)]
    client = sign_in(stranger) if is_signed_in else Client()

    answers = [
        (answer.status_code, answer.content, answer["X-Robots-Tag"], answer["Cache-Control"])
        for token in tokens
        for answer in (client.get(reverse("join", args=[token])), client.post(reverse("join", args=[token]), ACCOUNT))
    ]

    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert b"Robots" not in answers[0][1]
    assert Membership.objects.filter(user=stranger).count() == 0
    assert not User.objects.filter(username="ana").exists()
