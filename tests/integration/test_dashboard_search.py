"""The page of search: over all projects of a person, and over nobody else's."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from jobs import search
from jobs.models import Project, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(viewer: User) -> Client:
    return sign_in(viewer)


def make_file(project: Project, name: str, **columns: object) -> None:
    search.index_new_asset(AssetFactory(project=project, name=name, preview="ready", **columns))


def read(client: Client, query: str) -> str:
    return client.get(f"/search/?{query}").content.decode()


def list_files(page: str) -> list[str]:
    return re.findall(r'class="tile-name"[^>]*>([^<]+)', page)


def test_files_tasks_and_projects_of_all_my_projects_are_found(client: Client, viewer: User, project: Project) -> None:
    other = MembershipFactory(user=viewer, project__name="Rusty things").project
    make_file(project, "rusty robot")
    make_file(other, "rusty lamp")
    make_file(project, "rusty and gone", trashed_at=timezone.now())
    task = TaskFactory(project=other, operation="meshy.retexture", params={"text_style_prompt": "rusty iron"})
    TaskInputFactory(task=task, asset=AssetFactory(project=other, name="Fox"))
    search.index_new_task(task)

    page = read(client, "q=rust")

    assert list_files(page) == ["rusty lamp", "rusty robot"]
    assert f'href="/p/{other.slug}/"' in page
    assert "rusty iron" in page
    assert re.search(r"Retexture\s+Fox", page)


def test_nothing_of_other_peoples_projects_is_found(client: Client, project: Project) -> None:
    other = ProjectFactory(name="Rusty secrets")
    make_file(other, "rusty secret")
    task = TaskFactory(project=other, operation="meshy.retexture", params={"text_style_prompt": "rusty secret"})
    search.index_new_task(task)
    trashed = MembershipFactory(user=User.objects.get(username="viewer"), project__trashed_at=timezone.now()).project
    make_file(trashed, "rusty trash")

    page = read(client, "q=rusty")

    assert "Nothing holds" in page
    assert "secret" not in page
    assert "trash" not in re.sub(r'href="[^"]*"', "", page).replace(">Trash", "").replace("#trash", "")


def test_all_of_one_part_is_paged(client: Client, project: Project) -> None:
    for number in range(60):
        make_file(project, f"robot {number}")

    both = read(client, "q=robot")
    first = read(client, "q=robot&in=files")
    onward = re.findall(r'href="([^"]+)"\s+rel="next"', first)[0].replace("&amp;", "&")
    second = client.get(onward).content.decode()

    assert len(list_files(both)) == 12
    assert "in=files" in both
    assert list_files(first) + list_files(second) == [f"robot {number}" for number in range(59, -1, -1)]
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


@pytest.mark.parametrize("query", ["", "q=", "q=+%21+", "q=%00", "in=files"])
def test_without_words_the_page_says_what_can_be_looked_for(client: Client, query: str) -> None:
    assert "Find files and tasks in all your projects" in read(client, query)


def test_what_was_typed_is_shown_as_text(client: Client, project: Project) -> None:
    page = read(client, "q=%3Cscript%3Ealert(1)")

    assert "<script>alert" not in page
    assert "Nothing holds" in page


def test_the_search_asks_the_database_little(
    client: Client, viewer: User, django_assert_max_num_queries: object
) -> None:
    for _ in range(8):
        other = MembershipFactory(user=viewer).project
        for number in range(4):
            make_file(other, f"robot {number}")
            task = TaskFactory(project=other)
            TaskInputFactory(task=task, asset=AssetFactory(project=other, name="robot"))
            search.index_new_task(task)

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        read(client, "q=robot")
