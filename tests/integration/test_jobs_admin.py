"""The admin: every row can be looked at, and nothing in it writes a state."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from jobs import search
from jobs.admin.rows import COUNTED
from jobs.models import Asset, Setup, State, Task, TaskEvent, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskEventFactory, TaskFactory, TaskInputFactory, VendorFileFactory
from tests.stored import store_shown_cube

NOT_SHOWN = {"Setup", "TaskInput", "SharedAsset", "PasswordTry", "LightWish"}
"""Parts of other rows, or what nobody has to read; the first of them holds a secret."""


@pytest.fixture
def task(project) -> Task:
    task = TaskFactory(
        project=project, state=State.RUNNING, params={"target_face_count": 4711}, answer={"status": "RUNNING"}
    )
    TaskEventFactory(task=task, text="Sent to Triverse.")
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="lantern"))
    AssetFactory(project=project, task=task, output_key="main")
    VendorFileFactory(asset__project=project)
    return task


MODELS = [model for model in apps.get_app_config("jobs").get_models() if model.__name__ not in NOT_SHOWN]


def test_every_table_is_readable_but_for_those_named_here() -> None:
    registered = {model for model in apps.get_app_config("jobs").get_models() if model in admin.site._registry}

    assert registered == set(MODELS)
    assert Setup not in registered


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_its_search_open(model, staff: User, task: Task) -> None:
    client = sign_in(staff)
    address = reverse(f"admin:jobs_{model._meta.model_name}_changelist")

    plain = client.get(address)
    searched = client.get(address, {"q": "lantern"} if admin.site._registry[model].search_fields else {})

    assert plain.status_code == 200
    assert searched.status_code == 200


@pytest.mark.parametrize("term", ["{task.pk}", "{task.remote_id}", "{task.order_id}", "lantern", "lant", "crown"])
def test_a_task_is_found_by_its_numbers_and_by_words_of_its_prompt_and_files(
    term: str, staff: User, task: Task
) -> None:
    other = TaskFactory(order_id="another", params={})
    AssetFactory(project=task.project, task=task, output_key="2", name="crown")
    search.index_tasks([task.pk, other.pk])
    search.index_assets(list(Asset.objects.values_list("pk", flat=True)))

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"q": term.format(task=task)})

    assert [row.pk for row in page.context["cl"].result_list] == [task.pk]


def test_words_are_found_in_the_project_that_the_list_is_filtered_by(staff: User, task: Task) -> None:
    search.index_tasks([task.pk])
    address = reverse("admin:jobs_task_changelist")

    own = sign_in(staff).get(address, {"q": "lantern", "project": "robots"})
    other = sign_in(staff).get(address, {"q": "lantern", "project": TaskFactory().project.slug})

    assert [row.pk for row in own.context["cl"].result_list] == [task.pk]
    assert list(other.context["cl"].result_list) == []


@pytest.mark.parametrize(("choice", "states"), [("yes", ["running"]), ("attention", ["failed"]), ("no", ["failed"])])
def test_tasks_are_filtered_by_what_they_need(choice: str, states: list[str], staff: User, task: Task) -> None:
    TaskFactory(state=State.FAILED)

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"open": choice})

    assert [row.state for row in page.context["cl"].result_list] == states


def test_a_task_shows_its_timeline_and_answer(staff: User, task: Task) -> None:
    page = sign_in(staff).get(reverse("admin:jobs_task_change", args=[task.pk]))

    assert "Sent to Triverse." in page.text
    assert "&quot;status&quot;: &quot;RUNNING&quot;" in page.text


@pytest.mark.parametrize("action", ["change", "delete"])
def test_a_task_cannot_be_written_or_deleted(action: str, staff: User, task: Task) -> None:
    address = reverse(f"admin:jobs_task_{action}", args=[task.pk])

    answer = sign_in(staff).post(address, {"state": "succeeded", "post": "yes"})

    task.refresh_from_db()
    assert answer.status_code == 403
    assert task.state == State.RUNNING
    assert TaskEvent.objects.filter(task=task).count() == 1


def test_a_member_without_staff_rights_is_refused(owner: User, task: Task) -> None:
    answer = sign_in(owner).get(reverse("admin:jobs_task_changelist"))

    assert answer.status_code == 403
    assert "for the staff" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"vendor": "meshy"}, ["b"]),
        ({"operation": "meshy.retexture"}, ["b"]),
        ({"state__exact": "failed"}, ["b"]),
        ({"project": "robots"}, ["a"]),
        ({"project": "obo"}, ["a"]),
        ({"person": "editor"}, ["a"]),
        ({"code": "2010"}, ["b"]),
        ({"stuck": "60"}, ["a"]),
        ({"since": "2026-03-02", "until": "2026-03-02"}, ["b"]),
        ({"until": "2026-03-01"}, []),
        ({"since": "2026-02-31"}, ["b", "a"]),
        ({"stuck": "x", "since": "y"}, ["b", "a"]),
    ],
)
def test_tasks_are_filtered_by_what_staff_know_of_them(query, found, staff: User, project, editor: User) -> None:
    long_ago = datetime(2026, 3, 2, 12, tzinfo=UTC)
    TaskFactory(
        order_id="a",
        project=project,
        created_by=editor,
        state=State.RUNNING,
        state_at=timezone.now() - timedelta(hours=2),
    )
    TaskFactory(
        order_id="b",
        operation="meshy.retexture",
        state=State.FAILED,
        error_code="2010",
        created_at=long_ago,
        state_at=long_ago,
    )

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), query)

    assert [row.order_id for row in page.context["cl"].result_list] == found


def test_a_list_costs_the_same_however_long_it_is(staff: User, task: Task, django_assert_max_num_queries) -> None:
    client, address = sign_in(staff), reverse("admin:jobs_task_changelist")
    short = client.get(address)
    Task.objects.bulk_create(
        TaskFactory.build(project=task.project, created_by=staff, order_id=f"bulk-{number}")
        for number in range(COUNTED + 60)
    )

    with django_assert_max_num_queries(12) as queries:
        long = client.get(address, {"p": "2"})

    assert short.context["cl"].result_count == 1
    assert long.context["cl"].result_count == COUNTED
    assert "1,000+ tasks" in long.text
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"] and "LIMIT" not in query["sql"]]


def test_a_poster_is_served_to_staff_who_are_no_members(staff: User, owner: User, project) -> None:
    asset = store_shown_cube(project)
    address = reverse("admin:jobs_asset_poster", args=[asset.pk, asset.poster_sha256])

    page = sign_in(staff).get(reverse("admin:jobs_asset_changelist"))

    assert address in page.text
    sent = sign_in(staff).get(address)
    assert (sent.headers["Content-Type"], sent.getvalue()[:4]) == ("image/webp", b"\x89PNG")  # the test's poster
    assert sign_in(staff).get(reverse("admin:jobs_asset_poster", args=[asset.pk, asset.sha256])).status_code == 404
    assert sign_in(owner).get(address).status_code == 403


def test_what_is_filtered_goes_home_as_csv_without_formulas(staff: User, task: Task) -> None:
    TaskFactory(order_id="other", state=State.FAILED, error_what="=HYPERLINK()")

    answer = sign_in(staff).get(reverse("admin:jobs_task_export"), {"state__exact": "failed"})

    lines = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [line["order_id"] for line in lines] == ["other"]
    assert lines[0]["error_what"] == "'=HYPERLINK()"


def test_chosen_tasks_go_home_as_csv(staff: User, task: Task) -> None:
    TaskFactory(order_id="other")

    answer = sign_in(staff).post(
        reverse("admin:jobs_task_changelist"), {"action": "export_csv", "_selected_action": [task.pk]}, follow=True
    )

    assert [line["task"] for line in csv.DictReader(io.StringIO(b"".join(answer).decode()))] == [str(task.pk)]


FACES = {"key": "faces", "label": "Faces, ± 10%", "asked": 5000, "got": 7210, "met": False}


@pytest.mark.parametrize(("choice", "found"), [("missed", {"missed"}), ("met", {"met"}), ("none", {"none"})])
def test_tasks_are_filtered_by_the_verdict_on_their_outputs(choice: str, found: set[str], staff: User, project) -> None:
    for name, states in {"missed": ["met", "missed"], "met": ["met", ""], "none": [""]}.items():
        task = TaskFactory(project=project, state=State.SUCCEEDED, order_id=name)
        for number, state in enumerate(states):
            AssetFactory(project=project, task=task, output_key=str(number), verdict_state=state)

    page = sign_in(staff).get(reverse("admin:jobs_task_changelist"), {"verdict": choice})

    assert {row.order_id for row in page.context["cl"].result_list} == found


def test_files_are_filtered_by_their_verdict(staff: User, project) -> None:
    missed = AssetFactory(project=project, verdict_state="missed")
    AssetFactory(project=project, verdict_state="met")

    page = sign_in(staff).get(reverse("admin:jobs_asset_changelist"), {"verdict_state__exact": "missed"})

    assert [row.pk for row in page.context["cl"].result_list] == [missed.pk]


def test_sizes_of_files_are_written_as_elsewhere(staff: User, task: Task) -> None:
    output = task.outputs.get()
    Asset.objects.filter(pk=output.pk).update(size_bytes=6_100_000)

    for name, args in (("asset_changelist", []), ("asset_change", [output.pk]), ("task_change", [task.pk])):
        page = sign_in(staff).get(reverse(f"admin:jobs_{name}", args=args)).text
        assert "6.1\u00a0MB" in page
        assert "6100000" not in page


def test_a_task_and_a_file_show_what_was_asked_and_what_came(staff: User, task: Task) -> None:
    output = task.outputs.get()
    Asset.objects.filter(pk=output.pk).update(verdict=[FACES], verdict_state="missed")

    pages = [
        sign_in(staff).get(reverse("admin:jobs_task_change", args=[task.pk])),
        sign_in(staff).get(reverse("admin:jobs_asset_change", args=[output.pk])),
    ]

    for page in pages:
        assert "Faces, ± 10%: asked 5000, got 7210 (differs)" in page.text
