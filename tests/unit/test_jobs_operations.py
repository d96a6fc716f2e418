"""The catalogue: what each operation takes, refuses and sends."""

from dataclasses import dataclass

import pytest

from jobs.fields import get_choices, get_type
from jobs.operations import Operation, OperationForm
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_operation_choices

ALL = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@dataclass
class File:
    pk: int = 7
    kind: str = "model"
    format: str = "glb"
    extension: str = "glb"
    name: str = "robot"
    size_bytes: int = 1000


def make_form(key: str, values: dict[str, object], file: File | None = None) -> OperationForm:
    known = file or File()
    return OperationForm(
        OPERATIONS[key], {"model_file": known.pk, **values}, find_asset=lambda pk: known if pk == known.pk else None
    )


def get_params(key: str, **values: object) -> dict[str, object]:
    form = make_form(key, values)
    assert form.is_valid(), form.errors
    return form.params


RENDER_ON = {"enable_rgb_render": True, "enable_white_render": True}


@ALL
def test_an_operation_says_everything_a_reader_needs(operation: Operation) -> None:
    described = operation.describe()

    assert operation.key == f"{operation.vendor}.{operation.slug}"
    assert operation.vendor in VENDOR_LABELS
    assert described["docs_url"].startswith("https://")
    assert described["endpoints"][0]["method"] == "POST"
    assert described["label"]
    assert described["summary"].endswith(".")


@ALL
def test_every_field_has_a_label_and_a_type_and_choices_are_plain(operation: Operation) -> None:
    for name, field in operation.fields.items():
        assert field.label, name
        assert get_type(field) in {"text", "integer", "boolean", "choice", "list", "model", "image", "task"}
        assert all(label for _, label in get_choices(field))
        known = [value for value, _ in get_choices(field)]
        initial = field.initial if isinstance(field.initial, list) else [field.initial]
        assert field.initial is None or set(initial) <= set(known) or not known


@ALL
def test_what_is_automatic_or_advanced_is_a_field(operation: Operation) -> None:
    for name in [*operation.automatic, *operation.advanced, *operation.newer, *operation.always_send]:
        assert name in operation.fields


@ALL
def test_no_field_is_sent_that_was_not_changed(operation: Operation) -> None:
    defaults = {name: field.initial for name, field in operation.fields.items() if field.initial is not None}

    body = operation.build_body(defaults, file_keys={}, order_id="order")

    assert set(body) <= operation.always_send | {"client_order_id"}


def test_choices_for_the_model_name_the_vendor() -> None:
    assert ("triverse.model-remesh", "Triverse: Remesh") in get_operation_choices()


@pytest.mark.parametrize("values", [{"face_type": "quad", "export_format": "glb"}, {"export_format": "glb"}])
def test_quads_cannot_be_a_glb_not_even_by_default(values: dict[str, object]) -> None:
    form = make_form("triverse.model-remesh", values)

    assert "GLB stores triangles only" in form.errors["export_format"][0]


@pytest.mark.parametrize(
    "values",
    [{}, {"export_format": "fbx"}, {"face_type": "triangle"}, {"face_type": "triangle", "export_format": "glb"}],
)
def test_the_other_pairs_of_faces_and_format_are_taken(values: dict[str, object]) -> None:
    assert make_form("triverse.model-remesh", values).is_valid()


@pytest.mark.parametrize(("count", "fits"), [(999, False), (1000, True), (5_000_000, True), (5_000_001, False)])
def test_the_face_count_has_the_vendors_range(count: int, fits: bool) -> None:
    assert make_form("triverse.model-remesh", {"target_face_count": count}).is_valid() is fits


def test_texture_size_is_one_of_three() -> None:
    assert get_params("triverse.model-remesh", texture_size="2048")["texture_size"] == 2048
    assert "texture_size" in make_form("triverse.model-remesh", {"texture_size": "3000"}).errors


def test_the_body_holds_what_was_changed_and_the_files_key() -> None:
    params = get_params("triverse.model-remesh", face_type="quad", target_face_count=5000)

    body = OPERATIONS["triverse.model-remesh"].build_body(
        params, file_keys={"model_file": "tasks/uid/m.glb"}, order_id="abc"
    )

    assert body == {"model_file": "tasks/uid/m.glb", "target_face_count": 5000, "client_order_id": "abc"}


def test_the_source_format_is_read_from_the_file() -> None:
    form = make_form("triverse.convert-model-format", {"target_format": "fbx"}, File(format="obj"))

    assert form.is_valid()
    assert form.params == {"source_format": "obj", "target_format": "fbx", "allow_duplicate": False}


def test_a_file_is_not_converted_into_what_it_is() -> None:
    form = make_form("triverse.convert-model-format", {"target_format": "glb"})

    assert form.errors["target_format"] == ["The model has this format already."]


def test_an_unlisted_target_format_may_be_typed() -> None:
    assert get_params("triverse.convert-model-format", target_format="3mf")["target_format"] == "3mf"


def test_chosen_angles_set_count_and_mode() -> None:
    params = get_params("triverse.model-preview-render", camera_angles="front,back", **RENDER_ON)

    assert params["camera_angles"] == ["front", "back"]
    assert params["image_count"] == 2
    assert params["render_mode"] == "multi_angle"


def test_a_count_beside_other_angles_is_refused() -> None:
    form = make_form("triverse.model-preview-render", {"camera_angles": "front,back", "image_count": 3, **RENDER_ON})

    assert "image_count" in form.errors


def test_an_automatic_field_starts_empty() -> None:
    form = make_form("triverse.model-preview-render", {})

    assert form.fields["render_mode"].initial is None
    assert form.fields["render_mode"].choices[0] == ("", "Automatic")
    assert not form.fields["image_count"].required


def test_a_mode_that_was_named_is_kept() -> None:
    params = get_params("triverse.model-preview-render", camera_angles="front", render_mode="custom", **RENDER_ON)

    assert params["render_mode"] == "custom"


def test_one_style_of_picture_has_to_be_asked_for() -> None:
    form = make_form("triverse.model-preview-render", {})

    assert "enable_rgb_render" in form.errors


@pytest.mark.parametrize("angles", ["front,front", ",".join(f"angle-{n}" for n in range(11))])
def test_angles_are_single_and_ten_at_most(angles: str) -> None:
    assert "camera_angles" in make_form("triverse.model-preview-render", {"camera_angles": angles, **RENDER_ON}).errors


@pytest.mark.parametrize("size", ["0x10", "1024", "1024X1024", "-5x5", "99999x1"])
def test_a_resolution_is_width_and_height(size: str) -> None:
    assert "resolution" in make_form("triverse.model-preview-render", {"resolution": size, **RENDER_ON}).errors


def test_a_file_of_another_project_is_not_found() -> None:
    form = make_form("triverse.model-remesh", {"model_file": 8})

    assert form.errors["model_file"] == ["There is no model 8 in this project."]


def test_a_picture_is_no_model() -> None:
    form = make_form("triverse.model-remesh", {}, File(kind="image", format="png"))

    assert "model_file" in form.errors


@pytest.mark.parametrize("order_id", ["has space", "a" * 65, "ü"])
def test_an_order_id_has_the_vendors_letters(order_id: str) -> None:
    assert "client_order_id" in make_form("triverse.model-remesh", {"client_order_id": order_id}).errors


def test_an_order_id_that_was_given_is_the_one_sent() -> None:
    params = get_params("triverse.model-remesh", client_order_id="mine-1")

    body = OPERATIONS["triverse.model-remesh"].build_body(params, file_keys={}, order_id="other")

    assert body["client_order_id"] == "mine-1"
