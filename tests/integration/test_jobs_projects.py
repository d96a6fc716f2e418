"""Projects and people: who may join, who has to stay, and what the first account makes."""

import pytest

from jobs.models import Membership, Project, Setup, User
from jobs.projects import (
    Refused,
    add_member,
    change_role,
    create_first_account,
    create_project,
    get_setup_token,
    make_sample_project,
    remove_member,
    rename_project,
    restore,
    trash,
)
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_who_creates_a_project_owns_it() -> None:
    user = UserFactory()

    project = create_project(user=user, name="Rusty Robots!")

    assert project.slug == "rusty-robots"
    assert Membership.objects.get(project=project).role == "owner"


@pytest.mark.parametrize("name", ["Robots", "robots", "Röbots", "!!!", "x" * 80])
def test_equal_names_get_different_addresses(name: str) -> None:
    user = UserFactory()

    slugs = {create_project(user=user, name=name).slug for _ in range(3)}

    assert len(slugs) == 3


def test_a_project_does_not_hide_behind_a_page_of_its_own() -> None:
    assert create_project(user=UserFactory(), name="New").slug == "new-2"


def test_another_name_keeps_the_address(project: Project) -> None:
    rename_project(project, name="Droids")

    project.refresh_from_db()
    assert (project.name, project.slug) == ("Droids", "robots")


def test_a_member_is_added_by_user_name_whatever_its_letters(project: Project) -> None:
    UserFactory(username="Bo")

    membership = add_member(project, user_name=" bo ", role="viewer")

    assert membership.role == "viewer"


def test_nobody_is_added_by_a_name_that_nobody_has(project: Project) -> None:
    with pytest.raises(Refused, match="Nobody here is called"):
        add_member(project, user_name="ghost", role="viewer")


def test_a_member_is_not_added_twice(project: Project, editor: User) -> None:
    with pytest.raises(Refused, match="already"):
        add_member(project, user_name=editor.username, role="viewer")

    assert project.memberships.get(user=editor).role == "editor"


def test_the_last_owner_can_neither_leave_nor_step_down(project: Project, owner: User, editor: User) -> None:
    membership = project.memberships.get(user=owner)

    with pytest.raises(Refused, match="needs an owner"):
        remove_member(membership)
    with pytest.raises(Refused, match="needs an owner"):
        change_role(membership, role="editor")

    change_role(project.memberships.get(user=editor), role="owner")
    remove_member(membership)
    assert not project.memberships.filter(user=owner).exists()


def test_the_trash_gives_everything_back() -> None:
    asset = AssetFactory()

    for thing in (asset, asset.project):
        trash(thing)
        assert not type(thing).objects.kept().filter(pk=thing.pk).exists()
        restore(thing)
        assert type(thing).objects.kept().filter(pk=thing.pk).exists()


def test_the_first_account_is_a_superuser_and_uses_the_token_up() -> None:
    token = get_setup_token()
    assert token == get_setup_token()

    user = create_first_account(token=token or "", username="ana", email="", password="long-enough-phrase")

    assert user.is_superuser
    assert user.check_password("long-enough-phrase")
    assert get_setup_token() is None
    assert not Setup.objects.exists()
    with pytest.raises(Refused):
        create_first_account(token=token or "", username="eve", email="", password="long-enough-phrase")
    assert User.objects.count() == 1


def test_a_wrong_token_makes_no_account() -> None:
    get_setup_token()

    with pytest.raises(Refused):
        create_first_account(token="guess", username="eve", email="", password="long-enough-phrase")

    assert not User.objects.exists()


@pytest.mark.engine
def test_the_sample_project_is_made_once() -> None:
    owner = UserFactory()

    first = make_sample_project(owner)
    again = make_sample_project(UserFactory())

    assert again == first
    assert first.slug == "sample"
    assert first.assets.get().format == "glb"
    assert first.memberships.get().user == owner


def test_the_sample_project_is_made_without_an_engine(monkeypatch: pytest.MonkeyPatch, settings, tmp_path) -> None:
    settings.SAMPLE_MODEL = tmp_path / "none.glb"
    monkeypatch.setattr("jobs.projects.engine.is_available", lambda: False)

    project = make_sample_project(UserFactory())

    assert not project.assets.exists()


def test_a_membership_says_who_and_what() -> None:
    membership = MembershipFactory(project=ProjectFactory(name="Robots"), user__username="ana", role="viewer")

    assert str(membership) == "ana in Robots: Viewer"
