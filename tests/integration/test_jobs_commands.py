"""The commands that people and scripts type: what they refuse, and what they take on."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from jobs.models import Asset, Membership, Project, Task, User
from tests.factories import AssetFactory, ImageFactory, MembershipFactory, TaskFactory, UserFactory

REMESH = "triverse.model-remesh"
RENDER = "triverse.model-preview-render"
RETEXTURE = "meshy.retexture"
OPERATION_KEYS = {
    "key",
    "vendor",
    "endpoints",
    "label",
    "summary",
    "fields",
    "automatic",
    "rules",
    "docs_url",
    "checked_on",
}
FIELD_KEYS = {"name", "type", "required", "default", "min", "max", "choices", "help", "source"}
FIELD_TYPES = {"text", "integer", "boolean", "choice", "list", "model", "image", "task"}


def run(*arguments: object) -> tuple[int, str, str]:
    """Return exit status, standard output and standard error of `run_operation`."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("run_operation", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def run_refused(*arguments: object) -> dict[str, list[str]]:
    """Return the field errors of a call that has to be refused."""
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert not Task.objects.exists()
    return json.loads(err)


def test_operations_are_listed_as_plain_data() -> None:
    out = io.StringIO()

    call_command("operations", "--json", stdout=out)

    listed = json.loads(out.getvalue())
    assert [item["key"] for item in listed] == [
        "triverse.texture-model",
        "triverse.text-to-texture",
        REMESH,
        "triverse.convert-model-format",
        RENDER,
        "triverse.image-generation",
        "triverse.prompt-optimize",
        RETEXTURE,
    ]
    assert len({(call["method"], call["path"]) for item in listed for call in item["endpoints"]}) == 14
    assert all(set(item) == OPERATION_KEYS for item in listed)
    fields = [field for item in listed for field in item["fields"]]
    assert all(set(field) == FIELD_KEYS for field in fields)
    assert {field["type"] for field in fields} <= FIELD_TYPES
    assert {field["source"] for field in fields} <= {"seed", "current"}


def test_the_sample_project_is_made_once(db: None, settings, glb: Path) -> None:
    settings.SAMPLE_MODEL = glb
    UserFactory(username="ada")
    make = lambda: call_command("sample_project", "--owner", "ada", stdout=io.StringIO())  # noqa: E731
    look = lambda: [list(model.objects.values()) for model in (Project, Membership, Asset)]  # noqa: E731

    make()
    first = look()
    make()

    assert look() == first
    assert [len(rows) for rows in first] == [1, 1, 1]
    assert Project.objects.get().slug == "sample"


def test_createsuperuser_asks_nothing_when_told_so(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-enough-passphrase")

    call_command(
        "createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com", stdout=io.StringIO()
    )

    user = User.objects.get(username="ada")
    assert user.is_superuser
    assert user.check_password("a-long-enough-passphrase")


def test_the_owner_asks_where_nobody_is_named(project: Project, editor: User, owner: User) -> None:
    model = AssetFactory(project=project)

    status, out, _ = run(REMESH, "--project", project.slug, "--asset", f"model_file={model.pk}", "--json")

    task = Task.objects.get()
    assert status == 0
    assert task.created_by == owner
    assert json.loads(out)["state"] == "queued"
    assert list(task.inputs.all()) == [model]


def test_a_member_who_may_spend_can_be_named(project: Project, editor: User, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, _ = run(REMESH, "--project", project.slug, "--user", "editor", "--asset", f"model_file={model.pk}")

    assert status == 0
    assert Task.objects.get().created_by == editor


@pytest.mark.parametrize("name", ["viewer", "reviewer", "stingy", "left", "stranger", "nobody"])
def test_who_may_not_spend_starts_nothing(
    name: str, project: Project, owner: User, viewer: User, reviewer: User, stranger: User, glb: Path
) -> None:
    MembershipFactory(project=project, user__username="stingy", may_spend=False)
    MembershipFactory(project=project, user__username="left", user__is_active=False)

    errors = run_refused(REMESH, "--project", project.slug, "--user", name, "--file", f"model_file={glb}")

    assert set(errors) == {"user"}
    assert name in errors["user"][0]
    assert not Asset.objects.exists()


def test_a_project_without_an_owner_is_refused_as_a_field_error(project: Project, editor: User) -> None:
    errors = run_refused(REMESH, "--project", project.slug)

    assert errors == {"user": ["Project robots has no owner: name somebody with --user."]}


@pytest.mark.parametrize(
    ("key", "arguments", "field"),
    [
        ("triverse.dream", [], "key"),
        (REMESH, ["--project", "elsewhere"], "project"),
        (REMESH, [], "model_file"),
        (REMESH, ["--asset", "model_file=999"], "model_file"),
        (REMESH, ["--set", "colour=red"], "colour"),
        (REMESH, ["--set", "colour"], "set"),
        (REMESH, ["--file", "face_type=robot.glb"], "face_type"),
        (REMESH, ["--file", "model_file=/nowhere/robot.glb"], "model_file"),
        (REMESH, ["--file", f"model_file={__file__}"], "model_file"),
        (RENDER, ["--set", "camera_angles=front,front"], "camera_angles"),
        (RENDER, ["--set", "camera_angles=front,\0"], "camera_angles"),
        ("triverse.prompt-optimize", ["--set", "user_input=\udcff"], "user_input"),
    ],
)
def test_wrong_input_is_told_by_field(
    key: str, arguments: list[str], field: str, project: Project, owner: User
) -> None:
    errors = run_refused(key, "--project", project.slug, *arguments)

    assert field in errors
    assert all(isinstance(text, str) and text for texts in errors.values() for text in texts)


@pytest.mark.parametrize("word", ["ja", "1", "on", "yes", ""])
def test_a_switch_takes_true_and_false_alone(word: str, project: Project, owner: User, glb: Path) -> None:
    errors = run_refused(
        RENDER, "--project", project.slug, "--file", f"model_file={glb}", "--set", f"enable_rgb_render={word}"
    )

    assert errors == {"enable_rgb_render": [f"Write true or false instead of “{word}”."]}
    assert not Asset.objects.exists()


@pytest.mark.parametrize(("word", "value"), [("true", True), ("TRUE", True), ("false", False), ("False", False)])
def test_a_switch_may_be_written_in_any_letter_case(word: str, value: bool, project: Project, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, err = run(
        RENDER,
        *("--project", project.slug, "--asset", f"model_file={model.pk}"),
        *("--set", f"enable_white_render={word}", "--set", "camera_angles=front,left"),
    )

    assert status == 0, err
    params = Task.objects.get().params
    assert params["enable_white_render"] is value
    assert params["enable_rgb_render"] is True  # the vendor's default
    assert params["camera_angles"] == ["front", "left"]


def test_a_refused_call_leaves_no_file_in_the_project(project: Project, owner: User, glb: Path) -> None:
    errors = run_refused(
        REMESH, "--project", project.slug, "--file", f"model_file={glb}", "--set", "target_face_count=-1"
    )

    assert set(errors) == {"target_face_count"}
    assert not Asset.objects.exists()


def test_a_picture_in_the_place_of_a_model_is_not_uploaded(project: Project, owner: User, tmp_path: Path) -> None:
    path = tmp_path / "robot.png"
    Image.new("RGB", (8, 8)).save(path)
    picture = ImageFactory(project=project)

    errors = run_refused(REMESH, "--project", project.slug, "--file", f"model_file={path}")

    assert set(errors) == {"model_file"}
    assert list(Asset.objects.all()) == [picture]


def test_a_call_that_fails_after_the_upload_takes_the_file_back(
    project: Project, owner: User, glb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: list[bool] = []

    def fail(**_: Any) -> Task:
        uploaded.append(Asset.objects.exists())
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("jobs.management.commands.run_operation.create_task", fail)

    with pytest.raises(RuntimeError):
        run(REMESH, "--project", project.slug, "--file", f"model_file={glb}")

    assert uploaded == [True]
    assert not Asset.objects.exists()


def make_picture(folder: Path, name: str) -> Path:
    path = folder / name
    Image.new("RGB", (8, 8), name).save(path, "PNG")
    return path


def test_a_list_takes_files_of_the_project_and_of_this_machine_in_order(
    project: Project, owner: User, tmp_path: Path
) -> None:
    first, second = ImageFactory(project=project), ImageFactory(project=project)
    earlier = TaskFactory(project=project, vendor="meshy", state="succeeded", remote_id="at-meshy-1")

    status, _, err = run(
        *(RETEXTURE, "--project", project.slug, "--set", f"input_task_id={earlier.pk}"),
        *("--asset", f"multiview_image_urls={second.pk},{first.pk}"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'red')}"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'green')}"),
    )

    assert status == 0, err
    task = Task.objects.exclude(pk=earlier.pk).get()
    inputs = [(item.field, item.asset.name) for item in task.task_inputs.order_by("field")]
    assert inputs == [
        ("multiview_image_urls.0", second.name),
        ("multiview_image_urls.1", first.name),
        ("multiview_image_urls.2", "red"),
        ("multiview_image_urls.3", "green"),
    ]
    assert task.params["input_task_id"] == "at-meshy-1"


def test_a_list_with_a_wrong_file_leaves_none_in_the_project(
    project: Project, owner: User, tmp_path: Path, glb: Path
) -> None:
    errors = run_refused(
        *(RETEXTURE, "--project", project.slug, "--set", "input_task_id=019-made-elsewhere"),
        *("--file", f"multiview_image_urls={make_picture(tmp_path, 'red')}"),
        *("--file", f"multiview_image_urls={glb}"),
    )

    assert set(errors) == {"multiview_image_urls"}
    assert not Asset.objects.exists()


def test_a_field_for_one_file_takes_no_second_one(project: Project, owner: User, glb: Path) -> None:
    files = ["--file", f"model_file={glb}"] * 2

    assert run_refused(REMESH, "--project", project.slug, *files) == {"model_file": ["This field takes one file."]}


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "running"},
        {"vendor": "triverse"},
        {"deleted_at_vendor_at": timezone.now()},
        {"project__slug": "other"},
    ],
    ids=["open", "of another vendor", "deleted there", "in a project of others"],
)
def test_an_earlier_task_has_to_be_one_that_can_be_used(columns: dict[str, Any], project: Project, owner: User) -> None:
    values = {"vendor": "meshy", "state": "succeeded", "remote_id": "at-1"} | columns
    values = values if "project__slug" in columns else values | {"project": project}
    earlier = TaskFactory(**values)

    status, _, err = run(
        *(RETEXTURE, "--project", project.slug, "--set", f"input_task_id={earlier.pk}"),
        *("--set", "text_style_prompt=old oak"),
    )

    assert status == 2
    assert "There is no finished task" in json.loads(err)["input_task_id"][0]
    assert set(json.loads(err)) == {"input_task_id"}


def test_waiting_without_a_worker_says_so_once(project: Project, owner: User) -> None:
    model = AssetFactory(project=project)

    status, _, err = run(
        REMESH, "--project", project.slug, "--asset", f"model_file={model.pk}", "--wait", "--timeout", "1"
    )

    assert status == 3
    assert err.count("No worker is running") == 1
