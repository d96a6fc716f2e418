"""The page of credits: by project and person, in a period, as a file, at a constant cost."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.models import Membership, Project, State, User
from tests.conftest import sign_in
from tests.factories import MembershipFactory, TaskFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def read(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_credits_are_told_by_project_and_person_to_members_alone(
    client: Client, project: Project, editor: User, stranger: User
) -> None:
    done = {"project": project, "state": State.SUCCEEDED, "charged_credits": 40}
    TaskFactory(created_by=editor, **done)
    TaskFactory(created_by=None, **done)
    TaskFactory(project=project, created_by=editor, state=State.RUNNING, quoted_credits=7, operation="meshy.retexture")
    TaskFactory(state=State.SUCCEEDED, charged_credits=999)

    page = read(client.get(reverse("credits")))

    lines = [(line.name, line.vendor, line.sums.charged, line.sums.held) for line in list_lines(client)]
    held, spent = ("editor", "meshy", 0, 7), ("editor", "triverse", 40, 0)
    assert sorted(lines) == [("Deleted account", "triverse", 40, 0), held, spent]
    assert "999" not in page
    assert "No credits in this time" in read(sign_in(stranger).get(reverse("credits")))


def list_lines(client: Client, **query: str) -> list[Any]:
    report = client.get(reverse("credits"), query).context["report"]
    return [line for part in report.parts for line in part.lines]


def test_credits_keep_to_a_period_and_a_project(client: Client, project: Project, editor: User) -> None:
    other = MembershipFactory(user=editor, project__slug="cars").project
    for home, days in ((project, 0), (project, 50), (other, 1)):
        moment = timezone.now() - timedelta(days=days)
        TaskFactory(project=home, created_by=editor, state=State.SUCCEEDED, charged_credits=10, created_at=moment)

    assert sum(line.sums.charged for line in list_lines(client)) == 20
    assert sum(line.sums.charged for line in list_lines(client, period="all")) == 30
    assert sum(line.sums.charged for line in list_lines(client, period="all", project="robots")) == 20
    assert sum(line.sums.charged for line in list_lines(client, period="nonsense", project="unknown")) == 20


def test_the_file_has_every_line_and_no_formula(client: Client, project: Project, owner: User) -> None:
    Project.objects.filter(pk=project.pk).update(name="=HYPERLINK(1)")
    TaskFactory(project=project, created_by=owner, state=State.SUCCEEDED, charged_credits=12.5)

    response = client.get(reverse("credits"), {"as": "csv"})

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert rows == [
        {"project": "'=HYPERLINK(1)", "person": "owner", "vendor": "Triverse", "tasks": "1"}
        | {"charged": "12.5", "held": "0", "released": "0", "unknown": "0"}
    ]
    assert "attachment" in response["Content-Disposition"]


def test_the_page_costs_the_same_with_many_tasks(client: Client, project: Project, editor: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("credits"))
        return len(queries)

    TaskFactory(project=project, created_by=editor, state=State.SUCCEEDED, charged_credits=1)
    count()  # some things are read once per process
    one = count()
    for number in range(30):
        home = MembershipFactory(user=editor, role=Membership.Role.VIEWER).project if number % 3 else project
        TaskFactory(project=home, state=State.SUCCEEDED, charged_credits=1)

    assert count() == one <= 12
