"""Prices on the form, what differs from an earlier task, both vendors at once, next steps."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import pairing, quotes
from jobs.models import Asset, Project, State, Task, User, VendorAccount
from jobs.prices import Price
from jobs.vendors import OPERATIONS, get_connection
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, ProjectFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

BOTH = reverse("task-new", args=["robots", pairing.KEY])
RETEXTURE = reverse("task-new", args=["robots", "meshy.retexture"])
REMESH = reverse("task-new", args=["robots", "triverse.model-remesh"])


@pytest.fixture(autouse=True)
def fresh_quotes() -> None:
    quotes.forget()


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot", facts={"has_uvs_everywhere": True})


@pytest.fixture
def image(project: Project) -> Asset:
    return ImageFactory(project=project, name="style")


def set_balance(vendor: str, amount: float) -> None:
    account = get_connection(vendor).account
    VendorAccount.objects.create(vendor=vendor, account=account, balance_credits=amount, answered_at=timezone.now())


def read(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The price ------------------------------------------------------------------------------------------------------


def test_the_form_says_the_price_who_says_so_and_what_is_left(client: Client, model: Asset) -> None:
    set_balance("meshy", 230)

    page = read(client.get(RETEXTURE))

    assert "<span data-price-after>Balance after: 220.</span>" in page
    assert "Meshy’s list price." in page
    assert "data-price-text>10 credits</span>" in page


def test_the_price_follows_the_form_however_little_is_filled_in(client: Client, project: Project) -> None:
    set_balance("meshy", 12)
    address = reverse("task-price", args=["robots", "meshy.retexture"])

    answer = client.post(address, {"texture_resolution": "8k", "model_url": "none"}).json()

    assert answer["text"] == "15 credits"
    assert answer["isShort"] is True
    assert answer["after"] == "Too little left: it needs 15, and 12 are there."


def test_a_quote_is_asked_for_by_the_server_and_no_page_waits_for_it(
    client: Client, model: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(operation: Any, params: Any, *, person: int) -> Price:
        asked.append(operation.key)
        return Price(40, "quote")

    monkeypatch.setattr("dashboard.form_page.ask_price", ask)

    page = read(client.get(REMESH))
    assert asked == []
    assert "how many is not known yet" in page
    answer = client.post(reverse("task-price", args=["robots", "triverse.model-remesh"]), {}).json()
    assert (answer["text"], asked) == ("40 credits", ["triverse.model-remesh"])
    assert answer["note"].startswith("Quoted by Triverse.")


def test_prices_are_for_those_who_may_spend(viewer: User, stranger: User, project: Project) -> None:
    address = reverse("task-price", args=["robots", "meshy.retexture"])

    assert sign_in(viewer).post(address, {}).status_code == 403
    assert sign_in(stranger).post(address, {}).status_code == 404


def test_run_again_says_its_price(client: Client, project: Project) -> None:
    task = TaskFactory(project=project, state=State.SUCCEEDED, quoted_credits=20, charged_credits=20, params={})

    page = read(client.get(reverse("task", args=[task.pk])))

    assert 'Run again<span class="btn-price">20 credits</span>' in page
    assert "20 credits charged" in page


# --- Edit and run ---------------------------------------------------------------------------------------------------


def test_what_differs_from_the_earlier_task_is_marked(client: Client, model: Asset) -> None:
    task = TaskFactory(project=model.project, params={"target_face_count": 5000, "face_type": "triangle"})
    TaskInputFactory(task=task, asset=model)

    fresh = client.get(REMESH, {"from": task.pk})
    edited = client.post(REMESH, {"from": task.pk, "model_file": model.pk, "target_face_count": "7", "form_key": "k"})

    marks = {control.name: control.before for control in fresh.context["controls"]}
    assert not any(before.differs for before in marks.values())
    assert json.loads(marks["target_face_count"].sent) == ["5000"]
    assert marks["face_type"].text == "Triangles"
    assert marks["model_file"].text == "robot"
    assert f'href="{reverse("task", args=[task.pk])}"' in read(fresh)
    changed = {control.name for control in edited.context["controls"] if control.before.differs}
    assert {"target_face_count", "face_type"} <= changed
    assert "model_file" not in changed


def test_another_projects_task_fills_in_nothing(client: Client, model: Asset) -> None:
    foreign = TaskFactory(params={"target_face_count": 77_777})

    assert client.get(REMESH, {"from": foreign.pk}).status_code == 404


# --- Both vendors ---------------------------------------------------------------------------------------------------


def test_one_form_starts_a_task_at_each_vendor(client: Client, model: Asset) -> None:
    values = {"form_key": "k", "model": model.pk, "prompt": "oak", "resolution": "4k", "pbr": "on", "keep_uvs": "on"}

    response = client.post(BOTH, values)

    first, second = Task.objects.order_by("pk")
    assert first.pair_key
    assert first.pair_key == second.pair_key
    assert (first.operation, second.operation) == ("triverse.text-to-texture", "meshy.retexture")
    assert first.params["text_prompt"] == second.params["text_style_prompt"] == "oak"
    assert (first.params["texture_size"], second.params["texture_resolution"]) == (4096, "4k")
    assert (second.params["enable_pbr"], second.params["enable_original_uv"]) == (True, True)
    assert second.params["remove_lighting"] is True
    assert [item.asset for task in (first, second) for item in task.task_inputs.all()] == [model, model]
    assert response["Location"] == reverse("task", args=[first.pk]) + "?then=compare"


def test_a_picture_goes_to_both_as_style(client: Client, model: Asset, image: Asset) -> None:
    client.post(BOTH, {"form_key": "k", "model": model.pk, "image": image.pk})

    first, second = Task.objects.order_by("pk")
    assert first.operation == "triverse.texture-model"
    assert {item.field for item in first.task_inputs.all()} == {"model_file", "image_file"}
    assert {item.field for item in second.task_inputs.all()} == {"model_url", "image_style_url"}
    assert second.params["enable_pbr"] is False


def test_sent_twice_it_is_two_tasks_and_the_same_soon_after_is_asked_about(client: Client, model: Asset) -> None:
    values = {"form_key": "k", "model": model.pk, "prompt": "oak"}

    addresses = {client.post(BOTH, values)["Location"] for _ in range(2)}
    other_tab = client.post(BOTH, values | {"form_key": "other"})

    assert len(addresses) == 1
    assert (other_tab.status_code, Task.objects.count()) == (409, 2)
    last = Task.objects.order_by("pk").last()
    assert last is not None
    client.post(BOTH, values | {"form_key": "other", "once_more": last.pk})
    assert Task.objects.count() == 4


def test_what_one_vendor_refuses_starts_nothing_at_the_other(
    client: Client, model: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **named: Any) -> Task:
        if named["operation"].vendor == "meshy":
            raise RuntimeError
        return create(*args, **named)

    create = pairing.lifecycle.create_task
    monkeypatch.setattr(pairing.lifecycle, "create_task", refuse)

    with pytest.raises(RuntimeError):
        client.post(BOTH, {"form_key": "k", "model": model.pk, "prompt": "oak"})
    assert not Task.objects.exists()
    empty = client.post(BOTH, {"form_key": "k", "model": model.pk})
    assert empty.status_code == 422
    assert "Say the style in words, or choose a picture." in read(empty)


def test_a_vendors_form_hands_over_what_both_share_and_says_what_not(client: Client, model: Asset) -> None:
    values = {
        "form_key": "k",
        "from_operation": "triverse.text-to-texture",
        "model_url": model.pk,
        "text_prompt": "oak",
        "texture_size": 4096,
        "polygon_limit": 90_000,
    }

    response = client.post(BOTH, values)

    shown = {control.name: control.value for control in response.context["controls"]}
    assert (shown["prompt"], str(shown["model"]), shown["resolution"]) == ("oak", str(model.pk), "4k")
    assert "Polygon limit" in read(response)
    assert not Task.objects.exists()


def test_every_texturing_form_offers_both_and_no_other_does(client: Client, model: Asset) -> None:
    for key in OPERATIONS:
        page = read(client.get(reverse("task-new", args=["robots", key])))
        assert ('name="from_operation"' in page) is pairing.is_pairable(OPERATIONS[key])


def test_the_shared_price_adds_nothing_up(client: Client, model: Asset) -> None:
    set_balance("meshy", 100)
    account = get_connection("triverse").account
    VendorAccount.objects.create(
        vendor="triverse", account=account, balance_credits=50, prices={"triverse.text-to-texture": 40}
    )
    page = read(client.get(BOTH))

    assert "40 + 10 credits" in page
    assert "Balance after: Triverse 10, Meshy 90." in page


def test_run_on_both_says_its_price_on_a_vendors_own_form(client: Client, model: Asset) -> None:
    account = get_connection("triverse").account
    VendorAccount.objects.create(
        vendor="triverse", account=account, balance_credits=50, prices={"triverse.text-to-texture": 40}
    )

    page = read(client.get(RETEXTURE))
    answers = [
        client.post(reverse("task-price", args=["robots", key]), {}).json()["both"]
        for key in ("meshy.retexture", "triverse.model-remesh")
    ]

    assert '<span class="btn-price" data-pair-price>40 + 10 credits</span>' in page
    assert answers == ["40 + 10 credits", ""]


def test_both_vendors_names_exist_in_their_forms() -> None:
    from jobs.vendors.meshy_operations import PROFILES

    for key, names in pairing.NAMES.items():
        operations = PROFILES.values() if key == "meshy.retexture" else [OPERATIONS[key]]
        known = set().union(*(operation.fields for operation in operations))
        assert set(names.values()) <= known
        assert set(names) <= set(pairing.BOTH.fields)


def test_the_pages_of_a_pair_lead_to_the_comparison_when_both_are_done(client: Client, project: Project) -> None:
    keys = (pairing.BY_WORDS, pairing.MESHY)
    pair = [TaskFactory(project=project, pair_key="p", state=State.SUCCEEDED, operation=key) for key in keys]
    first = AssetFactory(project=project, task=pair[0])
    address = reverse("task-pair", args=[pair[1].pk])

    assert client.get(address)["Location"] == reverse("task", args=[pair[1].pk])
    second = AssetFactory(project=project, task=pair[1])

    compare = f"{reverse('compare', args=['robots'])}?a={first.pk},{second.pk}"
    assert client.get(address)["Location"] == compare
    assert f'href="{compare}"' in read(client.get(reverse("task", args=[pair[0].pk])))
    card = read(client.get(address, headers={"HX-Request": "true"}))
    assert 'id="task-pair"' in card
    assert "every 3s" not in card
    waiting = client.get(address, {"then": "compare"}, headers={"HX-Request": "true"})
    assert waiting["HX-Redirect"] == compare


def test_a_pair_under_way_asks_for_itself_and_a_single_task_has_no_card(client: Client, project: Project) -> None:
    running = TaskFactory(project=project, pair_key="p", state=State.RUNNING)
    TaskFactory(project=project, pair_key="p", state=State.FAILED)
    TaskFactory(project=ProjectFactory(), pair_key="p")
    alone = TaskFactory(project=project)

    page = read(client.get(reverse("task", args=[running.pk])))

    assert "every 3s" in page
    assert "The comparison opens here" not in page
    waiting = read(client.get(reverse("task", args=[running.pk]), {"then": "compare"}))
    assert f'hx-get="{reverse("task-pair", args=[running.pk])}?then=compare"' in waiting
    assert "The comparison opens here when both are done." in waiting
    assert page.count('id="pair-') == 3  # the title and two tasks: another project's is none of it
    assert 'id="task-pair"' not in read(client.get(reverse("task", args=[alone.pk])))
    assert client.get(reverse("task-pair", args=[alone.pk])).status_code == 404


# --- Next steps -----------------------------------------------------------------------------------------------------


def test_next_steps_are_valid_filled_in_and_priced(client: Client, project: Project) -> None:
    glb = AssetFactory(project=project)
    ply = AssetFactory(project=project, format="ply", extension="ply")
    huge = AssetFactory(project=project, size_bytes=150_000_000)

    pages = {
        name: read(client.get(reverse("asset", args=["robots", item.pk])))
        for name, item in {"glb": glb, "ply": ply, "huge": huge}.items()
    }

    retexture = f'href="{RETEXTURE}?model_url='
    assert f'{retexture}{glb.pk}"' in pages["glb"]
    assert '10<span class="visually-hidden"> credits</span>' in pages["glb"]
    assert f'href="{BOTH}?model={glb.pk}"' in pages["glb"]
    assert retexture not in pages["ply"]
    assert retexture not in pages["huge"]
    assert f'href="{REMESH}?model_file={huge.pk}"' in pages["huge"]


def test_pictures_and_results_of_tasks_have_next_steps_too(client: Client, project: Project, image: Asset) -> None:
    task = TaskFactory(project=project, state=State.SUCCEEDED)
    made = AssetFactory(project=project, task=task)
    words = TaskFactory(
        project=project, operation="triverse.prompt-optimize", state=State.SUCCEEDED, result_text="old oak"
    )

    assert f'href="{RETEXTURE}?image_style_url={image.pk}"' in read(client.get(image_address(image)))
    assert f'href="{RETEXTURE}?model_url={made.pk}"' in read(client.get(reverse("task", args=[task.pk])))
    assert f'href="{BOTH}?words={words.pk}"' in read(client.get(reverse("task", args=[words.pk])))


def image_address(image: Asset) -> str:
    return reverse("asset", args=["robots", image.pk])


def test_who_may_not_spend_is_offered_nothing(viewer: User, model: Asset) -> None:
    assert RETEXTURE not in read(sign_in(viewer).get(reverse("asset", args=["robots", model.pk])))
