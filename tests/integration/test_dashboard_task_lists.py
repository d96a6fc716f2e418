"""The lists of tasks: three groups with their counts, filters in the address, pages by keys, and a bounded price."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard.paging import count_up_to
from dashboard.templatetags.patina import capped
from jobs import circuit, search
from jobs.models import Group, Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory, ProjectFactory, TaskFactory, TaskInputFactory, UserFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HTMX = {"HX-Request": "true"}
OF_PROJECT = "/p/robots/tasks/"
MINE = "/tasks/"
BY_WORDS = "triverse.text-to-texture"
QUERIES_MAX = 12
LISTS = [MINE, OF_PROJECT, f"{OF_PROJECT}?show=done", f"{OF_PROJECT}?person=editor", f"{MINE}?q=robot", "/"]


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def make_task(project: Project, state: str = State.RUNNING, **columns: object) -> Task:
    columns = {"created_at": NOW, "state_at": NOW, **columns}
    task = TaskFactory(project=project, state=state, **columns)
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="robot", preview="ready"))
    return task


def list_numbers(client: Client, address: str) -> list[int]:
    page = client.get(address).content.decode()
    return [int(number) for number in re.findall(r'<tr id="task-(\d+)"', page)]


def find_links(page: str, rel: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(rf'rel="{rel}"\s+href="([^"]+)"', page)]


def test_my_tasks_are_mine_in_all_projects(client: Client, project: Project, editor: User) -> None:
    other = ProjectFactory()
    other.memberships.create(user=editor)
    mine = [TaskFactory(project=project, created_by=editor), TaskFactory(project=other, created_by=editor)]
    TaskFactory(project=project, created_by=UserFactory())
    TaskFactory(created_by=editor)

    assert sorted(list_numbers(client, MINE)) == sorted(task.pk for task in mine)


def test_a_projects_tasks_are_everybodys(client: Client, project: Project, editor: User) -> None:
    TaskFactory(project=project, created_by=UserFactory(username="ben"))
    TaskFactory(project=project, created_by=editor)
    TaskFactory()

    assert len(list_numbers(client, OF_PROJECT)) == 2


def test_every_state_stands_in_one_group_and_the_database_knows_it(client: Client, project: Project) -> None:
    for state in State.values:
        make_task(project, state)

    shown = {show: list_numbers(client, f"{OF_PROJECT}?show={show}") for show in Group.values}
    page = client.get(f"{OF_PROJECT}?show=attention").content.decode()

    assert {show: len(numbers) for show, numbers in shown.items()} == {"attention": 3, "running": 5, "done": 2}
    assert sorted(number for numbers in shown.values() for number in numbers) == sorted(
        list_numbers(client, OF_PROJECT)
    )
    assert re.search(r'show=attention" aria-current="page">Needs attention <span class="meta">3', page)


def test_the_page_of_all_shows_the_first_of_each_group_and_leads_to_the_rest(client: Client, project: Project) -> None:
    for _ in range(11):
        make_task(project, State.FAILED)
    running = make_task(project, State.RUNNING)

    page = client.get(OF_PROJECT).content.decode()

    assert page.index('id="group-attention"') < page.index('id="group-running"')
    assert cut(page, "group-attention").count("<tr id=") == 10
    assert 'href="/p/robots/tasks/?show=attention">All 11' in page
    assert f'id="task-{running.pk}"' in cut(page, "group-running")
    assert 'id="group-done"' not in page


@pytest.mark.parametrize("query", ["show=nonsense", "state=zebra&vendor=0&since=never", "after=zebra", "after=1~2~3"])
def test_what_cannot_be_read_filters_nothing(client: Client, project: Project, query: str) -> None:
    task = make_task(project)

    assert list_numbers(client, f"{OF_PROJECT}?{query}") == [task.pk]


FILTERS = {
    "state=running": "running",
    "vendor=meshy": "meshy",
    "operation=meshy.retexture": "meshy",
    "person=ben": "bens",
    "since=2020-01-01&until=2020-12-31": "old",
    "q=zebra": "zebra",
}


@pytest.mark.parametrize(("query", "found"), FILTERS.items())
def test_a_filter_stands_in_the_address_and_as_a_chip_that_takes_it_away(
    client: Client, project: Project, query: str, found: str
) -> None:
    ben = MembershipFactory(project=project, user__username="ben").user
    tasks = {
        "running": make_task(project, State.RUNNING),
        "meshy": make_task(project, State.SUCCEEDED, operation="meshy.retexture"),
        "bens": make_task(project, State.SUCCEEDED, created_by=ben),
        "old": make_task(project, State.SUCCEEDED, created_at=NOW.replace(year=2020)),
        "zebra": make_task(project, State.SUCCEEDED, operation=BY_WORDS, params={"text_prompt": "zebra stripes"}),
    }
    search.index_tasks([task.pk for task in tasks.values()])

    page = client.get(f"{OF_PROJECT}?{query}&after=").content.decode()

    assert [int(number) for number in re.findall(r'<tr id="task-(\d+)"', page)] == [tasks[found].pk]
    chips = re.findall(r'class="chip chip-set"\s+href="([^"]+)"', page)
    assert len(chips) == len(query.split("&"))
    assert all(chip.startswith(f"{OF_PROJECT}?") for chip in chips)
    if len(chips) == 1:
        assert chips == [f"{OF_PROJECT}?"]


def test_my_list_knows_my_projects_alone(client: Client, project: Project, editor: User) -> None:
    other = ProjectFactory(name="Others", slug="others")
    other.memberships.create(user=editor)
    mine = TaskFactory(project=other, created_by=editor)
    TaskFactory(project=project, created_by=editor)
    ProjectFactory(name="Hidden", slug="hidden")

    page = client.get(f"{MINE}?project=others").content.decode()

    assert list_numbers(client, f"{MINE}?project=others") == [mine.pk]
    assert "Hidden" not in page


def test_nothing_that_matches_says_which_filters_to_take_away(client: Client, project: Project) -> None:
    make_task(project)

    page = client.get(f"{OF_PROJECT}?state=failed&vendor=meshy").content.decode()

    assert "Nothing matches" in page
    assert "No task here is: Failed, Meshy." in page
    assert f'href="{OF_PROJECT}?"' in page


def test_pages_go_by_keys_both_ways_and_lose_nobody(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.task_list.PAGE_SIZE", 3)
    tasks = [make_task(project, State.SUCCEEDED, created_at=NOW - timedelta(hours=number // 2)) for number in range(7)]
    in_order = [task.pk for task in sorted(tasks, key=lambda task: (task.created_at, task.pk), reverse=True)]
    address, walked = f"{OF_PROJECT}?show=done", []

    while address:
        page = client.get(address).content.decode()
        walked.append([int(number) for number in re.findall(r'<tr id="task-(\d+)"', page)])
        address = next(iter(find_links(page, "next")), "")
    back = find_links(page, "prev")[0]
    make_task(project, State.SUCCEEDED, created_at=NOW + timedelta(minutes=1))

    assert [number for part in walked for number in part] == in_order
    assert [len(part) for part in walked] == [3, 3, 1]
    assert list_numbers(client, back) == walked[1]  # a newer task moves nobody to another page
    assert list_numbers(client, f"{OF_PROJECT}?show=done&after=2001-01-01T00:00:00+00:00~1") != []


@pytest.mark.parametrize(
    "address",
    [MINE, OF_PROJECT, f"{OF_PROJECT}?show=done", f"{OF_PROJECT}?person=editor&q=robot", f"{MINE}?q=robot", "/"],
)
def test_a_list_costs_the_same_for_many_as_for_few(
    client: Client, project: Project, editor: User, address: str
) -> None:
    def make(number: int) -> None:
        for state in (State.SUCCEEDED, State.FAILED, State.RUNNING):
            tasks = [make_task(project, state, created_by=editor) for _ in range(number)]
            search.index_tasks([task.pk for task in tasks])

    def look() -> CaptureQueriesContext:
        circuit.forget()  # else vendors are asked for in one of the two alone
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return queries

    make(1)
    few = look()
    make(30)
    many = look()

    assert len(many) <= QUERIES_MAX, [query["sql"][:120] for query in many]
    assert len(many) == len(few)
    assert not [query["sql"] for query in many if re.match(r"SELECT COUNT", query["sql"])]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table that is so small as a whole")
def test_a_list_is_entered_by_an_index(client: Client, project: Project, editor: User) -> None:
    groups = [
        Task.objects.filter(project=project, group=Group.DONE),
        Task.objects.filter(created_by=editor, project__in=[project.pk], group=Group.ATTENTION),
    ]

    plans = [rows[:51].explain() for rows in groups]

    assert ["task_list_group" in plans[0], "task_mine_group" in plans[1]] == [True, True]
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]


def test_counts_stop_counting(project: Project) -> None:
    for _ in range(4):
        make_task(project, State.SUCCEEDED)
    count = count_up_to(3, done=Task.objects.all(), none=Task.objects.none())

    assert count == {"done": 4, "none": 0}
    assert (capped(4, 3), capped(3, 3), capped(1001), capped(1000)) == ("3+", "3", "1,000+", "1,000")


def test_a_list_asks_again_while_something_on_it_runs(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.task_list.build_duration", lambda *_: "21 s")  # it goes on between two pages
    make_task(project, State.SUCCEEDED)
    quiet = client.get(OF_PROJECT).content.decode()
    make_task(project, State.RUNNING)

    busy, part = (client.get(OF_PROJECT + "?show=running", headers=headers).content.decode() for headers in ({}, HTMX))

    assert "hx-trigger" not in quiet
    assert f'hx-get="{OF_PROJECT}?show=running"' in busy
    assert cut(part, "task-list") == cut(busy, "task-list")
    assert "<html" not in part


@pytest.mark.parametrize("show", ["", "attention", "running", "done"])
def test_every_empty_list_says_what_would_be_there(client: Client, project: Project, show: str) -> None:
    page = client.get(OF_PROJECT, {"show": show}).content.decode()

    assert 'class="card empty-state"' in page


def test_the_tab_says_how_many_run_and_need_somebody(client: Client, project: Project, editor: User) -> None:
    quiet = client.get(MINE).content.decode()
    for state in (State.FAILED, State.RUNNING, State.QUEUED, State.SUCCEEDED):
        make_task(project, state, created_by=editor)
    make_task(project, State.RUNNING)  # somebody else's

    busy = client.get("/p/new/").content.decode()
    answer = client.get(reverse("tab-counts")).content.decode()

    assert re.search(r"<title>\s*My tasks", quiet)
    assert "(1 needs you, 2 running) " in re.findall(r"<title>([^<]*)", busy)[0]
    assert 'data-title="(1 needs you, 2 running) "' in answer
    assert 'hx-trigger="every 5s"' in answer
    assert 'hx-trigger="every' not in cut(quiet, "tab-counts")
    client.logout()
    assert client.get(reverse("tab-counts")).status_code == 204, "a tab whose session ended keeps what it shows"
    assert re.search(r'id="running-count-side"[^>]*hx-swap-oob="true">2<', " ".join(answer.split()))
