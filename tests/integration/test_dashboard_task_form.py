"""The form of a new task: the same page for every operation, from the catalogue alone."""

import html
import json
import re
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from dashboard.presets import FIRST
from dashboard.task_controls import CONTROLS
from jobs.fields import AssetField, ListField, get_choices
from jobs.models import Asset, Project, State, Task, User
from jobs.operations import Operation
from jobs.vendors import OPERATIONS
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory, TaskInputFactory

pytestmark = pytest.mark.django_db

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def model(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot", preview="ready")


@pytest.fixture
def image(project: Project) -> Asset:
    return AssetFactory(project=project, name="style", kind="image", format="png", extension="png", preview="ready")


def get_address(operation: Operation) -> str:
    return reverse("task-new", args=["robots", operation.key])


def build_values(operation: Operation, model: Asset, image: Asset) -> dict[str, Any]:
    """Return values with which the form is valid: files, defaults, and the last choice where one is needed."""
    values: dict[str, Any] = {"form_key": "key"}
    for name, item in operation.fields.items():
        if isinstance(item, AssetField):
            values[name] = model.pk if item.kind == "model" else image.pk
        elif name in operation.automatic:
            continue
        elif isinstance(item, forms.BooleanField):
            values |= {name: "on"} if item.initial else {}
        elif item.initial is not None:
            values[name] = item.initial
        elif item.required:
            choices = get_choices(item)
            values[name] = choices[-1][0] if choices else "something"
    return values


@every_operation
def test_every_field_that_a_person_may_fill_in_has_a_control(
    client: Client, operation: Operation, model: Asset, image: Asset
) -> None:
    page = client.get(get_address(operation)).content.decode()

    shown = set(re.findall(r'data-name="(\w+)"', page))
    hidden = {name for name, automatic in operation.automatic.items() if automatic.hidden}
    assert shown == set(operation.fields) - hidden
    for name in shown:
        assert f'name="{name}"' in page
        assert html.escape(str(operation.fields[name].label)) in page


@every_operation
def test_every_control_has_a_label(client: Client, operation: Operation, model: Asset, image: Asset) -> None:
    page = client.get(get_address(operation)).content.decode()

    labelled = set(re.findall(r'for="(id_\w+)"', page))
    inside_label = set(re.findall(r"<label[^>]*>\s*<input[^>]*id=\"(id_\w+)\"", page))
    assert set(re.findall(r'id="(id_[a-z_]+)"', page)) <= labelled | inside_label


@every_operation
def test_the_vendors_default_is_what_the_form_starts_with(
    client: Client, operation: Operation, model: Asset, image: Asset
) -> None:
    form = client.get(get_address(operation)).context["controls"]

    for control in form:
        if control.kind in {"open", "pictures", "segments"} and not control.automatic_note:
            expected = str(control.field.initial or FIRST.get(operation.key, {}).get(control.name, ""))
            assert (control.checked_choice.value if control.checked_choice else "") == expected


@every_operation
def test_the_rules_reach_the_browser_as_data(client: Client, operation: Operation, model: Asset, image: Asset) -> None:
    page = client.get(get_address(operation)).content.decode()

    match = re.search(r'data-rules="([^"]*)"', page)
    assert match is not None
    data = json.loads(html.unescape(match[1]))
    assert data["rules"] == [rule.describe() for rule in operation.rules]


@every_operation
def test_a_good_form_becomes_one_task(client: Client, operation: Operation, model: Asset, image: Asset) -> None:
    response = client.post(get_address(operation), build_values(operation, model, image))

    task = Task.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("task", args=[task.pk])
    assert (task.operation, task.state) == (operation.key, State.QUEUED)
    assert task.created_by == User.objects.get(username="editor")
    assert {item.field for item in task.task_inputs.all()} == set(operation.asset_fields)


@every_operation
def test_a_double_click_is_one_task(client: Client, operation: Operation, model: Asset, image: Asset) -> None:
    values = build_values(operation, model, image)

    first = client.post(get_address(operation), values)
    second = client.post(get_address(operation), values)

    assert Task.objects.count() == 1
    assert first["Location"] == second["Location"]


@every_operation
def test_an_empty_form_stores_nothing_and_says_what_is_missing(client: Client, operation: Operation) -> None:
    response = client.post(get_address(operation), {"form_key": "key"})

    page = response.content.decode()
    needed = [name for name, item in operation.fields.items() if item.required and name not in operation.automatic]
    assert response.status_code == 422
    assert not Task.objects.exists()
    for name in needed:
        assert f'href="#id_{name}-control"' in page
        assert f'id="id_{name}-error"' in page


@every_operation
def test_the_form_can_be_filled_in_from_the_address(
    client: Client, operation: Operation, model: Asset, image: Asset
) -> None:
    query = {name: model.pk if item.kind == "model" else image.pk for name, item in operation.asset_fields.items()}

    response = client.get(get_address(operation), query)

    chosen = {
        control.name: control.checked_asset.asset.pk
        for control in response.context["controls"]
        if control.kind == "asset"
    }
    assert chosen == query


def test_a_form_without_words_starts_with_the_last_choices(client: Client, editor: User, model: Asset) -> None:
    address = reverse("task-new", args=["robots", "triverse.model-preview-render"])
    chosen = {"camera_angles": ["front", "left"], "resolution": "640x480", "enable_white_render": False}
    TaskFactory(project=model.project, created_by=editor, operation="triverse.model-preview-render", params=chosen)
    TaskFactory(project=model.project, operation="triverse.model-preview-render", params={"resolution": "2048x2048"})

    values = {control.name: control.value for control in client.get(address).context["controls"]}

    assert {name: values[name] for name in chosen} == chosen
    asked = client.get(address, {"resolution": "1024x1024"}).context["controls"]
    assert next(control.value for control in asked if control.name == "resolution") == "1024x1024"


def test_a_form_with_words_starts_without_the_last_choices(client: Client, editor: User, model: Asset) -> None:
    TaskFactory(
        project=model.project, created_by=editor, operation="meshy.retexture", params={"text_style_prompt": "rust"}
    )

    assert b">rust<" not in client.get(reverse("task-new", args=["robots", "meshy.retexture"])).content


@every_operation
def test_run_again_takes_the_same_values(client: Client, operation: Operation, model: Asset, image: Asset) -> None:
    client.post(get_address(operation), build_values(operation, model, image))
    first = Task.objects.get()

    response = client.post(reverse("task-again", args=[first.pk]), {"form_key": "another"})

    second = Task.objects.exclude(pk=first.pk).get()
    assert response["Location"] == reverse("task", args=[second.pk])
    assert second.params == first.params
    assert second.order_id != first.order_id
    assert set(second.inputs.all()) == set(first.inputs.all())


@every_operation
def test_edit_and_run_shows_the_values_of_the_task(
    client: Client, operation: Operation, model: Asset, image: Asset
) -> None:
    client.post(get_address(operation), build_values(operation, model, image))
    task = Task.objects.get()

    response = client.get(get_address(operation), {"from": task.pk})

    shown = {control.name: control.value for control in response.context["controls"]}
    for name, value in task.params.items():
        if name in shown:
            assert shown[name] == value


def test_every_control_has_its_template() -> None:
    from django.template.loader import get_template

    for _, kind in CONTROLS:
        assert get_template(f"tasks/controls/{kind}.html")


def test_what_was_typed_is_kept_beside_its_error(client: Client, model: Asset) -> None:
    values = {
        "form_key": "key",
        "model_file": model.pk,
        "face_type": "quad",
        "export_format": "glb",
        "target_face_count": "7",
        "texture_size": "2048",
        "allow_duplicate": "on",
    }

    response = client.post(get_address(OPERATIONS["triverse.model-remesh"]), values)

    page = response.content.decode()
    assert response.status_code == 422
    assert "GLB stores triangles only" in page
    assert "greater than or equal to 1000" in page
    assert 'value="7"' in page
    assert re.search(r'name="texture_size"\s+value="2048"[^>]*checked', page)
    assert re.search(r'name="allow_duplicate"[^>]*checked', page)
    assert re.search(r'name="export_format"\s+value="glb"[^>]*checked', page)
    assert f'<option value="{model.pk}" selected' in page
    assert 'name="form_key" value="key"' in page
    assert not Task.objects.exists()


def test_an_advanced_field_with_another_value_is_open_and_counted(client: Client, model: Asset) -> None:
    address = get_address(OPERATIONS["triverse.model-preview-render"])

    untouched = client.get(address).content.decode()
    changed = client.get(address, {"allow_duplicate": "on"}).content.decode()

    assert "4 defaults" in untouched
    assert '<details class="advanced" id="advanced">' in untouched
    assert "1 of 4 changed" in changed
    assert '<details class="advanced" id="advanced" open>' in changed


def test_another_value_after_going_back_is_another_task(client: Client, model: Asset) -> None:
    address = get_address(OPERATIONS["triverse.model-remesh"])
    values = {"form_key": "key", "model_file": model.pk, "face_type": "quad"}

    client.post(address, values)
    client.post(address, values | {"face_type": "triangle"})

    assert sorted(task.params["face_type"] for task in Task.objects.all()) == ["quad", "triangle"]


def test_the_same_form_key_of_somebody_else_is_another_task(client: Client, owner: User, model: Asset) -> None:
    address = get_address(OPERATIONS["triverse.model-remesh"])
    values = {"form_key": "key", "model_file": model.pk, "face_type": "quad"}

    client.post(address, values)
    sign_in(owner).post(address, values)

    assert Task.objects.count() == 2


def test_pictures_follow_the_angles_when_their_number_is_left_alone(client: Client, model: Asset) -> None:
    address = get_address(OPERATIONS["triverse.model-preview-render"])
    values = {"form_key": "key", "model_file": model.pk, "camera_angles": ["front", "back"], "enable_rgb_render": "on"}

    client.post(address, values | {"image_count": "", "render_mode": ""})

    task = Task.objects.get()
    assert (task.params["image_count"], task.params["render_mode"]) == (2, "multi_angle")


def test_what_the_page_does_not_ask_for_cannot_be_posted(client: Client, model: Asset) -> None:
    """A key of somebody else's request would bring their task's files here."""
    address = get_address(OPERATIONS["triverse.convert-model-format"])
    values = {"form_key": "key", "model_file": model.pk, "target_format": "fbx"}

    client.post(address, values | {"client_order_id": "of-somebody-else", "source_format": "usdz"})

    task = Task.objects.get()
    assert "client_order_id" not in task.params
    assert task.order_id != "of-somebody-else"
    assert task.params["source_format"] == "glb"


def test_edit_and_run_leaves_what_patina_filled_in_to_patina(client: Client, model: Asset) -> None:
    task = TaskFactory(
        project=model.project,
        operation="triverse.model-preview-render",
        params={
            "camera_angles": ["front", "odd angle"],
            "image_count": 2,
            "render_mode": "multi_angle",
            "client_order_id": "mine",
            "resolution": "640x480",
        },
    )
    TaskInputFactory(task=task, asset=model)

    response = client.get(get_address(task.spec), {"from": task.pk})

    page = response.content.decode()
    values = {control.name: control.value for control in [*response.context["controls"], *response.context["advanced"]]}
    assert values["image_count"] is None
    assert values["render_mode"] is None
    assert "mine" not in page
    assert re.search(r'name="resolution"[^>]*value="640x480"', page)
    assert re.search(r'name="camera_angles"\s+value="odd angle"[^>]*checked', page)


def test_an_unknown_operation_is_not_found(client: Client, project: Project) -> None:
    assert client.get("/p/robots/new/triverse.fly-to-the-moon/").status_code == 404


def test_a_form_that_was_sent_already_leads_to_its_task_and_says_so(client: Client, model: Asset) -> None:
    address = get_address(OPERATIONS["triverse.model-remesh"])
    values = {"form_key": "key", "model_file": model.pk, "face_type": "quad"}
    client.post(address, values)

    page = client.post(address, values, follow=True).content.decode()

    assert "This was sent already" in page


def test_the_sandbox_is_named_where_it_does_the_work(client: Client, model: Asset, settings: Any) -> None:
    address = get_address(OPERATIONS["triverse.model-remesh"])
    in_sandbox = client.get(address).content.decode()
    settings.TRIVERSE_API_KEY = "a-real-key"

    at_vendor = client.get(address).content.decode()

    assert "no credits are spent" in in_sandbox
    assert "charges credits" in at_vendor
    assert "a-real-key" not in at_vendor


def test_lists_keep_their_known_choices_and_order(client: Client, model: Asset) -> None:
    operation = OPERATIONS["triverse.model-preview-render"]
    page = client.get(get_address(operation), {"camera_angles": ["back", "top"]}).content.decode()

    for name, item in operation.fields.items():
        if isinstance(item, ListField):
            ticked = re.findall(rf'name="{name}"\s+value="([^"]+)"[^>]*checked', page)
            assert ticked == ["back", "top"]
