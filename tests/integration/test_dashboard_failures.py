"""Failure cards: what happened, was it charged, and the one button that helps, for everything that can go wrong."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import queue
from jobs.models import Project, State, Task, User, VendorAccount
from jobs.vendors import get_connection
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory
from tests.page_parts import cut

pytestmark = pytest.mark.django_db

BY_WORDS = "triverse.text-to-texture"
WORDS = {"text_prompt": "rusty robot"}
BUTTON = re.compile(r'class="btn btn-primary"[^>]*>(?:<svg.*?</svg>)([^<]*)<', re.DOTALL)


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


def make(project: Project, code: str, *, state: str = State.FAILED, model: str = "glb", **columns: object) -> Task:
    columns = {"operation": BY_WORDS, "params": WORDS, "error_what": "It broke.", "quoted_credits": 20, **columns}
    task = TaskFactory(project=project, state=state, error_code=code, **columns)
    name = "model_url" if columns["operation"] in (BY_WORDS, "meshy.retexture") else "model_file"
    TaskInputFactory(task=task, asset=AssetFactory(project=project, name="robot", format=model), field=name)
    return task


def read_card(client: Client, task: Task) -> str:
    return cut(client.get(reverse("task", args=[task.pk])).content.decode(), "task-failure")


def read_button(card: str) -> str:
    found = BUTTON.findall(card)
    assert len(found) == 1, card
    return found[0].strip()


CARDS = {
    "no credits": ("2010", "Not enough API credits at Triverse", "Use Meshy · about"),
    "refused content": ("2008", "Triverse refused the words or the picture", "Reword it"),
    "a format": ("2004", "Triverse cannot read this GLB", "Choose another file"),
    "a value": ("1004", "Triverse cannot work with this", "Edit and run"),
    "the key": ("401", "Triverse is not connected", "Use Meshy · about"),
    "no reason": ("", "Triverse could not finish this", "Run again · about 20 credits"),
    "staff": ("marked_failed", "An administrator ended this task", "Run again · about 20 credits"),
    "a lost input": ("file_missing", "The input file is missing", "Choose another file"),
}


@pytest.mark.parametrize(("code", "title", "button"), CARDS.values(), ids=CARDS)
def test_each_failure_has_the_button_that_helps(
    client: Client, project: Project, code: str, title: str, button: str
) -> None:
    card = read_card(client, make(project, code, error_charged="no"))

    assert title in card
    assert "Not charged." in card
    assert read_button(card).startswith(button)


def test_a_file_that_is_no_glb_is_converted_first(client: Client, project: Project) -> None:
    task = make(project, "2004", model="fbx")

    card = read_card(client, task)

    assert "Triverse cannot read this FBX" in card
    assert read_button(card) == "Convert to GLB"
    form = client.get(re.findall(r'class="btn btn-primary" href="([^"]+)"', card)[0].replace("&amp;", "&"))
    assert form.status_code == 200
    assert form.context["form"].initial["target_format"] == "glb"
    assert str(form.context["form"].initial["model_file"]) == str(task.inputs.get().pk)


def test_a_prompt_that_is_too_long_is_shortened_in_its_field(client: Client, project: Project) -> None:
    card = read_card(client, make(project, "1004", error_what="The prompt is too long: at most 500 characters."))

    assert read_button(card) == "Shorten the prompt"
    assert "#id_text_prompt-control" in card


def test_uvs_that_cannot_be_kept_are_made_anew(client: Client, project: Project) -> None:
    params = {"text_style_prompt": "wood", "enable_original_uv": True}
    task = make(project, "model_missing_uv", operation="meshy.retexture", params=params)

    card = read_card(client, task)

    assert read_button(card) == "Run with new UVs"
    address = re.findall(r'class="btn btn-primary" href="([^"]+)"', card)[0].replace("&amp;", "&")
    assert not client.get(address).context["form"].initial["enable_original_uv"]


def test_the_other_vendor_gets_the_words_and_the_model(client: Client, project: Project) -> None:
    task = make(project, "2010")

    address = re.findall(r'class="btn btn-primary" href="([^"]+)"', read_card(client, task))[0].replace("&amp;", "&")
    initial = client.get(address).context["form"].initial

    assert initial["text_style_prompt"] == "rusty robot"
    assert str(initial["model_url"]) == str(task.inputs.get().pk)


def test_a_shortage_is_told_in_numbers(client: Client, project: Project) -> None:
    account = get_connection("triverse").account
    VendorAccount.objects.create(vendor="triverse", account=account, balance_credits=4, answered_at=timezone.now())
    task = make(project, "2010")

    assert "Triverse has 4 API credits; this needs 20. Credits of its web plans do not count." in read_card(
        client, task
    )


@pytest.mark.parametrize("code", ["expired", "4042"])
def test_files_that_did_not_come_are_fetched_again_for_free(client: Client, project: Project, code: str) -> None:
    columns = {"state": State.EXPIRED, "error_charged": "yes", "charged_credits": 20}
    task = make(project, code, **columns)

    card = read_card(client, task)
    answer = client.post(reverse("task-fetch", args=[task.pk]), follow=True).content.decode()

    assert read_button(card) == "Fetch again · free"
    assert "Charged 20 credits." in card
    assert "This is free." in answer
    task.refresh_from_db()
    assert (task.state, task.group, task.charged_credits) == (State.SAVING, "running", 20)


def test_files_that_the_vendor_has_deleted_are_not_offered(client: Client, project: Project) -> None:
    what = "Meshy does not know this task any more, and its files are gone."
    card = read_card(client, make(project, "expired", state=State.EXPIRED, error_what=what))

    assert "The files are gone" in card
    assert read_button(card).startswith("Run again · about")


def test_what_waits_for_its_vendor_says_so_and_where_else_it_can_run(client: Client, project: Project) -> None:
    note = "Triverse asks to slow down. The task waits safely and is tried again at 14:05."
    task = make(project, "", state=State.QUEUED, attempts=2, note=note, error_what="")

    card = read_card(client, task)

    assert note in card
    assert "Not charged: it has not been sent." in card
    assert 'role="status"' in card
    assert read_button(card).startswith("Use Meshy")


def test_staff_are_led_to_the_key_and_told_on_every_page(project: Project, staff: User) -> None:
    project.memberships.create(user=staff, role="owner")
    account = get_connection("triverse").account
    said = "Triverse refuses the key. Ask an administrator to check TRIVERSE_API_KEY."
    VendorAccount.objects.create(vendor="triverse", account=account, problem=said)

    card = read_card(sign_in(staff), make(project, "401", error_now="Check the key."))
    page = sign_in(staff).get("/").content.decode()

    assert read_button(card) == "Look at Triverse&#x27;s key"
    assert "Triverse refuses the key" in cut(page, "vendor-notices")


def test_members_are_not_told_of_keys(client: Client, project: Project) -> None:
    account = get_connection("triverse").account
    VendorAccount.objects.create(vendor="triverse", account=account, problem="Triverse refuses the key. Ask.")

    assert "key" not in cut(client.get("/").content.decode(), "vendor-notices")


def test_who_waits_for_a_worker_is_told(client: Client, project: Project, editor: User) -> None:
    quiet = client.get("/").content.decode()
    make(project, "", state=State.QUEUED, created_by=editor)

    busy = client.get("/").content.decode()

    assert "waiting for the server" not in quiet
    assert "Tasks are waiting for the server" in cut(busy, "vendor-notices")


def test_who_may_only_look_gets_no_buttons(project: Project, viewer: User) -> None:
    card = read_card(sign_in(viewer), make(project, "2004", model="fbx"))

    assert "Triverse cannot read this FBX" in card
    assert "btn-primary" not in card
    assert "Dismiss" not in card


def test_a_card_is_dismissed_and_listed_again(client: Client, project: Project) -> None:
    task = make(project, "2004")

    client.post(reverse("task-dismiss", args=[task.pk]))
    dismissed = read_card(client, task)
    client.post(reverse("task-undismiss", args=[task.pk]))

    assert "Dismissed by editor" in dismissed
    assert "List it again" in dismissed
    assert "List it again" not in read_card(client, task)


def test_the_queue_is_told_to_fetch(client: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr("jobs.queue.send", lambda step, pk: sent.append((step, pk)))
    task = make(project, "expired", state=State.EXPIRED)

    client.post(reverse("task-fetch", args=[task.pk]))

    assert sent == [(queue.SAVE, task.pk)]
