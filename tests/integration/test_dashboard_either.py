"""Fields of which exactly one is given, pictures in an order, earlier tasks: on the page, sent, and run again."""

import html
import json
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Project, State, Task, User
from jobs.vendors import OPERATIONS
from tests.conftest import sign_in
from tests.factories import AssetFactory, ImageFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

RETEXTURE = "meshy.retexture"
ADDRESS = f"/p/robots/new/{RETEXTURE}/"
STYLE = {"text_style_prompt": "weathered oak with iron bands"}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot", preview="ready", facts={"has_uvs_everywhere": True})


@pytest.fixture
def views(project: Project) -> list[Asset]:
    return [ImageFactory(project=project, name=f"view {number}", preview="ready") for number in range(3)]


@pytest.fixture
def earlier(project: Project, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A task that the vendor would take; of what is offered today it takes none."""
    monkeypatch.setattr(OPERATIONS[RETEXTURE].fields["input_task_id"], "refused", {})
    return TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id="remote-1")


def send(client: Client, **values: Any) -> HttpResponse:
    return client.post(ADDRESS, {"form_key": "key", **values})


def get_blocks(response: Any) -> dict[str, Any]:
    return {block.name: block for block in response.context["blocks"] if hasattr(block, "chosen")}


def test_the_two_ways_to_name_a_model_and_the_three_styles_stand_together(client: Client, model: Asset) -> None:
    blocks = get_blocks(client.get(ADDRESS))

    assert {name: [control.as_alternative for control in block.controls] for name, block in blocks.items()} == {
        "model_url": ["From a model", "From an earlier Meshy task"],
        "text_style_prompt": ["By words", "By picture", "By several views"],
    }
    assert {name: block.legend for name, block in blocks.items()} == {
        "model_url": "Model",
        "text_style_prompt": "Style",
    }


def test_the_way_that_the_address_fills_in_is_open(client: Client, model: Asset, views: list[Asset]) -> None:
    blocks = get_blocks(client.get(ADDRESS, {"input_task_id": "remote-9", "image_style_url": views[0].pk}))

    assert blocks["model_url"].chosen.name == "input_task_id"
    assert blocks["text_style_prompt"].chosen.name == "image_style_url"


def test_the_way_that_was_open_stays_open_beside_its_error(client: Client, model: Asset) -> None:
    response = send(client, model_url=model.pk, _one_of_text_style_prompt="image_style_url")

    block = get_blocks(response)["text_style_prompt"]
    page = response.content.decode()
    assert response.status_code == 422
    assert block.chosen.name == "image_style_url"
    assert block.stray_errors == ["Say the style in words, or choose a picture."]
    assert f'href="#{block.element_id}-control"' in page
    assert f'id="{block.element_id}-control"' in page


def test_two_styles_are_refused_beside_the_second(client: Client, model: Asset, views: list[Asset]) -> None:
    response = send(client, model_url=model.pk, image_style_url=views[0].pk, **STYLE)

    assert response.status_code == 422
    assert 'id="id_image_style_url-error"' in response.content.decode()
    assert 'id="id_text_style_prompt-error"' not in response.content.decode()
    assert not Task.objects.exists()


def test_pictures_are_kept_in_the_order_in_which_they_were_picked(
    client: Client, model: Asset, views: list[Asset]
) -> None:
    order = [views[2].pk, views[0].pk, views[1].pk]

    send(client, model_url=model.pk, multiview_image_urls=order)

    task = Task.objects.get()
    inputs = {item.field: item.asset_id for item in task.task_inputs.all()}
    assert [inputs[f"multiview_image_urls.{place}"] for place in range(3)] == order
    assert inputs["model_url"] == model.pk


def test_edit_and_run_shows_the_pictures_in_their_order(client: Client, model: Asset, views: list[Asset]) -> None:
    order = [views[2].pk, views[0].pk]
    send(client, model_url=model.pk, multiview_image_urls=order)

    response = client.get(ADDRESS, {"from": Task.objects.get().pk})

    block = get_blocks(response)["text_style_prompt"]
    assert block.chosen.name == "multiview_image_urls"
    assert [choice.asset.pk for choice in block.chosen.assets if choice.checked] == order
    ticked = re.findall(r'name="multiview_image_urls"\s+value="(\d+)"[^>]*checked', response.content.decode())
    assert [int(number) for number in ticked] == order


def test_run_again_takes_the_same_pictures_in_the_same_order(client: Client, model: Asset, views: list[Asset]) -> None:
    send(client, model_url=model.pk, multiview_image_urls=[views[1].pk, views[0].pk])
    first = Task.objects.get()

    client.post(reverse("task-again", args=[first.pk]), {"form_key": "another"})

    second = Task.objects.exclude(pk=first.pk).get()
    taken = [list(task.task_inputs.order_by("field").values_list("field", "asset")) for task in (first, second)]
    assert taken[0] == taken[1]
    assert len(taken[0]) == 3


def test_more_pictures_than_the_vendor_takes_are_refused(client: Client, model: Asset, project: Project) -> None:
    pictures = [ImageFactory(project=project).pk for _ in range(5)]

    response = send(client, model_url=model.pk, multiview_image_urls=pictures)

    assert response.status_code == 422
    assert "Choose at most 4" in response.content.decode()


def test_renders_and_maps_are_pictures_too(client: Client, project: Project) -> None:
    for kind in ("render", "texture_map"):
        ImageFactory(project=project, kind=kind, name=f"a {kind}")

    chosen = get_blocks(client.get(ADDRESS))["text_style_prompt"].controls[1]

    assert {choice.asset.name for choice in chosen.assets} == {"a render", "a texture_map"}


def test_an_earlier_task_is_sent_as_its_vendors_id(client: Client, earlier: Task) -> None:
    send(client, input_task_id=earlier.pk, **STYLE)

    assert Task.objects.exclude(pk=earlier.pk).get().params["input_task_id"] == "remote-1"


def test_edit_and_run_knows_the_earlier_task_again(client: Client, earlier: Task) -> None:
    send(client, input_task_id=earlier.pk, **STYLE)

    response = client.get(ADDRESS, {"from": Task.objects.exclude(pk=earlier.pk).get().pk})

    control = get_blocks(response)["model_url"].chosen
    assert (control.name, control.checked_task.task) == ("input_task_id", earlier)


def test_the_earlier_tasks_to_pick_are_those_that_the_vendor_still_has(client: Client, earlier: Task) -> None:
    project = earlier.project
    TaskFactory(project=project, operation=RETEXTURE, state=State.FAILED, remote_id="failed")
    TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, deleted_at_vendor_at="2026-11-20T10:00Z")
    TaskFactory(project=project, operation="triverse.model-remesh", state=State.SUCCEEDED)
    TaskFactory(operation=RETEXTURE, state=State.SUCCEEDED)

    control = get_blocks(client.get(ADDRESS))["model_url"].controls[1]

    assert [choice.task for choice in control.tasks] == [earlier]


def test_a_task_that_the_vendor_does_not_take_is_not_offered_and_refused_with_a_way_out(
    client: Client, project: Project
) -> None:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED)

    offered = get_blocks(client.get(ADDRESS))["model_url"].controls[1].tasks
    response = send(client, input_task_id=task.pk, **STYLE)

    assert offered == []
    assert response.status_code == 422
    assert "Choose the model that it made instead" in response.content.decode()


def test_a_task_of_a_project_that_one_is_not_in_cannot_be_taken(client: Client, project: Project) -> None:
    foreign = TaskFactory(operation=RETEXTURE, state=State.SUCCEEDED, remote_id="foreign-remote")

    response = send(client, input_task_id=foreign.pk, **STYLE)

    assert response.status_code == 422
    assert "foreign-remote" not in response.content.decode()
    assert not Task.objects.exclude(pk=foreign.pk).exists()


def test_uvs_that_are_not_there_are_switched_off_on_the_page(client: Client, project: Project) -> None:
    scan = AssetFactory(project=project, facts={"has_uvs_everywhere": False})

    page = client.get(ADDRESS, {"model_url": scan.pk}).content.decode()

    switch = re.search(r"<input[^>]*name=\"enable_original_uv\"[^>]*>", page)
    assert switch is not None
    assert "checked" not in switch[0]
    assert 'data-has-uvs="no"' in page
    assert "This model has no UVs to keep" in html.unescape(page)


def test_uvs_that_are_not_there_are_switched_off_when_sent_and_said(client: Client, project: Project) -> None:
    scan = AssetFactory(project=project, facts={"has_uvs_everywhere": False})

    response = send(client, model_url=scan.pk, enable_original_uv="on", **STYLE)

    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert Task.objects.get().params["enable_original_uv"] is False
    assert said == ["This model has no UVs to keep on all of its parts, so Meshy makes new ones."]


def test_the_page_s_script_gets_the_corrections_as_data(client: Client, model: Asset) -> None:
    match = re.search(r'data-rules="([^"]*)"', client.get(ADDRESS).content.decode())

    assert match is not None
    (correction,) = json.loads(html.unescape(match[1]))["corrections"]
    assert (correction["field"], correction["corrects"], correction["of"]) == (
        "enable_original_uv",
        "off_without_uvs",
        "model_url",
    )


def test_a_prompt_is_counted_as_the_vendor_counts_and_nothing_is_cut_off(client: Client, model: Asset) -> None:
    limit = OPERATIONS[RETEXTURE].fields["text_style_prompt"].max_length
    fits, long = "é" * (limit - 2) + "\r\né", "é" * (limit + 1)

    refused = send(client, model_url=model.pk, text_style_prompt=long)
    taken = send(client, model_url=model.pk, text_style_prompt=fits)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert f'data-limit="{limit}"' in page
    assert long in page
    assert taken.status_code == 302
    assert len(Task.objects.get().params["text_style_prompt"]) == limit


def test_a_retired_and_a_newer_model_are_marked_and_a_typed_one_is_taken(client: Client, model: Asset) -> None:
    (control,) = [item for item in client.get(ADDRESS).context["advanced"] if item.name == "ai_model"]
    notes = {choice.value: choice.note for choice in control.choices}

    send(client, model_url=model.pk, ai_model="meshy-99", **STYLE)

    assert (notes["meshy-4"], notes["meshy-5"], notes["meshy-7"]) == ("retired", "", "new")
    assert Task.objects.get().params["ai_model"] == "meshy-99"


def test_an_input_of_another_task_in_the_project_is_shown_with_its_picture(client: Client, earlier: Task) -> None:
    source = AssetFactory(project=earlier.project, name="old chair", poster_sha256="0" * 64)
    TaskInputFactory(task=earlier, asset=source, field="model_url")

    page = client.get(ADDRESS).content.decode()

    assert reverse("poster", args=[source.pk, "0" * 64]) in page
    assert "old chair" in page


def test_a_file_over_the_limit_cannot_be_picked_and_one_that_is_linked_is_told_the_way_out(
    client: Client, project: Project
) -> None:
    large = AssetFactory(project=project, name="cathedral", size_bytes=150_000_000)

    offered = client.get(ADDRESS).content.decode()
    linked = client.get(ADDRESS, {"model_url": large.pk}).content.decode()
    sent = send(client, model_url=large.pk, **STYLE)

    option = rf'<option value="{large.pk}"([^>]*)>'
    assert "disabled" in re.findall(option, offered)[0]
    assert "selected" in re.findall(option, linked)[0]
    assert "disabled" not in re.findall(option, linked)[0]
    assert sent.status_code == 422
    assert "cathedral has 150 MB; here a file may have at most 100 MB. Remesh it" in sent.content.decode()
