"""Every operation of Triverse, there and back, in each of the ways in which the vendor words its answers."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from jobs import lifecycle
from jobs.models import Asset, Project, State, Task
from jobs.operations import Operation, OperationForm
from jobs.vendors import OPERATIONS
from tests.integration.jobs.trip import follow, make_due, upload
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

ROBOT, BRICKS = "robot.glb", "red bricks.png"


@dataclass(frozen=True)
class Trip:
    """What is asked for, what leaves for the vendor, and what comes home: kind, name and label of each output."""

    key: str
    files: dict[str, str]
    values: dict[str, Any]
    body: dict[str, Any]  # beside files and order ID
    outputs: list[tuple[str, str, str]] = field(default_factory=list)
    sparse: int = 1  # so many of them come home when only the main file is named


TRIPS = [
    Trip(
        key="triverse.texture-model",
        files={"model_file": ROBOT, "image_file": BRICKS},
        values={"texture_size": 2048, "polygon_limit": 1_000_000},
        body={"texture_size": 2048, "polygon_limit": 1_000_000},
        outputs=[("model", "robot like red bricks", "")],
    ),
    Trip(
        key="triverse.text-to-texture",
        files={"model_url": ROBOT},
        values={"text_prompt": "  worn brown leather\r\nbrass rivets  ", "texture_size": 1024},
        body={"text_prompt": "worn brown leather\nbrass rivets"},
        outputs=[("model", "robot worn brown leather brass rivets", "")],
    ),
    Trip(
        key="triverse.model-preview-render",
        files={"model_file": ROBOT},
        values={
            "camera_angles": "front,back",
            "resolution": "64x48",
            "enable_rgb_render": True,
            "enable_white_render": False,
        },
        body={
            "camera_angles": ["front", "back"],
            "resolution": "64x48",
            "image_count": 2,
            "render_mode": "multi_angle",
            "enable_white_render": False,
        },
        outputs=[("render", "robot front rgb", "front"), ("render", "robot back rgb", "back")],
    ),
    Trip(
        key="triverse.model-remesh",
        files={"model_file": ROBOT},
        values={"face_type": "triangle", "target_face_count": 1000},
        body={"face_type": "triangle", "target_face_count": 1000},
        outputs=[("model", "robot triangle 1k", "")],
    ),
    Trip(
        key="triverse.convert-model-format",
        files={"model_file": ROBOT},
        values={"target_format": "obj"},
        body={"source_format": "glb", "target_format": "obj"},
        outputs=[("model", "robot obj", "")],
    ),
    Trip(
        key="triverse.image-generation",
        files={},
        values={"prompt": "a red chair", "image_count": 2},
        body={"prompt": "a red chair", "image_count": 2},
        outputs=[("image", "a red chair image 1", "image 1"), ("image", "a red chair image 2", "image 2")],
    ),
    Trip(
        key="triverse.prompt-optimize",
        files={},
        values={"user_input": "  a red chair  "},
        body={"user_input": "a red chair"},
        sparse=0,
    ),
]


@pytest.fixture(scope="module", params=["new", "old", "sparse"])
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def speaking(dialect: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp(f"sandbox-{dialect}") / "state", dialect=dialect).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def files(speaking: SandboxProcess, settings: Settings, api_key: str, project: Project) -> dict[str, Asset]:
    """The files that a trip may take, with a fresh account at the vendor."""
    settings.TRIVERSE_API_KEY = api_key
    settings.TRIVERSE_BASE_URL = speaking.triverse_url
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "firebrick").save(picture, "PNG")
    picture.seek(0)
    return {
        ROBOT: upload(project, name=ROBOT),
        BRICKS: lifecycle.add_upload(project=project, user=None, file=picture, name=BRICKS),
    }


def start(trip: Trip, project: Project, files: dict[str, Asset]) -> Task:
    """Take the task on by the same form as the page does."""
    values = trip.values | {name: files[file].pk for name, file in trip.files.items()}
    operation = OPERATIONS[trip.key]
    form = OperationForm(operation, values, find_asset=lambda pk: Asset.objects.filter(pk=pk).first())
    assert form.is_valid(), form.errors
    return lifecycle.create_task(
        project=project, user=None, operation=operation, params=form.params, assets=form.assets
    )


def run(task: Task) -> Task:
    lifecycle.submit(task.pk)
    follow(task, until=State.SAVING)
    lifecycle.save(task.pk)
    task.refresh_from_db()
    return task


def test_every_operation_of_the_vendor_makes_the_trip() -> None:
    assert {trip.key for trip in TRIPS} == {key for key, item in OPERATIONS.items() if item.vendor == "triverse"}


@pytest.mark.parametrize("trip", TRIPS, ids=lambda trip: trip.key)
def test_an_operation_goes_out_as_asked_and_comes_home(
    trip: Trip, dialect: str, speaking: SandboxProcess, project: Project, files: dict[str, Asset]
) -> None:
    task = run(start(trip, project, files))

    assert task.state == (State.SUCCEEDED if trip.outputs or dialect != "sparse" else State.EXPIRED), task.error_what
    sent = {name: value for name, value in task.request["body"].items() if name not in trip.files}
    assert sent == trip.body | {"client_order_id": task.order_id}
    found = [(item.kind, item.name, item.label) for item in task.outputs.exclude(kind="texture_map").order_by("pk")]
    assert found == trip.outputs[: trip.sparse if dialect == "sparse" else None]
    lines = speaking.ledger(task=task.remote_id)["lines"]
    assert [(line["event"], line["credits"]) for line in lines] == [
        ("created", task.quoted_credits),
        ("charged", task.charged_credits if task.state == State.SUCCEEDED else task.quoted_credits),
    ]


@pytest.mark.parametrize("key", ["triverse.texture-model", "triverse.text-to-texture"])
def test_maps_come_home_beside_their_model_where_the_vendor_names_them(
    key: str, dialect: str, project: Project, files: dict[str, Asset]
) -> None:
    trip = next(trip for trip in TRIPS if trip.key == key)

    task = run(start(trip, project, files))

    maps = task.outputs.filter(kind="texture_map")
    assert maps.exists() is (dialect != "sparse")
    assert "" not in set(maps.values_list("label", flat=True))
    assert {item.name for item in maps} == {f"robot {item.label}" for item in maps}
    assert set(maps.values_list("parent", "version")) <= {(files[ROBOT].pk, 2)}


def test_an_improved_prompt_is_kept_as_words(dialect: str, project: Project, files: dict[str, Asset]) -> None:
    task = run(start(TRIPS[-1], project, files))

    assert not task.outputs.exists()
    if dialect == "sparse":  # the words are nowhere: neither in the answer nor in a file
        assert (task.error_what, task.error_code) == ("Triverse finished the task, but has no text of it.", "4042")
    else:
        assert "red chair" in task.result_text
        assert len(task.result_text) > len("a red chair")


def test_a_model_goes_to_text_to_texture_by_an_address_that_is_not_kept(
    project: Project, files: dict[str, Asset]
) -> None:
    trip = next(trip for trip in TRIPS if trip.key == "triverse.text-to-texture")

    task = run(start(trip, project, files))

    assert task.request["body"]["model_url"].startswith("http://")
    assert task.request["body"]["model_url"].endswith("?[hidden]")


def test_a_lost_answer_is_found_although_the_models_address_is_another_one_now(
    project: Project, files: dict[str, Asset], speaking: SandboxProcess
) -> None:
    task = start(next(trip for trip in TRIPS if trip.key == "triverse.text-to-texture"), project, files)
    speaking.set_fault("drop_after_accept")
    lifecycle.submit(task.pk)
    speaking.advance_clock(20)  # a new address has a new signature

    lifecycle.submit(make_due(task).pk)

    task.refresh_from_db()
    assert task.remote_id, task.note
    assert [line["event"] for line in speaking.ledger(task=task.remote_id)["lines"]].count("created") == 1


def test_the_request_is_kept_as_long_as_it_was(project: Project, files: dict[str, Asset]) -> None:
    words = "a red chair, " * 300
    trip = next(trip for trip in TRIPS if trip.key == "triverse.image-generation")
    task = start(replace(trip, values=trip.values | {"prompt": words}), project, files)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert task.remote_id
    assert task.request["body"]["prompt"] == words.strip()


@pytest.mark.parametrize(
    ("key", "values", "refused"),
    [
        ("triverse.texture-model", {"texture_size": 1023}, {"texture_size"}),
        ("triverse.texture-model", {"texture_size": 4097, "polygon_limit": 999}, {"texture_size", "polygon_limit"}),
        ("triverse.text-to-texture", {"polygon_limit": 1_500_001}, {"polygon_limit"}),
        ("triverse.text-to-texture", {"text_prompt": " \n "}, {"text_prompt"}),
        ("triverse.image-generation", {"prompt": " ab ", "image_count": 5}, {"prompt", "image_count"}),
        ("triverse.image-generation", {"image_count": 0}, {"image_count"}),
        ("triverse.prompt-optimize", {"user_input": "   "}, {"user_input"}),
        ("triverse.prompt-optimize", {"user_input": "x" * 501}, {"user_input"}),
    ],
)
def test_what_the_vendor_would_refuse_does_not_leave(key: str, values: dict[str, Any], refused: set[str]) -> None:
    trip = next(trip for trip in TRIPS if trip.key == key)
    numbers = {name: place for place, name in enumerate(trip.files, start=1)}
    operation = OPERATIONS[key]
    form = OperationForm(operation, trip.values | values | numbers, find_asset=lambda pk: make_asset(operation, pk))

    assert set(form.errors) == refused


def make_asset(operation: Operation, pk: int) -> Asset:
    field = list(operation.file_fields.values())[pk - 1]
    return Asset(pk=pk, kind=field.kind, format="glb" if field.kind == "model" else "png")


@pytest.mark.parametrize("words", ["x" * 500, f"  {'x' * 500}  ", "\r\n".join(["x" * 249, "x" * 250])])
def test_five_hundred_signs_fit_after_trimming(words: str) -> None:
    form = OperationForm(OPERATIONS["triverse.prompt-optimize"], {"user_input": words}, find_asset=lambda pk: None)

    assert form.is_valid(), form.errors
    assert len(form.params["user_input"]) == 500


def test_a_value_that_the_vendor_retired_gives_its_own_refusal(
    project: Project, files: dict[str, Asset], speaking: SandboxProcess
) -> None:
    trip = next(trip for trip in TRIPS if trip.key == "triverse.image-generation")
    task = start(replace(trip, values=trip.values | {"ai_model": "dream_1_0"}), project, files)

    lifecycle.submit(task.pk)

    task.refresh_from_db()
    assert (task.state, task.error_code, task.error_charged) == (State.FAILED, "1004", Task.Charged.NO)
    assert "dream_1_0" in f"{task.error_what} {task.error_now}"
