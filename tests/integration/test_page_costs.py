"""What lists cost: as many queries, as many bytes and the same plans among many files and tasks as among few."""

import pytest
from django.core.management import call_command
from django.db import connection

from benchmarks.list_rows import fill_installation, fill_project, list_places
from benchmarks.page_cost import Cost, measure, sign_in
from benchmarks.pages import LIST_PAGES
from jobs.models import Project, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

QUERIES_MAX = 12
PAGE_BYTES_MAX = 300_000
GROWTH_MAX = 1.1
"""Names and numbers differ in length; a list that shows more rows grows by far more."""


def look_at_lists(slug: str, owner: User) -> dict[str, Cost]:
    project = Project.objects.get(slug=slug)
    fill_project(project, owner)
    client, places = sign_in(), list_places(project)
    client.get("/admin/")  # content types are read once by each process
    return {name: measure(client, address.format(**places)) for name, address in LIST_PAGES.items()}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses plans by what it has counted")
def test_lists_cost_the_same_among_many_as_among_few() -> None:
    ana = UserFactory(username="ana", is_superuser=True, is_staff=True)
    call_command("demo_data", assets=40, tasks=15, projects=1)
    fill_installation(ana)
    few = look_at_lists("demo-1", ana)
    call_command("demo_data", assets=800, tasks=300, projects=1)
    many = look_at_lists("demo-1-2", ana)

    wrong = []
    for name, cost in many.items():
        before = few[name]
        checks = {
            f"status {cost.status}": cost.status == 200,
            f"{cost.queries} queries": cost.queries <= QUERIES_MAX,
            f"{before.queries} queries before, now {cost.queries}": cost.queries == before.queries,
            f"{before.bytes} bytes before, now {cost.bytes}": cost.bytes <= before.bytes * GROWTH_MAX,
            f"{cost.bytes} bytes": cost.bytes <= PAGE_BYTES_MAX or name.startswith("admin"),
            f"other plans: {set(cost.plans) ^ set(before.plans)}": set(cost.plans) == set(before.plans),
        }
        wrong += [f"{name} ({LIST_PAGES[name]}): {text}" for text, is_true in checks.items() if not is_true]
    assert not wrong, "\n".join(wrong)
