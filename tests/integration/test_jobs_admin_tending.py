"""The admin's deeds: each asks first, says what it costs and why it leaves a task out, needs a right, and acts once."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from jobs.admin.deeds import AT_ONCE, DEEDS
from jobs.models import Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory, UserFactory

pytestmark = pytest.mark.django_db
WHY = {"reason": "The vendor was down.", "nonce": "abcdefgh1234"}
STATES = {
    "recheck": State.RUNNING,
    "fetch-files": State.EXPIRED,
    "retry": State.FAILED,
    "cancel": State.QUEUED,
    "mark-failed": State.RUNNING,
}


def get_address(key: str, *tasks: Task) -> str:
    return f"{reverse(f'admin:jobs_task_{key}')}?ids={','.join(str(task.pk) for task in tasks)}"


def send(client, key: str, *tasks: Task, **values: str):
    ids = ",".join(str(task.pk) for task in tasks)
    return client.post(reverse(f"admin:jobs_task_{key}"), {**WHY, "ids": ids, **values})


def get_right(codename: str) -> Permission:
    return Permission.objects.get(codename=codename, content_type__app_label="jobs")


@pytest.fixture
def failed(project: Project, editor: User) -> Task:
    task = TaskFactory(project=project, created_by=editor, state=State.FAILED, quoted_credits=8)
    TaskInputFactory(task=task, asset=AssetFactory(project=project))
    return task


@pytest.mark.parametrize("key", DEEDS)
def test_a_deed_asks_first_acts_once_and_says_who_and_why(key: str, staff: User) -> None:
    task = TaskFactory(state=STATES[key], quoted_credits=8)
    client = sign_in(staff)

    asked = client.get(get_address(key, task))
    unchanged = Task.objects.get(pk=task.pk)
    without_reason = send(client, key, task, reason="")
    send(client, key, task)

    events = list(task.events.all())
    assert asked.status_code == 200
    assert f"{DEEDS[key].button}: 1 task" in asked.text
    assert (unchanged.state, without_reason.status_code) == (task.state, 200)
    assert [(event.actor, "The vendor was down." in event.text) for event in events] == [(staff, True)]
    assert LogEntry.objects.get().object_id == str(task.pk)


@pytest.mark.parametrize("key", DEEDS)
def test_a_deed_needs_its_right(key: str, owner: User) -> None:
    task = TaskFactory(state=STATES[key])
    reader = UserFactory(username="reader", is_staff=True)
    reader.user_permissions.add(get_right("view_task"))

    answers = [send(sign_in(person), key, task).status_code for person in (reader, owner)]
    page = sign_in(reader).get(reverse("admin:jobs_task_change", args=[task.pk]))
    listed = sign_in(reader).get(reverse("admin:jobs_task_changelist"))

    assert answers == [403, 403]
    assert get_address(key, task) not in page.text
    assert f'value="{key}"' not in listed.text
    assert not task.events.exists()


def test_retry_needs_the_right_to_start_tasks_besides(failed: Task) -> None:
    tender = UserFactory(username="tender", is_staff=True)
    tender.user_permissions.add(get_right("view_task"), get_right("change_task"))

    page = sign_in(tender).get(reverse("admin:jobs_task_change", args=[failed.pk]))

    assert send(sign_in(tender), "retry", failed).status_code == 403
    assert get_address("retry", failed) not in page.text
    assert Task.objects.count() == 1


def test_a_retry_says_number_and_total_price_and_two_clicks_are_one_charge(
    failed: Task, project: Project, staff: User
) -> None:
    other = TaskFactory(project=project, state=State.EXPIRED, charged_credits=5, quoted_credits=6)
    done = TaskFactory(project=project, state=State.SUCCEEDED, quoted_credits=100)
    client = sign_in(staff)

    asked = client.get(get_address("retry", failed, other, done))
    first = send(client, "retry", failed, other, done)
    again = send(client, "retry", failed, other, done)
    later = client.get(get_address("retry", failed))

    assert "2 new tasks: about 13 credits at Triverse." in asked.text
    assert "Left as it is. It is done." in asked.text
    assert first.url == again.url == reverse("admin:jobs_task_changelist")
    assert Task.objects.count() == 5
    assert "started again before" in later.text


def test_the_list_leads_to_the_page_that_asks_with_at_most_a_hundred(staff: User, failed: Task) -> None:
    client, address = sign_in(staff), reverse("admin:jobs_task_changelist")
    Task.objects.bulk_create(
        TaskFactory.build(project=failed.project, order_id=f"bulk-{number}") for number in range(AT_ONCE)
    )

    one = client.post(address, {"action": "retry", "_selected_action": [failed.pk]})
    every = client.post(address, {"action": "retry", "_selected_action": [failed.pk], "select_across": "1"})

    assert one.url == get_address("retry", failed)
    assert every.url.count(",") == AT_ONCE - 1


@pytest.mark.parametrize("ids", ["", "x", "0", "99999999999999999999999999", "1;2"])
def test_a_page_without_tasks_has_nothing_to_do(ids: str, staff: User) -> None:
    client = sign_in(staff)

    asked = client.get(reverse("admin:jobs_task_retry"), {"ids": ids})
    sent = client.post(reverse("admin:jobs_task_retry"), {**WHY, "ids": ids})

    assert "There is nothing to do" in asked.text
    assert (asked.status_code, sent.status_code) == (200, 200)


def test_a_tasks_page_offers_what_can_be_done_with_it(staff: User, failed: Task) -> None:
    page = sign_in(staff).get(reverse("admin:jobs_task_change", args=[failed.pk]))

    assert get_address("retry", failed) in page.text
    assert get_address("cancel", failed) not in page.text
