"""What lists cost: as many queries, as many bytes and the same plans among many files and tasks as among few."""

import pytest
from django.core.management import call_command
from django.db import connection

from benchmarks.page_cost import Cost, measure, sign_in
from benchmarks.pages import LIST_PAGES
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

QUERIES_MAX = 12
PAGE_BYTES_MAX = 300_000
GROWTH_MAX = 1.1
"""Names and numbers differ in length; a list that shows more rows grows by far more."""


def look_at_lists(project: str) -> dict[str, Cost]:
    client = sign_in()
    return {name: measure(client, address.format(project=project)) for name, address in LIST_PAGES.items()}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses plans by what it has counted")
def test_lists_cost_the_same_among_many_as_among_few() -> None:
    UserFactory(username="ana", is_superuser=True, is_staff=True)
    call_command("demo_data", assets=300, tasks=120, projects=1)
    few = look_at_lists("demo-1")
    call_command("demo_data", assets=1_500, tasks=600, projects=1)
    many = look_at_lists("demo-2")

    wrong = {}
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
        wrong |= {f"{name}: {text}": LIST_PAGES[name] for text, is_true in checks.items() if not is_true}
    assert not wrong
