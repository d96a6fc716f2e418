"""Every address x method x person, walked from the configuration of addresses itself: a new address is walked too.

Who may do which act is said here once more, as a second witness to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from dashboard import access, urls
from dashboard.door import Door, list_addresses
from jobs.link_tokens import make_token
from jobs.models import Asset, Membership, Project, ShareLink, State, Task
from jobs.sharing import create_link
from tests.conftest import sign_in
from tests.factories import MembershipFactory, TaskFactory, UserFactory
from tests.stored import store_shown_cube

SECRET = "secret cube"
UNPAID = "editor who may not spend"
MEMBERS = {*Membership.Role.values, UNPAID}
SIGNED_IN = {*MEMBERS, "staff", "stranger"}
PEOPLE = sorted({*SIGNED_IN, "signed out", "guest"})
METHODS = ["GET", "POST"]
OTHER_METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
SOME = ["owner", "stranger", "guest"]
ASKED = [*((method, person) for method in METHODS for person in PEOPLE)]
ASKED += [(method, person) for method in OTHER_METHODS for person in SOME]
MAY = {
    "view": MEMBERS,
    "comment": MEMBERS - {"viewer"},
    "edit": {"owner", "editor", UNPAID},
    "share": {"owner", "editor", UNPAID},
    "spend": {"owner", "editor"},
    "manage": {"owner"},
    "restore": {"owner"},
    "account": {"owner", "editor", "staff"},
    "staff": {"staff"},
    "signed-in": SIGNED_IN,
}
HIDDEN_FROM = {
    **dict.fromkeys(["view", "comment", "edit", "share", "spend", "manage"], SIGNED_IN - MEMBERS),
    **dict.fromkeys(["restore", "account"], SIGNED_IN),
}
"""Whom a refusal does not even tell that there is something: 404, where others get 403."""
FOR_EVERYBODY = {
    *("healthz", "robots", "login", "logout", "vendor-notices", "tab-counts"),
    *("password_reset", "password_reset_done", "password_reset_complete"),
}
BY_A_TOKEN = {"setup", "password_reset_confirm", "join"}
"""Addresses that open without an account, so that no door is left open by a slip."""
ANSWERED_BEFORE_THE_DOOR = {"healthz"}
WITH_ROWS_OF_THEIR_OWN = {"prompt-improved", "comment-edit", "contact-sheet", "file-map", "task-pair", "tasks-chosen"}
"""Pages that are tested where their rows are made."""
IN = 299
"""The answer that stands for a view: whoever gets it was let in."""

CONFIGURATION = [(name, path) for name, path in list_addresses() if not name.startswith("admin:")]
CONFIGURATION += [("admin:index", "/admin/"), ("admin:jobs_task_changelist", "/admin/jobs/task/")]


@pytest.fixture
def link(project: Project) -> ShareLink:
    maker = MembershipFactory(project=project, user__username="somebody").user
    return create_link(project=project, user=maker, scope="gallery", assets=[], options={})


@pytest.fixture
def clients(project: Project, link: ShareLink) -> dict[str, Client]:
    """Give a client for each kind of person; staff and stranger are in no project, and a guest has opened a link."""
    clients = {"signed out": Client(), "guest": Client()}
    window = Client()
    assert window.get(reverse("guest", args=[make_token("share", link.nonce)])).status_code == 200
    clients["guest"].cookies = window.cookies
    for name in MEMBERS:
        role = "editor" if name == UNPAID else name
        member = MembershipFactory(project=project, role=role, may_spend=name != UNPAID, user__username=name)
        clients[name] = sign_in(member.user)
    clients["staff"] = sign_in(UserFactory(username="staff", is_staff=True, is_superuser=True))
    clients["stranger"] = sign_in(UserFactory(username="stranger"))
    return clients


@pytest.fixture
def asset(project: Project) -> Asset:
    return store_shown_cube(project, name=SECRET)


@pytest.fixture
def task(project: Project) -> Task:
    return TaskFactory(project=project, state=State.FAILED, params={"prompt": SECRET})


@pytest.fixture
def fill(asset: Asset, task: Task, link: ShareLink) -> Callable[[str, str], str]:
    """Fill the parts of an address with what belongs to the project."""

    def get_part(name: str, part: str) -> Any:
        values = {
            "slug": asset.project.slug,
            "pk": link.pk if name.startswith("share") else task.pk if get_rule(name).of == "task" else asset.pk,
            "token": make_token("share", link.nonce),
            "sha256": getattr(asset, f"{name}_sha256", asset.sha256),
            "name": asset.file_name,
            "vendor": "meshy",
            "key": "triverse.model-remesh",
        }
        return values.get(part, "1")

    def fill(name: str, path: str) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(get_part(name, found[1])), path)

    return fill


@pytest.fixture
def no_views(clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer `IN` in the place of every view that the door lets somebody into: nothing is changed by the walk."""
    ask = Door.process_view
    monkeypatch.setattr(Door, "process_view", lambda *arguments: ask(*arguments) or HttpResponse(status=IN))


def get_rule(name: str) -> access.Rule:
    rule = access.get_rule(name)
    assert rule is not None
    return rule


def expect(rule: access.Rule, method: str, person: str) -> int:
    """Return what the door has to answer."""
    need = {"GET": rule.get, "HEAD": rule.get, "POST": rule.post}.get(method)
    if need in ("open", "link"):
        return IN
    if person not in SIGNED_IN and not {"open", "link"} & {rule.get, rule.post}:
        return 302
    if need is None:
        return 405
    if person in MAY[need]:
        return IN
    return 404 if person in HIDDEN_FROM.get(need, set()) else 403


def is_page(name: str) -> bool:
    """Tell whether the walk can open it: what asks for a vendor or a token is tested with what is behind it."""
    return name not in WITH_ROWS_OF_THEIR_OWN and get_rule(name).get not in (None, "link", "account")


@pytest.mark.django_db
@pytest.mark.usefixtures("no_views")
def test_every_address_lets_in_whom_its_rule_names_and_nobody_else(
    clients: dict[str, Client], fill: Callable[[str, str], str], project: Project
) -> None:
    met, expected = {}, {}

    for name, route in CONFIGURATION:
        if name in ANSWERED_BEFORE_THE_DOOR:
            continue
        address, rule = fill(name, route), get_rule(name)
        Project.objects.update(trashed_at=project.created_at if rule.post == "restore" else None)
        for method, person in ASKED:
            answer = clients[person].generic(method, address)
            met[name, method, person] = answer.status_code
            expected[name, method, person] = expect(rule, method, person)
            if answer.status_code != IN:
                assert SECRET not in answer.content.decode(), (name, method, person)
            if answer.status_code == 302:
                assert answer["Location"].startswith(reverse("login")), (name, method, person)

    assert met == expected


@pytest.mark.django_db
def test_a_page_itself_refuses_nobody_whom_its_rule_lets_in(
    clients: dict[str, Client], fill: Callable[[str, str], str]
) -> None:
    statuses = {}

    for name, route in CONFIGURATION:
        if not is_page(name):
            continue
        address, rule = fill(name, route), get_rule(name)
        for person in PEOPLE:
            if rule.get == "open" or person in MAY[str(rule.get)]:
                answer = clients[person].get(address)
                statuses[name, person] = answer.status_code
                if answer.streaming:
                    b"".join(answer)

    assert {name for name, _person in statuses} == {name for name, _route in CONFIGURATION if is_page(name)}
    assert {key: status for key, status in statuses.items() if status not in (200, 204, 302)} == {}


@pytest.mark.parametrize(("name", "path"), [pytest.param(name, path, id=name) for name, path in sorted(CONFIGURATION)])
def test_what_an_address_names_decides_what_it_has_to_ask(name: str, path: str) -> None:
    """A rule that is too mild is a slip that the walk alone would follow: an address's shape speaks too."""
    rule = get_rule(name)

    if path.startswith("/admin/"):
        assert {rule.get, rule.post} == {"staff"}
    elif path.startswith("/p/<slug:slug>/"):
        assert rule.of in ("project", "asset") or {rule.get, rule.post} == {None, "restore"}
    elif path.startswith("/tasks/<int:pk>/"):
        assert rule.of == "task"
    elif path.startswith("/f/<int:pk>/"):
        assert rule.of == "asset"
    elif path.startswith("/vendors/"):
        assert {rule.get, rule.post} <= {"account", None}
    elif path.startswith("/s/<str:token>/") or name in BY_A_TOKEN:
        assert {rule.get, rule.post} <= {"link", None}
    elif name in FOR_EVERYBODY:
        assert {rule.get, rule.post} <= {"open", None}
    else:
        assert {rule.get, rule.post} <= {"signed-in", None}
    assert rule.get or rule.post


def show(request: HttpRequest) -> HttpResponse:
    raise AssertionError("nobody was to get here")


urlpatterns = [*urls.urlpatterns, path("forgotten/", show, name="forgotten"), path("nameless/", show)]
handler403 = urls.handler403


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/forgotten/", "/nameless/"])
def test_an_address_without_a_rule_is_closed_to_everybody(address: str, clients: dict[str, Client]) -> None:
    for person in PEOPLE:
        assert clients[person].get(address).status_code == 403


@override_settings(ROOT_URLCONF=__name__)
def test_the_check_of_the_project_fails_for_an_address_without_a_rule() -> None:
    with pytest.raises(SystemCheckError) as caught:
        call_command("check", stdout=StringIO(), stderr=StringIO())

    assert "/forgotten/ (forgotten) has no rule" in str(caught.value)
    assert "/nameless/ (without a name) has no rule" in str(caught.value)


def test_the_check_of_the_project_fails_for_a_rule_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "RULES", {**access.RULES, "gone": access.Rule(get="open")})

    with pytest.raises(SystemCheckError, match="“gone” belongs to no address"):
        call_command("check", stdout=StringIO(), stderr=StringIO())


@pytest.mark.django_db
def test_door_and_page_ask_for_a_membership_once(clients: dict[str, Client], project: Project) -> None:
    """Session, person, and one row for project and membership; then what the page itself shows."""
    with CaptureQueriesContext(connection) as queries:
        clients["editor"].get(reverse("project", args=[project.slug]))

    asked = [query["sql"] for query in queries if query["sql"].startswith('SELECT "jobs_membership"."id"')]
    assert len(asked) <= 2, asked  # this project's, and all of them for the side
