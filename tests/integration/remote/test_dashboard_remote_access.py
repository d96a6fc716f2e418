"""Who may see a vendor's account, take a task into a project, and delete one there."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboard import urls
from jobs.models import Membership, Project, Task, User
from tests.conftest import sign_in
from tests.factories import MembershipFactory
from tests.integration.remote.pages import IMPORT, LIST, OPEN, get_delete_address, read

pytestmark = pytest.mark.django_db


def ask(user: User, address: str, method: str, project: Project) -> int:
    values = {"project": project.slug, "remote_id": "018f", "sure": "DELETE", "id": "018f"}
    client = sign_in(user)
    return (client.post if method == "post" else client.get)(address, values).status_code


ACCOUNT = [(LIST, "get"), (OPEN, "get"), (IMPORT, "post")]


def test_every_address_of_accounts_is_asked_below() -> None:
    assert {pattern.name for pattern in urls.vendor_urls} == {"remote-tasks", "remote-open", "remote-import"}


@pytest.mark.parametrize("who", ["stranger", "viewer", "reviewer"])
@pytest.mark.parametrize(("address", "method"), ACCOUNT)
def test_the_account_does_not_exist_for_those_who_may_not_spend(
    request: pytest.FixtureRequest, offline: None, project: Project, who: str, address: str, method: str
) -> None:
    user = request.getfixturevalue(who)

    assert ask(user, address, method, project) == 404
    assert "Tasks at Meshy" not in sign_in(user).get("/").content.decode()


def test_an_editor_who_may_not_spend_anywhere_does_not_see_the_account(
    offline: None, editor: User, project: Project
) -> None:
    Membership.objects.update(may_spend=False)

    assert [ask(editor, address, method, project) for address, method in ACCOUNT] == [404, 404, 404]


def test_staff_see_the_account_and_import_only_where_they_may_edit(
    offline: None, staff: User, project: Project
) -> None:
    assert [ask(staff, address, method, project) for address, method in ACCOUNT] == [200, 200, 404]


def test_one_who_may_spend_elsewhere_cannot_import_into_a_project_that_one_only_views(
    offline: None, viewer: User, project: Project
) -> None:
    mine = MembershipFactory(user=viewer, role="editor").project

    assert ask(viewer, IMPORT, "post", project) == 403
    assert ask(viewer, IMPORT, "post", mine) == 302
    shown = sign_in(viewer).get(LIST).content.decode()
    assert f'value="{mine.slug}"' in shown
    assert f'value="{project.slug}"' not in shown


def test_a_project_that_one_is_not_in_is_not_found_by_an_import(offline: None, editor: User) -> None:
    other = Project.objects.create(name="Other", slug="other")

    assert ask(editor, IMPORT, "post", other) == 404


def test_a_vendor_without_a_list_has_no_such_pages(editor: User) -> None:
    client = sign_in(editor)

    for vendor in ("triverse", "nobody"):
        assert client.get(reverse("remote-tasks", args=[vendor])).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("viewer", 403), ("reviewer", 403)])
def test_who_may_not_spend_deletes_nothing(
    request: pytest.FixtureRequest, done: Task, offline: None, method: str, who: str, status: int
) -> None:
    user = request.getfixturevalue(who)

    assert ask(user, get_delete_address(done), method, done.project) == status
    done.refresh_from_db()
    assert done.deleted_at_vendor_at is None


@pytest.mark.parametrize("who", ["viewer", "reviewer"])
def test_who_may_not_delete_sees_no_button(request: pytest.FixtureRequest, done: Task, who: str) -> None:
    page = read(sign_in(request.getfixturevalue(who)), reverse("task", args=[done.pk]))

    assert get_delete_address(done) not in page
    assert OPEN not in page


def test_the_signed_out_are_asked_to_sign_in(client: Client, done: Task) -> None:
    client.logout()

    for address in (LIST, OPEN, get_delete_address(done)):
        assert client.get(address)["Location"].startswith(reverse("login"))
